"""Tests of what follows from a player's header fields."""

from tests.web.fakes import app, connected, lobby, served

ORIGIN = "https://tv.example.com"


def request(host: str, *fields: str) -> bytes:
    """Return a request for the entry; the connection is kept."""
    head = "\r\n".join(("GET /lobby/index.m3u8 HTTP/1.1", f"Host: {host}", *fields))
    return f"{head}\r\n\r\n".encode()


async def test_the_results_of_a_head_are_only_for_that_head() -> None:
    """Two pages and two of our names over one connection, as with a front."""
    stream = lobby()
    async with (
        served(app(stream, origins=[ORIGIN])) as port,
        connected(port) as (reader, writer),
    ):
        names = [f"{name}:{port}" for name in ("localhost", "127.0.0.1")]
        page = f"Origin: {ORIGIN}"
        asked = [(names[0], page), (names[0], page), (names[0],), (names[1], page)]
        allowed = []
        for host, *fields in asked:
            writer.write(request(host, *fields))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0])
            await reader.readexactly(length)
            allowed.append(f"Access-Control-Allow-Origin: {ORIGIN}".encode() in head)

    assert allowed == [True, True, False, True]
    bases = [ask.base_url.removeprefix("http://") for _, ask in stream.asked]
    assert bases == [names[0], names[0], names[0], names[1]]
