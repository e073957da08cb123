"""What is wrong with a configuration, in the user's words.

problems   pydantic's errors: key, what is there, what is wanted
mistakes   wrong values, told from inside a model's validator
"""
