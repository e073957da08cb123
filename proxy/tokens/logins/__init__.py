"""Logins: refresh tokens that are good for one use.

refresh_token   has one exchanged for the next, one exchange at a time
stored_token    the newest one, in its file or in memory
login_lock      one process at a time exchanges it
use_note        the note that it was sent
"""
