"""Media for the line: segments of 2 s, about 3 Mbit/s."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import imageio_ffmpeg

SECONDS = 16
"""The length of `index.m3u8`."""
LONG_SECONDS = 32
"""The length of `long.m3u8`."""
ENTRY = "index.m3u8"
LONG_ENTRY = "long.m3u8"

_FOLDER = Path("build/bench-line")
_RATE = 25
_SEGMENT_SECONDS = 2
_BITRATE = "2900k"
_SOUND = "sine=frequency=440:sample_rate=48000"
# Noise, so that the encoder needs the bitrate. It is cheap to decode, since the time
# for all of it should be the line's and not the decoder's.
_PICTURE = f"testsrc2=size=320x180:rate={_RATE},noise=alls=40:allf=t"


def files() -> Mapping[str, bytes]:
    """Return both entries and all that they lead to, by name; make them if need be."""
    if not (_FOLDER / LONG_ENTRY).exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(_command(), check=True, cwd=_FOLDER)  # noqa: S603 - our words
    made = {file.name: file.read_bytes() for file in _FOLDER.iterdir()}
    shortened = _shortened(made["rendition.m3u8"], SECONDS // _SEGMENT_SECONDS)
    entry = made[LONG_ENTRY].replace(b"rendition.m3u8", b"short.m3u8")
    return made | {ENTRY: entry, "short.m3u8": shortened}


def _shortened(playlist: bytes, segments: int) -> bytes:
    begin = playlist.split(b"#EXTINF")[: segments + 1]
    return b"#EXTINF".join(begin) + b"#EXT-X-ENDLIST\n"


def _command() -> tuple[str, ...]:
    keys = str(_RATE * _SEGMENT_SECONDS)
    return (
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND),
        *("-t", str(LONG_SECONDS), "-map", "0:v", "-map", "1:a"),
        *("-c:v", "libx264", "-preset", "veryfast", "-tune", "fastdecode"),
        *("-b:v", _BITRATE, "-maxrate", _BITRATE, "-bufsize", _BITRATE),
        *("-g", keys, "-keyint_min", keys, "-sc_threshold", "0"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k"),
        *("-f", "hls", "-hls_time", str(_SEGMENT_SECONDS), "-hls_list_size", "0"),
        *("-hls_playlist_type", "vod", "-hls_segment_filename", "segment_%d.ts"),
        *("-master_pl_name", LONG_ENTRY, "rendition.m3u8"),
    )
