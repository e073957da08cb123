"""Finding secrets in texts, and taking them out.

masking       somebody else's output, made fit for a log
credentials   what of a request is a credential
named_values  what in a list of names and values is one
recogniser    finds secrets in a text, however they are spelt
spellings     how a server may write them
unescaping    a text with its escapes undone
"""
