"""The files in config/deploy match the program."""

from configparser import ConfigParser
from pathlib import Path

import pytest

from proxy.settings import ServerSettings
from proxy.system import processes

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
    """Otherwise the program would refuse it."""
    [address] = ServerSettings().listen
    assert unit("socket")["Socket"] == {"ListenStream": str(address)}


def test_the_service_starts_as_the_image_does(service: ConfigParser) -> None:
    """The same command and the same configuration."""
    image = (DEPLOY.parents[1] / "Dockerfile").read_text()
    program, *words = service["Service"]["ExecStart"].split()
    assert program.endswith("/hls-auth-proxy")
    assert f"CMD {words}".replace("'", '"') in image


def test_the_service_has_time_to_stop(service: ConfigParser) -> None:
    """It is not killed while transfers may go on, plus 2 s."""
    variable, seconds = service["Service"]["Environment"].rsplit("=", 1)
    assert variable == "HLS_AUTH_PROXY_SERVER__SHUTDOWN_SECONDS"
    assert float(service["Service"]["TimeoutStopSec"]) > float(seconds) + 2


def test_the_service_needs_its_socket(service: ConfigParser) -> None:
    """Starting one starts the other."""
    assert service["Unit"]["Requires"] == "hls-auth-proxy.socket"


def test_the_service_reports_when_it_is_ready(service: ConfigParser) -> None:
    """It also reloads when systemd asks for it."""
    assert service["Service"]["Type"] == "notify"
    reload = service["Service"]["ExecReload"].split()
    assert reload == ["/bin/kill", "-HUP", "$MAINPID"]
    signal = processes.reload_signal()
    assert signal is None or signal.name == "SIGHUP"
    # The parts of the address of the manager.
    assert "AF_UNIX" in service["Service"]["RestrictAddressFamilies"]
