"""The whole program starts, and shows its state."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from proxy.app.locations import Running
from proxy.errors import StartError
from tests.app.conftest import Run
from tests.app.test_program.run import MEDIA, PLACED, TOKEN, get, lobby, state_of
from tests.fake_clock import FakeClock
from tests.streams.origin import origin
from tests.tokens.token_server import Asked, Says, says, token_server, until


async def shows(program: Running, page: str, text: str) -> None:
    """Wait until a page of the program shows a text."""
    async with asyncio.timeout(10):
        while text not in (await get(f"{program.base_url}/{page}"))[1]:  # noqa: ASYNC110 - sockets
            await asyncio.sleep(0.01)


async def test_metrics_for_alerts_exist_from_the_start(run: Run) -> None:
    """For streams and families, before any request."""
    async with origin() as one:
        family = f'[streams.videos]\nurl = "{one.url}/{{id}}.m3u8"\n{TOKEN}{PLACED}'
        async with run(f"{lobby(one)}{family}") as program:
            _, text = await get(f"{program.base_url}/metrics")
    for name in ("lobby", "videos"):
        for outcome in ("failed", "rejected"):
            labels = f'{{outcome="{outcome}",stream="{name}"}}'
            assert f"hls_auth_proxy_token_refreshes_total{labels} 0.0" in text
        labels = f'{{status_class="5xx",stream="{name}"}}'
        assert f"hls_auth_proxy_player_requests_total{labels} 0.0" in text


async def test_a_family_with_a_wrong_key_does_not_start(
    run: Run, tmp_path: Path
) -> None:
    """One line at the start, instead of an error for the first player."""
    key_file = tmp_path / "key.pem"
    key_file.write_text("CANARY")
    key_file.chmod(0o600)
    sign = 'token = { source = "sign-jwt", key_file = "key.pem", claims = {} }\n'
    text = f'[streams.all]\nurl = "http://127.0.0.1:9/{{id}}/v.m3u8"\n{sign}{PLACED}'
    with pytest.raises(StartError, match=r"key\.pem is not a PEM") as caught:
        async with run(text):
            pass
    assert "\n" not in str(caught.value)
    assert "CANARY" not in str(caught.value)


async def test_the_pages_show_the_state(run: Run) -> None:
    """Probes, metrics and status, by configured names and without secrets."""
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        async with run(lobby(one)) as program:
            await get(program.urls[0])
            pages = {
                page: await get(f"{program.base_url}/{page}")
                for page in ("livez", "readyz", "metrics", "status.json", "")
            }
    assert {status for status, _ in pages.values()} == {200}
    text = "".join(text for _, text in pages.values())
    assert "SECRET" not in text
    assert one.url not in text
    assert 'upstream_requests_total{outcome="2xx",role="entry"' in text
    assert 'token_refreshes_total{outcome="refreshed",stream="lobby"} 1.0' in text
    (state,) = json.loads(pages["status.json"][1])["streams"]
    assert (state["name"], state["token_usable"]) == ("lobby", True)


async def test_an_unknown_expiry_of_a_token_is_shown_as_unknown(run: Run) -> None:
    """Infinity is not valid JSON, and "usable for inf s" does not help."""
    async with origin() as one, run(lobby(one)) as program:
        state = await state_of(program)
        assert (state["token_usable"], state["token_seconds_left"]) == (True, None)
        assert "<td>usable<td>" in (await get(program.base_url))[1]
        assert (
            "token_seconds_left{" not in (await get(f"{program.base_url}/metrics"))[1]
        )


async def test_a_stream_without_its_token_is_not_ready(run: Run) -> None:
    """Nor is the program, but it is alive."""
    text = (
        '[streams.lobby]\nurl = "http://127.0.0.1:9/v.m3u8"\n'
        f'token = {{ source = "file", path = "there-is-none" }}\n{PLACED}'
    )
    async with run(text) as program:
        assert (await get(f"{program.base_url}/readyz"))[0] == 503
        assert (await get(f"{program.base_url}/livez"))[0] == 200
        state = await state_of(program)
        assert "will until something changes" in str(state["last_problem"])


async def test_a_port_in_use_is_a_clear_error(run: Run) -> None:
    """Everything started before that is stopped again."""
    async with origin() as one:
        port = one.url.rpartition(":")[2]
        text = lobby(one).replace("[streams", f'hosts = ["a:{port}"]\n[streams')
        async with run(text) as program:
            taken = str(program.addresses[0])
            with pytest.raises(StartError, match=f"{taken} is in use"):
                async with run(text.replace("hosts", f'listen = "{taken}"\nhosts')):
                    pass


SERVED = (
    '[streams.{}]\nurl = "{}/{}.m3u8"\n'
    'token = {{ source = "http", url = "{}/{}", expires_in = "/expires_in"{} }}\n'
    'placement = [{{ query = "t" }}]\n'
)


async def test_a_cold_stream_is_ready_and_its_next_player_waits(
    run: Run, clock: FakeClock
) -> None:
    """Eight of twelve get a token at once; the others stay cold until they are used."""
    given = says({"token": "T", "expires_in": 60})
    async with origin() as one, token_server(clock, given) as service:
        names = [f"s{number}" for number in range(12)]
        text = "".join(
            SERVED.format(name, one.url, name, service.url, name, "") for name in names
        )
        for name in names:
            one.says(f"/{name}.m3u8", MEDIA)
        async with run(text) as program:
            await until(lambda: len(service.asked) == 8)
            await shows(program, "readyz", "ready\n")
            assert {asked.path for asked in service.asked} == {
                f"/{name}" for name in names[:8]
            }
            metrics = (await get(f"{program.base_url}/metrics"))[1]
            assert 'token_usable{stream="s0"} 1' in metrics
            assert 'token_usable{stream="s11"}' not in metrics
            assert "token_seconds_left{" not in metrics
            assert (await get(f"{program.base_url}/s11/index.m3u8"))[0] == 200
            metrics = (await get(f"{program.base_url}/metrics"))[1]
            assert 'token_seconds_left{stream="s11"} ' in metrics
    assert [asked.path for asked in service.asked[8:]] == ["/s11"]


async def test_a_failing_stream_is_not_ready_even_if_nobody_plays(
    run: Run, clock: FakeClock
) -> None:
    """Cold means that nobody needs the token; here nobody can get one."""
    async with token_server(clock, says({}, 500)) as service:
        text = SERVED.format("a", "http://127.0.0.1:9", "a", service.url, "a", "")
        async with run(text) as program:
            await shows(program, "status.json", "token: its source failed")
            assert (await get(f"{program.base_url}/readyz"))[0] == 503
            metrics = (await get(f"{program.base_url}/metrics"))[1]
            assert 'token_usable{stream="a"} 0' in metrics


async def test_a_login_that_pays_for_others_is_kept_in_use(
    run: Run, clock: FakeClock
) -> None:
    """It would expire if idle, although the streams that it pays for are cold."""

    def answer(asked: Asked) -> Says:
        if asked.path == "/login":
            return says({"access_token": "L", "expires_in": 60})
        return says({"token": "T", "expires_in": 60})

    async with token_server(clock, answer) as service:
        using = (
            f', headers = {{ A = "{{token}}" }}, using = {{ source = "oauth2", '
            f'token_url = "{service.url}/login", client_id = "me", '
            'grant = "refresh_token", refresh_token = "r0" }'
        )
        text = SERVED.format("a", "http://127.0.0.1:9", "a", service.url, "a", using)
        async with run(text):
            await until(lambda: len(service.asked) == 2)
            for _ in range(600):
                await clock.advance(1)
                await asyncio.sleep(0.001)
    paths = Counter(asked.path for asked in service.asked)
    assert paths["/a"] == 1
    assert paths["/login"] >= 10


async def test_what_is_sent_for_a_token_is_hidden_from_players(
    run: Run, clock: FakeClock
) -> None:
    """A service may pass it on to the media server, which shows it to everybody."""
    given = says({"access_token": "an-access-token", "expires_in": 60})
    told = "# an-access-token the-client%2Fsecret the-refresh-token my-player\n"
    async with origin() as one, token_server(clock, given) as service:
        one.says("/a.m3u8", f"{MEDIA}{told}")
        text = (
            f'[streams.a]\nurl = "{one.url}/a.m3u8"\n'
            'placement = [{ query = "t" }]\n'
            f'[streams.a.token]\nsource = "oauth2"\ntoken_url = "{service.url}/login"\n'
            'client_id = "my-player"\nclient_secret = "the-client/secret"\n'
            'grant = "refresh_token"\nrefresh_token = "the-refresh-token"\n'
        )
        async with run(text) as program:
            status, body = await get(f"{program.base_url}/a/index.m3u8")
    assert status == 200
    assert body.endswith("#    my-player\n")


async def test_a_silent_token_service_does_not_delay_the_start(
    run: Run, clock: FakeClock
) -> None:
    """One of 23 is silent: the port is open before any time has passed."""

    def answer(asked: Asked) -> Says:
        return says({}, 503) if asked.path == "/s7" else says({"token": "T"})

    async with origin() as one, token_server(clock, answer) as service:
        text = "".join(
            SERVED.format(f"s{each}", one.url, f"s{each}", service.url, f"s{each}", "")
            for each in range(23)
        ).replace(', expires_in = "/expires_in"', ', ttl = "60s"')
        begun = clock.mono()
        async with run(text) as program:
            assert clock.mono() == begun
            assert (await get(f"{program.base_url}/livez"))[0] == 200
