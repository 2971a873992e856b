"""Small sound files of every kind that is read often, as bytes."""

import io
import struct
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

RATE_HZ, SAMPLES = 44100, 30011
# name: (libsndfile format, subtype, other options)
_BY_SOUNDFILE = {
    "wav": ("WAV", "PCM_16", {}),
    "float.wav": ("WAV", "FLOAT", {}),
    "flac": ("FLAC", "PCM_16", {}),
    "24.flac": ("FLAC", "PCM_24", {}),
    "ogg": ("OGG", "VORBIS", {}),
    "opus": ("OGG", "OPUS", {}),
    "mp3": ("MP3", "MPEG_LAYER_III", {"bitrate_mode": "CONSTANT", "compression_level": 0.3}),
    "vbr.mp3": ("MP3", "MPEG_LAYER_III", {"bitrate_mode": "VARIABLE", "compression_level": 0.3}),
    "aiff": ("AIFF", "PCM_16", {}),
    "w64": ("W64", "PCM_16", {}),
    "rf64": ("RF64", "PCM_16", {}),
    "au": ("AU", "PCM_16", {}),
    "caf": ("CAF", "PCM_16", {}),
}


def music(samples: int = SAMPLES, seed: int = 0) -> np.ndarray:
    """Two tones and a little noise, float32 (samples, 2)."""
    time = np.arange(samples)[:, None]
    tones = 0.3 * np.sin(time * np.array([0.05, 0.031]))
    noise = 0.05 * np.random.default_rng(seed).standard_normal((samples, 2))
    return (tones + noise).astype(np.float32)


def sound_files() -> dict[str, bytes]:
    """One file of each kind, by its suffix: 0.7 s of music."""
    files = {}
    for name, (container, subtype, options) in _BY_SOUNDFILE.items():
        rate = 48000 if subtype == "OPUS" else RATE_HZ
        file = io.BytesIO()
        soundfile.write(file, music(), rate, format=container, subtype=subtype, **options)
        files[name] = file.getvalue()
    files["m4a"] = encoded("ipod", "aac")
    files["front.m4a"] = encoded("ipod", "aac", movflags="faststart")
    return files


def encoded(
    container: str, codec: str, streams: int = 1, start_seconds: int = 0, **options: str
) -> bytes:
    """Music in one or more audio streams, the second of which is silent, by FFmpeg's encoder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        _encode(path, container, codec, streams, start_seconds, options)
        return path.read_bytes()


def _encode(
    path: Path,
    container: str,
    codec: str,
    streams: int,
    start_seconds: int,
    options: dict[str, str],
) -> None:
    with av.open(path, "w", format=container, options=options) as output:
        outputs = [output.add_stream(codec, rate=RATE_HZ, layout="stereo") for _ in range(streams)]
        for number, stream in enumerate(outputs):
            samples = music() * (number == 0)
            size = stream.codec_context.frame_size or 1024
            for first in range(0, SAMPLES, size):
                block = np.ascontiguousarray(samples[first : first + size].T)
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = RATE_HZ, first + start_seconds * RATE_HZ
                frame.time_base = Fraction(1, RATE_HZ)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))


def written(container, subtype, samples=None, rate=RATE_HZ, **options):
    file = io.BytesIO()
    samples = music() if samples is None else samples
    soundfile.write(file, samples, rate, format=container, subtype=subtype, **options)
    return file.getvalue()


def flac_of(samples):
    """A FLAC file whose header says so many samples."""
    content = bytearray(written("FLAC", "PCM_16"))
    content[21] = content[21] & 0xF0 | samples >> 32
    content[22:26] = struct.pack(">I", samples & 0xFFFFFFFF)
    return bytes(content)


def mp3_without_header(mode):
    """As streams, `sox` and `lame -t` leave it: without the frame that counts the frames."""
    content = written("MP3", "MPEG_LAYER_III", bitrate_mode=mode, compression_level=0.3)
    kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[content[2] >> 4]
    size = 144000 * kbps // RATE_HZ + (content[2] >> 1 & 1)
    assert b"Xing" in content[:size] or b"Info" in content[:size]
    return content[size:]


def wav(size, riff=None, name=b"RIFF", before=b"", samples=True):
    """A WAV file that says it has so many bytes of samples."""
    pcm = (music() * 32767).astype("<i2").tobytes() if samples else b""
    riff = min(size + 36, 0xFFFFFFFF) if riff is None else riff
    form = struct.pack("<IHHIIHH", 16, 1, 2, RATE_HZ, 4 * RATE_HZ, 4, 16)
    head = name + struct.pack("<I", riff) + b"WAVE" + before + b"fmt " + form
    return head + b"data" + struct.pack("<I", size) + pcm


def decoded_by_ffmpeg(path):
    with av.open(path) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).T
