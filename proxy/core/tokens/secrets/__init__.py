"""Finding secrets in texts, and taking them out.

masking       somebody else's output, made fit for a log
credentials   what of a request is a credential
recogniser    finds secrets in a text, however they are spelt
unescaping    a text with its escapes undone
"""
