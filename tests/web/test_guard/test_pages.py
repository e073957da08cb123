"""Which web pages may use the proxy."""

import pytest
from structlog.testing import capture_logs

from proxy.web.access import Access
from tests.web.fakes import app, ask, served


async def test_a_foreign_page_is_refused_and_this_machine_is_not() -> None:
    """This machine itself is always allowed."""
    async with served(app(access=Access())) as port:
        heard = await ask(port, "/", {"Sec-Fetch-Site": "cross-site"})
        assert heard.status == 403
        assert (await ask(port, "/")).status == 200


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        (
            {"Origin": "https://page.example:8443"},
            "https://page.example:8443 is not in server.cors_origins",
        ),
        (
            {
                "Referer": "https://page.example/a?CANARY",
                "Sec-Fetch-Site": "cross-site",
            },
            "https://page.example is not in server.cors_origins",
        ),
        ({"Origin": "null"}, "a page of another origin is not in server.cors_origins"),
        (
            {"Origin": "https://<b>CANARY"},
            "a page of another origin is not in server.cors_origins",
        ),
        ({"Sec-Fetch-Dest": "iframe"}, "a web page may not load this as iframe"),
    ],
)
async def test_a_refused_page_is_named(headers: dict[str, str], detail: str) -> None:
    """In the log and in the answer, with the setting that would allow it."""
    with capture_logs() as logged:
        async with served(app()) as port:
            heard = await ask(port, "/lobby/index.m3u8", headers)

    assert heard.status == 403
    assert heard.body.decode() == f"403 Forbidden\n\n{detail}\n"
    assert logged[-1]["detail"] == detail
    assert "CANARY" not in str(logged)


@pytest.mark.parametrize("dest", ["iframe", "object", "script", "serviceworker"])
@pytest.mark.parametrize("path", ["/", "/status.json", "/lobby/index.m3u8"])
async def test_no_page_may_frame_or_run_anything(path: str, dest: str) -> None:
    """Not even a page of our own origin: there is none that would."""
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": dest}
    async with served(app()) as port:
        assert (await ask(port, path, headers)).status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/metrics", 200),
        ("/lobby/index.m3u8", 200),
        ("/lobby", 302),
        ("/lobby/main/s.ts", 403),
        ("/lobby/common/k-aaaaaaaaaaaa.bin", 403),
    ],
)
async def test_pages_and_playlists_are_opened_as_documents(
    path: str, status: int
) -> None:
    """What an upstream sends is not, whatever it is."""
    headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
    async with served(app()) as port:
        assert (await ask(port, path, headers)).status == status
