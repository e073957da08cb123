"""Finding secrets in texts and removing them.

masking       makes other programs' output fit for a log
credentials   which parts of a request are credentials
named_values  which values in a list of names and values are secrets
recogniser    finds secrets in a text, however they are encoded
spellings     the encodings in which a server may write a secret
unescaping    removes escapes from a text
"""
