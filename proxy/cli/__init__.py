"""The command line: `hls-auth-proxy COMMAND`.

commands       the command, and which commands are below it
serving        run, and the hidden worker: they serve players until they are stopped
demonstration  demo
streams        check, token, prefetch: one stream, without players
options        what they read: the configuration, and this machine's surroundings
exit_status    runs a command's work to its end; what the exit statuses mean
signals        what stops the program, and what reloads it
"""

from proxy.cli.commands import main

__all__ = ["main"]
