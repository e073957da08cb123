"""Logins: refresh tokens that are good for one use.

refresh_token   holds one, and has it exchanged for the next
login_lock      one process at a time exchanges it
use_note        the note that it was sent
"""
