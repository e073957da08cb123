"""How soon a picture comes over a slow line: `make bench-line`, as root.

Each run has a new line (`tests.lines`) with an origin at its far end, over TLS. A
player at the near end plays from the origin itself, or through the program, which has
just started; then a second player through the same program.

media      made by FFmpeg once
origin     serves it over TLS to those who bring the token
ffmpeg     plays with FFmpeg
hls_js     plays with hls.js in Chromium; a process of its own, to be in the network
page.*     what Chromium shows
showing    what came when; stalls.  Pure
scene      plays directly, then first and second through the program
table      prints the figures beside the wanted ones
"""
