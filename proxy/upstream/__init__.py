"""The way upstream: ask, follow redirects, retry, and read what comes back.

`client` asks a `question`, along `redirects` and with `retries`; `pools` holds the
connections and guards their addresses, `exchange` sends over them; `wire` is what
goes out, `heads` and `answer` what comes in, `session` what of that goes out again,
`entry_visit` what of it waits for the end of a load; `coding` decodes playlists;
`remarks` is what a refusal says in words; `faults` turns aiohttp's errors into ours,
and `meter` reports each exchange.
"""
