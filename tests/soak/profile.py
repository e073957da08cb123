"""The proxy's configuration: one stream for each way to get a token."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from tests.soak.service import CLIENT_SECRET, TOKEN_SECONDS

PLAYED = (
    "signed-vod",
    "signed-live",
    "asked-vod",
    "asked-live",
    "login-vod",
    "login-live",
    "signed-live",
    "login-live",
)
"""The streams that the eight players play."""

_PROFILE = """\
[server]
listen = "127.0.0.1:{port}"

# What is kept counts as memory, so the store is small and soon full.
[store]
memory_bytes = 2_097_152

[log]
level = "warning"
"""

_SIGNED = """
[streams.signed-{sort}]
provider = "fastpix"
url = "{front}/{{playback_id}}.m3u8"
playback_id = "demo-{sort}"
origins = ["{edge}"]

[streams.signed-{sort}.token]
source = "sign-jwt"
key_file = "{key}"
key_id = "demo-key"
lifetime = {seconds}
"""

_ASKED = """
[streams.asked-{sort}]
url = "{front}/{{playback_id}}/manifest/video.m3u8"
playback_id = "demo-{sort}"
placement = [{{ path_part = 1 }}]
reach = "all"
volatile = {{ path = ['(?<=_r)\\d+(?=\\.m3u8$)'] }}

[streams.asked-{sort}.token]
source = "http"
url = "{service}/token/{{playback_id}}?source={source}"
fields = {{ token = "/token" }}
expires_in = "/expires_in"
"""

_LOGIN = """
[streams.login-{sort}]
url = "{front}/bearer/demo-{sort}/index.m3u8"
placement = [{{ header = "Authorization", value = "Bearer {{token}}" }}]
reach = "all"

[streams.login-{sort}.token]
source = "oauth2"
token_url = "{service}/oauth/demo-{sort}"
client_id = "soak-{source}"
client_secret = "{secret}"
"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses and paths of all parts."""

    port: int
    """The proxy's port."""
    front: str
    _: KW_ONLY
    edge: str
    service: str
    key: Path


def profile(addresses: Addresses, *, source: int = 0) -> str:
    """Return the configuration as TOML.

    `source` selects the token source of streams that request theirs. All sources give
    the same tokens.
    """
    text = _PROFILE.format(port=addresses.port)
    for sort in ("vod", "live"):
        for one in (_SIGNED, _ASKED, _LOGIN):
            text += one.format(
                sort=sort,
                source=source,
                front=addresses.front,
                edge=addresses.edge,
                service=addresses.service,
                key=addresses.key,
                seconds=TOKEN_SECONDS,
                secret=CLIENT_SECRET,
            )
    return text
