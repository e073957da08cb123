"""Make the demo's media: one loop, in MPEG-TS and in fragmented MP4.

Run at the root of the repository: `python tools/make_demo_media.py`. It needs the
FFmpeg of imageio-ffmpeg and a bold monospaced font, and it writes
`proxy/demo/media/`. The demo's origin makes everything else from this loop.

A segment is 1.92 s long. That is the length nearest to 2 s at which picture (48 frames
at 25 Hz) and sound (90 AAC frames of 1024 samples at 48 kHz) end on the same tick. So
nothing is rounded, and nothing drifts however often the loop repeats.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg

MEDIA = Path("proxy/demo/media")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf"
# Height, and the H.264 level that the size requires.
PICTURES = ((360, "3.0"), (180, "2.0"))

SEGMENT_SECONDS = "1.92"
SEGMENT_MICROSECONDS = "1920000"
LOOP_SECONDS = "19.2"
THREE_LOOPS_SECONDS = "57.6"
FRAMES_PER_SEGMENT = "48"
AAC_LOOP_FRAMES = 900
# The encoder starts with one priming frame. The second of three loops is used: its
# first frame overlaps with its last one, so the joint cannot be heard.
AAC_FIRST_FRAME = 1 + AAC_LOOP_FRAMES

# The periods of the tone and of its pulse both divide the loop.
SOUND = "aevalsrc=0.25*sin(2*PI*440*t)*exp(-8*mod(t\\,0.96)):s=48000"
PICTURE = (
    f"color=c=0x102840:size=640x360:rate=25:duration={LOOP_SECONDS},"
    "drawgrid=w=40:h=40:t=1:c=0x2a6f97@0.4,"
    "drawbox=x=0:y=318:w=640:h=16:c=0x081420:t=fill,"
    f"drawtext=fontfile={FONT}:text='%{{pts\\:hms}}':fontsize=72:fontcolor=white"
    ":x=60:y=110,"
    f"drawtext=fontfile={FONT}:text='hls-auth-proxy demo':fontsize=28"
    ":fontcolor=0x9fd3e8:x=(w-tw)/2:y=220[clock];"
    f"color=c=0xf4a259:size=32x16:rate=25:duration={LOOP_SECONDS}[dot];"
    f"[clock][dot]overlay=x=(W-w)*t/{LOOP_SECONDS}:y=318"
)


def main() -> None:
    """Write the six files of the loop."""
    MEDIA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for height, level in PICTURES:
            encoded = work / f"{height}p.h264.mp4"
            _encode_picture(encoded, height, level)
            _pack(encoded, f"{height}p", work, "-movflags", "+empty_moov+frag_keyframe")
        encoded = work / "audio.aac"
        encoded.write_bytes(b"".join(_encode_sound()))
        # The filter knows the decoder's configuration only after the first frame. No
        # browser plays an init section without it, so writing that section waits for a
        # frame.
        fragment = ("-bsf:a", "aac_adtstoasc", "-frag_duration", SEGMENT_MICROSECONDS)
        waiting = ("-movflags", "+delay_moov", "-use_editlist", "0")
        _pack(encoded, "audio", work, *fragment, *waiting)


def _encode_picture(target: Path, height: int, level: str) -> None:
    # No B-frames: frames are decoded in display order, and the first one at zero. The
    # colours are stated, so that no player guesses them from the size.
    _ffmpeg(
        *("-filter_complex", f"{PICTURE},scale=-2:{height}"),
        *("-c:v", "libx264", "-preset", "veryslow", "-profile:v", "main", "-bf", "0"),
        *("-g", FRAMES_PER_SEGMENT, "-keyint_min", FRAMES_PER_SEGMENT),
        *("-sc_threshold", "0", "-crf", "27", "-level", level, "-pix_fmt", "yuv420p"),
        *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"),
        *("-threads", "1", str(target)),
    )


def _encode_sound() -> list[bytes]:
    adts = _ffmpeg(
        *("-f", "lavfi", "-i", f"{SOUND}:d={THREE_LOOPS_SECONDS}"),
        *("-c:a", "aac", "-b:a", "32k", "-f", "adts", "-"),
    )
    return list(_adts_frames(adts))[AAC_FIRST_FRAME : AAC_FIRST_FRAME + AAC_LOOP_FRAMES]


def _adts_frames(adts: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(adts):
        # ISO 13818-7, section 6.2: 13 bits of length, header included.
        length = int.from_bytes(adts[at + 3 : at + 6]) >> 5 & 0x1FFF
        yield adts[at : at + length]
        at += length


def _pack(encoded: Path, name: str, work: Path, *fragment: str) -> None:
    source = ("-i", str(encoded), "-c", "copy", "-fflags", "+bitexact")
    flags = "+default_base_moof+skip_trailer"
    fmp4 = ("-f", "mp4", "-movflags", flags, *fragment, str(MEDIA / f"{name}.mp4"))
    _ffmpeg(*source, *fmp4)
    # Repeat the tables once a segment. The first packet of each segment is an SDT,
    # which marks the segment's start.
    _ffmpeg(
        *(*source, "-f", "hls", "-hls_time", SEGMENT_SECONDS, "-hls_list_size", "0"),
        *("-hls_segment_options", "pat_period=1000:sdt_period=1000"),
        # The program clock runs 0.2 s ahead of the frames, as decoders expect.
        *("-muxdelay", "0.2", "-muxpreload", "0"),
        *("-hls_segment_filename", str(work / f"{name}-%02d.ts"), str(work / "x.m3u8")),
    )
    segments = sorted(work.glob(f"{name}-*.ts"))
    joined = b"".join(segment.read_bytes() for segment in segments)
    (MEDIA / f"{name}.ts").write_bytes(joined)


def _ffmpeg(*arguments: str) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 -- our own words only


if __name__ == "__main__":
    main()
