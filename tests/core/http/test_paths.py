"""The grammar of local paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http import uri
from proxy.core.http.paths import LocalPath, Page, parse
from proxy.errors import KeyUnknownError, NameUnknownError

FAMILIES = {"fastpix"}
KEY = "0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", Page.HOME),
        ("/livez", Page.LIVE),
        ("/readyz", Page.READY),
        ("/metrics", Page.METRICS),
        ("/status.json", Page.STATUS),
        ("/lobby/index.m3u8", LocalPath("lobby", None, "index.m3u8")),
        ("/lobby/main/seg-1_2.ts", LocalPath("lobby", None, "main/seg-1_2.ts")),
        (
            "/lobby/1080p-5000k/index.m3u8",
            LocalPath("lobby", None, "1080p-5000k/index.m3u8"),
        ),
        ("/lobby.m3u8", LocalPath("lobby", None, "index.m3u8", "lobby/index.m3u8")),
        ("/lobby", LocalPath("lobby", None, "index.m3u8", "lobby/index.m3u8")),
        ("/lobby/", LocalPath("lobby", None, "index.m3u8", "index.m3u8")),
        ("/a.b.m3u8", LocalPath("a.b", None, "index.m3u8", "a.b/index.m3u8")),
        ("/fastpix/4f/index.m3u8", LocalPath("fastpix", "4f", "index.m3u8")),
        ("/fastpix/4f/main/a.ts", LocalPath("fastpix", "4f", "main/a.ts")),
        ("/fastpix/4f.m3u8", LocalPath("fastpix", "4f", "index.m3u8", "4f/index.m3u8")),
        ("/fastpix/4f", LocalPath("fastpix", "4f", "index.m3u8", "4f/index.m3u8")),
        ("/fastpix/4f/", LocalPath("fastpix", "4f", "index.m3u8", "index.m3u8")),
    ],
)
def test_every_form_of_a_path_is_parsed(path: str, route: Page | LocalPath) -> None:
    """Pages, streams, members of families and the short forms."""
    assert parse(path, families=FAMILIES) == route


@pytest.mark.parametrize(
    "path",
    [
        "",
        "lobby/index.m3u8",
        "*",
        "http://127.0.0.1/lobby/index.m3u8",
        "//lobby/index.m3u8",
        "/lobby//index.m3u8",
        "/lobby/index.m3u8/",
        "/lobby//",
        "/lobby.m3u8/",
        "/lobby/main",
        "/lobby/main/",
        "/lobby/other.m3u8",
        "/lobby/a/b/c.ts",
        "/lobby/../lobby/index.m3u8",
        "/lobby/./index.m3u8",
        "/lobby/.hidden/a.ts",
        "/lobby/%2e%2e/index.m3u8",
        "/lobby%2findex.m3u8",
        "/lobby/main%5ca.ts",
        "/lobby\\main\\a.ts",
        "/lobby/main/a%00.ts",
        "/lobby/main/a\x00.ts",
        "/lobby/main/a\n.ts",
        "/lobby/main/a.ts\n",
        "/lobby/main/ä.ts",
        "/lobby/main/\udcff.ts",
        "/lobby/main/a;b.ts",
        "/lobby/main/a:b.ts",
        "/.m3u8",
        "/fastpix",
        "/fastpix/",
        "/fastpix.m3u8",
        "/fastpix/index.m3u8/",
        "/fastpix/.m3u8",
        "/fastpix/a/b",
        "/fastpix/a/b/c/d.ts",
        "/https://origin.example/a.m3u8?token=x",
    ],
)
def test_s15_everything_else_is_unknown(path: str) -> None:
    """Other spellings are unknown, and the error does not repeat them."""
    with pytest.raises(NameUnknownError, match=r"^no path of the proxy; "):
        parse(path, families=FAMILIES)


@pytest.mark.parametrize("name", ["lobby", "fastpix/4f"])
@pytest.mark.parametrize("form", [".m3u8", "", "/"])
@pytest.mark.parametrize("front", ["http://127.0.0.1:8080", "https://tv.lan/hls"])
def test_a_short_form_redirects_to_the_entry(name: str, form: str, front: str) -> None:
    """The reference is relative, so it works behind any prefix."""
    place = parse(f"/{name}{form}", families=FAMILIES)

    assert isinstance(place, LocalPath)
    led = uri.resolve(f"{front}/{name}{form}", place.leads_to.encode())
    assert led is not None
    assert led[0] == f"{front}/{name}/index.m3u8"


def test_the_access_key_comes_first() -> None:
    """It is removed before the rest is parsed."""
    found = parse(f"/{KEY}/lobby/index.m3u8", families=FAMILIES, key=KEY)

    assert found == LocalPath("lobby", None, "index.m3u8")
    assert parse(f"/{KEY}/", families=FAMILIES, key=KEY) is Page.HOME
    assert parse(f"/{KEY}/metrics", families=FAMILIES, key=KEY) is Page.METRICS


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/lobby/index.m3u8",
        "/metrics",
        "/status.json",
        f"/{KEY}",
        f"/{KEY[:-1]}/lobby/index.m3u8",
        f"/{KEY}x/lobby/index.m3u8",
        f"/{KEY.upper()}/lobby/index.m3u8",
        f"x/{KEY}/lobby/index.m3u8",
    ],
)
def test_without_the_right_key_everything_is_unknown(path: str) -> None:
    """A wrong key is answered like a wrong name; the log shows the difference."""
    with pytest.raises(NameUnknownError) as caught:
        parse(path, families=FAMILIES, key=KEY)
    assert isinstance(caught.value, KeyUnknownError) is path.startswith("/")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_need_no_key(path: str) -> None:
    """They reveal nothing, and an orchestrator has no key."""
    assert parse(path, families=FAMILIES, key=KEY) == Page(path)


@given(st.text(alphabet="/.%\\abAB09_-~:@?\x00é", max_size=40))
def test_any_text_is_parsed_or_unknown(path: str) -> None:
    """Nothing else is raised, and the result spells the path byte for byte."""
    try:
        route = parse(path, families=FAMILIES)
    except NameUnknownError:
        return
    if isinstance(route, Page):
        assert path == route
    elif not route.leads_to:
        parts = filter(None, (route.stream, route.id, route.path))
        assert path == "/" + "/".join(parts)
