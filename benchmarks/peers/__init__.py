"""Other proxies. Each module tells what it lacks here, runs one, and knows its paths.

nginx        Debian's: relays, or keeps in its cache; rewrites no playlist
hls_proxy    warren-bank's HLS-Proxy for Node: `npm ci` with package-lock.json
mediaflow    mediaflow-proxy: pip, with mediaflow.lock, into build/mediaflow
"""
