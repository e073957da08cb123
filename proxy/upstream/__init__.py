"""The HTTP client: ask the upstream, follow redirects, retry, and read the answer.

`client` asks a `question`, follows `redirects` and applies `retries`. `pools` holds the
connections and checks their addresses; `exchange` sends over them. `wire` builds what
is sent; `heads` checks what is received. `answer` is what the client returns, and
`http_answer` reads it from a connection. `session` keeps the cookies and credentials
that are sent again; `entry_visit` keeps cookies apart until a load is over. `coding`
decodes playlists. `remarks` extracts the error text of a refusal. `faults` turns
aiohttp's errors into ours, and `meter` reports each exchange.
"""
