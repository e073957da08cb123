"""Token services, and streams that use them."""

from urllib.parse import parse_qs

from tests.tokens.token_server import Asked, Says, says

PLACED = 'placement = [{ query = "token" }]\nreach = "all"\n'


def login(server: str, name: str = "lobby") -> str:
    """Return a stream with a login in a file."""
    return (
        f'[streams.{name}]\nurl = "http://127.0.0.1:9/v"\n{PLACED}'
        f'token = {{ source = "oauth2", token_url = "{server}/t", client_id = "me", '
        'client_secret = "mine", grant = "refresh_token", '
        'refresh_token_file = "refresh" }\n'
    )


def http(server: str, more: str = "", member: str = "") -> str:
    """Return a stream or a family with tokens from a service."""
    return (
        f'[streams.lobby]\nurl = "http://127.0.0.1:9/v{member}"\n{PLACED}{more}'
        f'token = {{ source = "http", url = "{server}/t{member}", expires_in = "/s", '
        'fields = { token = "/t" }, secret_file = "refresh", '
        'headers = { X = "{secret}" } }\n'
    )


class Rotating:
    """A service whose refresh token can be used once."""

    def __init__(self) -> None:
        self.uses = 0

    def __call__(self, asked: Asked) -> Says:
        """Exchange the refresh token."""
        (given,) = parse_qs(asked.body.decode())["refresh_token"]
        if given != f"r{self.uses}":
            return says({"error": "invalid_grant"}, 400)
        self.uses += 1
        return says(
            {
                "access_token": f"access{self.uses}",
                "refresh_token": f"r{self.uses}",
                "expires_in": 60,
            }
        )
