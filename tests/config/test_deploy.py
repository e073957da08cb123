"""What stands in config/deploy fits the program."""

from configparser import ConfigParser
from pathlib import Path

import pytest

from proxy import system
from proxy.settings import ServerSettings

DEPLOY = Path(__file__).parents[2] / "config" / "deploy"


def unit(kind: str) -> ConfigParser:
    """Read a unit of systemd."""
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / f"hls-auth-proxy.{kind}").read_text())
    return parser


@pytest.fixture
def service() -> ConfigParser:
    """Return the service's unit."""
    return unit("service")


def test_the_socket_is_at_the_default_address() -> None:
    """Else the program would refuse it."""
    [address] = ServerSettings().listen
    assert unit("socket")["Socket"] == {"ListenStream": str(address)}


def test_the_service_starts_as_the_image_does(service: ConfigParser) -> None:
    """The same command on the same configuration."""
    image = (DEPLOY.parents[1] / "Dockerfile").read_text()
    program, *words = service["Service"]["ExecStart"].split()
    assert program.endswith("/hls-auth-proxy")
    assert f"CMD {words}".replace("'", '"') in image


def test_the_service_stops_in_its_own_time(service: ConfigParser) -> None:
    """It is not killed while transfers may go on, and for 2 s more."""
    variable, seconds = service["Service"]["Environment"].rsplit("=", 1)
    assert variable == "HLS_AUTH_PROXY_SERVER__SHUTDOWN_SECONDS"
    assert float(service["Service"]["TimeoutStopSec"]) > float(seconds) + 2


def test_the_service_needs_its_socket(service: ConfigParser) -> None:
    """Whoever starts the one has the other."""
    assert service["Unit"]["Requires"] == "hls-auth-proxy.socket"


def test_the_service_is_ready_when_it_says_so(service: ConfigParser) -> None:
    """And reads its configuration again when systemd asks for it."""
    assert service["Service"]["Type"] == "notify"
    reload = service["Service"]["ExecReload"].split()
    assert reload == ["/bin/kill", "-HUP", "$MAINPID"]
    signal = system.reload_signal()
    assert signal is None or signal.name == "SIGHUP"
    # What the address of the manager is made of.
    assert "AF_UNIX" in service["Service"]["RestrictAddressFamilies"]
