"""Types of the single values in the configuration.

table          the base class of all tables
addresses      addresses to listen on, host names, client networks
headers        HTTP headers, and users of Basic authentication
origins        URLs and origins
times          durations and points in time
workers        how many processes serve players
secret         secrets given by value, file or variable
placeholders   the placeholders in a stream's url and claims
surroundings   the folder and the environment of a configuration
"""
