"""Plays live over lines that come and go, and measures what a player notices.

Run it with `make lines`, as root. It needs Linux and /dev/net/tun, but no netem. All it
makes belongs to its own process and is gone with it, however that ends.

namespace  a network of its own; sockets and commands in it
wire       one direction of a line: delay, rate, loss, cuts.  Pure
line       two networks, joined by a line that this process carries packets over
gate       stands before an origin, and is away, slow or silent when told to
viewer     a live player that measures how long it waits
cases      what goes wrong with the line, and what a player may notice of it
scene      one case: an origin at the far end, the proxy and a viewer at the near one
__main__   plays the cases at the same time, and prints the figures
"""
