"""Mistakes are reported, and the old configuration stays."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proxy.demo.keys import generate
from proxy.errors import SettingsError
from proxy.settings import load
from tests.contract.test_reloads.scene import LIVE, Run, stream
from tests.streams.origin import Origin


async def test_mistakes_are_reported_as_at_the_start(
    run: Run, upstream: Origin
) -> None:
    """All of them; the old configuration stays until they are corrected."""
    upstream.says("/a.m3u8", LIVE)
    good = stream("a", upstream.url)
    wrong = good + '[streams.b]\nurl = "ftp://h/"\nreach = "some"\n'
    async with run(good) as scene:
        with capture_logs() as logged:
            scene.put(wrong)
            state = await scene.shows("refused")
        with pytest.raises(SettingsError) as caught:
            load(scene.path, environ={})
        told = [str(problem) for problem in caught.value.problems]
        assert len(told) == 2
        assert state["problems"] == told
        errors = [line for line in logged if line["log_level"] == "error"]
        assert [line["problem"] for line in errors] == told
        page = (await scene.get("/"))[1]
        assert "is refused" in page
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        metrics = (await scene.get("/metrics"))[1]
        assert "config_last_reload_successful 0.0" in metrics
        scene.put(good)
        state = await scene.shows("unchanged")
        assert state["problems"] == []
        assert "is refused" not in (await scene.get("/"))[1]
        assert len(scene.changed) == 1


async def test_a_swapped_key_file_is_checked(
    run: Run, upstream: Origin, tmp_path: Path
) -> None:
    """One that others can read is refused, and the old key stays."""
    upstream.says("/a.m3u8", LIVE)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, mode in zip(folders, (0o600, 0o644), strict=True):
        folder.mkdir()
        (folder / "value").write_text(folder.name)
        (folder / "value").chmod(mode)
    link = tmp_path / "current"
    link.symlink_to("one")
    text = stream("a", upstream.url).replace('value = "T"', 'value_file = "secret"')
    (tmp_path / "secret").symlink_to("current/value")
    async with run(text) as scene:
        await scene.get("/a/index.m3u8")
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(link)
        state = await scene.shows("refused")
        assert "0644" in state["problems"][0]
        (folders[1] / "value").chmod(0o600)
        await scene.shows("applied")
        await scene.get("/a/index.m3u8")
    assert upstream.asked == ["/a.m3u8?t=one", "/a.m3u8?t=two"]


async def test_s12_an_invalid_key_is_refused(
    run: Run, upstream: Origin, tmp_path: Path
) -> None:
    """The stream signs with the old one; a new start would fail."""
    upstream.says("/a.m3u8", LIVE)
    key = tmp_path / "key.pem"

    def put(text: str) -> None:
        following = tmp_path / "following"
        following.write_text(text)
        following.chmod(0o600)
        following.replace(key)

    put(generate().private_pem)
    text = (
        f'[streams.a]\nurl = "{upstream.url}/a.m3u8"\nplacement = [{{ query = "t" }}]\n'
        '[streams.a.token]\nsource = "sign-jwt"\nkey_file = "key.pem"\n'
        'claims = { sub = "x" }\n'
    )
    async with run(text) as scene:
        await scene.get("/a/index.m3u8")
        put("CANARY")
        state = await scene.shows("refused")
        assert state["problems"][0].startswith("streams.a.token.key_file: ")
        assert "CANARY" not in str(state)
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        put(generate().private_pem)
        await scene.shows("unchanged")
        assert (await scene.get("/a/index.m3u8"))[0] == 200
