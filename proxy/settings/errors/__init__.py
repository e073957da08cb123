"""Error messages for a wrong configuration, in the user's words.

problems   translates pydantic's errors: the key, what was found, what is expected
mistakes   errors that validators of the models raise
"""
