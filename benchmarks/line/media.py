"""Media for the line: 16 s in segments of 2 s, about 3 Mbit/s."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import imageio_ffmpeg

SECONDS = 16
_FOLDER = Path("build/bench-line")
_RATE = 25
_SEGMENT_SECONDS = 2
_BITRATE = "2900k"
_SOUND = "sine=frequency=440:sample_rate=48000"
# Noise, so that the encoder needs the bitrate.
_PICTURE = f"testsrc2=size=640x360:rate={_RATE},noise=alls=40:allf=t"


def files() -> Mapping[str, bytes]:
    """Return `index.m3u8` and all that it leads to, by name; make it if need be."""
    if not (_FOLDER / "index.m3u8").exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(_command(), check=True, cwd=_FOLDER)  # noqa: S603 - our words
    return {file.name: file.read_bytes() for file in _FOLDER.iterdir()}


def _command() -> tuple[str, ...]:
    keys = str(_RATE * _SEGMENT_SECONDS)
    return (
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND),
        *("-t", str(SECONDS), "-map", "0:v", "-map", "1:a"),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main"),
        *("-b:v", _BITRATE, "-maxrate", _BITRATE, "-bufsize", _BITRATE),
        *("-g", keys, "-keyint_min", keys, "-sc_threshold", "0"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k"),
        *("-f", "hls", "-hls_time", str(_SEGMENT_SECONDS), "-hls_list_size", "0"),
        *("-hls_playlist_type", "vod", "-hls_segment_filename", "segment_%d.ts"),
        *("-master_pl_name", "index.m3u8", "rendition.m3u8"),
    )
