"""Logins: refresh tokens that can be used once.

refresh_token   exchanges one for the next, one exchange at a time
stored_token    the newest refresh token, in its file or in memory
login_lock      lets only one process at a time exchange it
use_note        records that it was sent
"""
