"""MP3, Ogg, Opus and M4A: their lengths and delays, by FFmpeg and by our own reader."""

import resource
import signal

import av
import numpy as np
import pytest
from by_ffmpeg import ffmpeg_stream, lag, noise, stated

from keras_sep.data import (
    AUDIO_FORMATS,
    AudioError,
    AudioWriter,
    audio_info,
    read_audio,
    resample,
    write_audio,
)

LOSSY = ("mp3", "ogg", "opus", "m4a")


# at MP3's frames of 1152 with a delay of 1105 samples, 1152 n + 1 to 47 need a frame more
@pytest.mark.parametrize("samples", [100, 1175, 5000, 30011])
@pytest.mark.parametrize("rate_hz", [44100, 22050])
@pytest.mark.parametrize("audio_format", LOSSY)
def test_length_and_time_are_exact(tmp_path, audio_format, rate_hz, samples):
    path = tmp_path / f"a{AUDIO_FORMATS[audio_format].suffix}"
    signal_in = noise(samples)
    write_audio(path, signal_in, rate_hz, audio_format)
    file_rate_hz = 48000 if audio_format == "opus" else rate_hz
    expected = resample(signal_in, rate_hz, file_rate_hz)
    array, found_hz = read_audio(path)
    other, (other_hz, other_samples) = ffmpeg_stream(path), stated(path)
    assert (found_hz, other_hz) == (file_rate_hz, file_rate_hz)
    assert len(array) == len(expected)
    if audio_format == "m4a":  # FFmpeg knows the length, but decodes the last frame whole
        assert other_samples == len(expected)
    elif not (audio_format == "ogg" and samples < 256):  # less than a block of Vorbis
        assert len(other) == len(expected)
    np.testing.assert_allclose(array, other[: len(array)], atol=1e-5)
    if samples >= 1000:
        assert lag(array, expected) == 0


@pytest.mark.parametrize("audio_format", LOSSY)
def test_a_higher_bit_rate_is_a_larger_file_and_nearer(tmp_path, audio_format):
    rate_hz, errors, kbps = 48000, [], (96, 256)
    expected = noise(rate_hz)
    for rate in kbps:
        path = tmp_path / f"{rate}"
        write_audio(path, expected, rate_hz, audio_format, bit_rate_kbps=rate)
        errors.append(np.square(read_audio(path)[0] - expected).mean())
        # in Vorbis it is nominal
        assert (
            0.8 * rate < path.stat().st_size / 125 < (1.5 if audio_format == "ogg" else 1.2) * rate
        )
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize(
    ("audio_format", "channels"), [("opus", 4), ("opus", 6), ("m4a", 5), ("m4a", 6)]
)
def test_channels_keep_their_places(tmp_path, audio_format, channels):
    path = tmp_path / "a"
    expected = noise(20011, channels)
    write_audio(path, expected, 48000, audio_format)
    correlation = np.corrcoef(read_audio(path)[0].T, expected.T)[:channels, channels:]
    assert list(correlation.argmax(axis=1)) == list(range(channels))


@pytest.mark.parametrize("audio_format", LOSSY)
def test_blocks_make_the_same_sound(tmp_path, audio_format):
    expected = noise(10007)
    write_audio(tmp_path / "whole", expected, 44100, audio_format)
    with AudioWriter(tmp_path / "blocks", 44100, 2, audio_format) as writer:
        for block in np.array_split(expected, 7):
            writer.write(block)
    whole, blocks = (read_audio(tmp_path / name)[0] for name in ("whole", "blocks"))
    begin = 256 if audio_format == "ogg" else 0  # libvorbis guesses at what was before the first
    np.testing.assert_array_equal(blocks[begin:], whole[begin:])


@pytest.mark.parametrize("audio_format", LOSSY)
def test_clipping_is_counted(tmp_path, audio_format):
    loud = noise(5000)
    loud[100:107, 0] = 5.0
    beyond = int((np.abs(loud) > 1).sum())
    assert beyond >= 7
    assert write_audio(tmp_path / "a", loud, 44100, audio_format) == beyond
    # a codec overshoots, but not to five times full scale
    assert np.abs(read_audio(tmp_path / "a")[0]).max() < 2


@pytest.mark.parametrize(
    ("audio_format", "rate_hz", "file_rate_hz"),
    [
        ("mp3", 96000, 48000),
        ("mp3", 30000, 32000),
        ("opus", 16000, 48000),
        ("m4a", 192000, 96000),
        ("ogg", 705600, 192000),
        ("ogg", 5000, 8000),
    ],
)
def test_rates_that_a_format_lacks_are_resampled(tmp_path, audio_format, rate_hz, file_rate_hz):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate_hz // 10) / rate_hz)[:, None]
    with AudioWriter(tmp_path / "a", rate_hz, 1, audio_format) as writer:
        for block in np.array_split(tone, 3):
            writer.write(block)
    assert writer.file_rate_hz == file_rate_hz
    array, found_hz = read_audio(tmp_path / "a")
    assert (found_hz, len(array)) == (file_rate_hz, file_rate_hz // 10)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(array)) / file_rate_hz)
    middle = slice(len(array) // 4, -len(array) // 4)
    assert np.abs(array[middle, 0] - expected[middle]).max() < 0.1


@pytest.mark.fault
@pytest.mark.parametrize(
    ("audio_format", "channels", "what"),
    [
        ("mp3", 3, "mp3 does not support 3 channels; choose the format wav16"),
        ("ogg", 6, "ogg does not support 6 channels; choose the format .* or opus or m4a"),
        ("opus", 5, "opus does not support 5 channels"),
        ("m4a", 8, "m4a does not support 8 channels"),
    ],
)
def test_channels_that_a_format_lacks_are_refused(tmp_path, audio_format, channels, what):
    with pytest.raises(AudioError, match=what):
        write_audio(tmp_path / "a", np.zeros((11, channels)), 48000, audio_format)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(("audio_format", "kbps"), [("opus", 510), ("m4a", 512), ("mp3", 320)])
def test_mono_takes_a_bit_rate_that_stereo_does(tmp_path, audio_format, kbps):
    path, tone = tmp_path / "a", noise(30000)
    with AudioWriter(path, 48000, 1, audio_format, bit_rate_kbps=kbps) as writer:
        writer.write(tone[:, :1])
    assert writer.bit_rate_kbps == 256
    assert audio_info(path).samples == 30000


@pytest.mark.fault
@pytest.mark.parametrize(
    ("audio_format", "kbps", "said"),
    [
        ("mp3", 321, "`bit_rate_kbps` of mp3 must be a whole number from 32 to 320. Received: 321"),
        ("opus", 96.5, "of opus must be a whole number from 16 to 510. Received: 96.5"),
        (
            "flac",
            96,
            "is for the formats mp3, ogg, opus, m4a, stem.mp4; flac has none. Received: 96",
        ),
    ],
)
def test_bit_rates_that_make_no_sense(tmp_path, audio_format, kbps, said):
    with pytest.raises(ValueError, match=said):
        write_audio(tmp_path / "a", np.zeros(11), 48000, audio_format, bit_rate_kbps=kbps)


@pytest.mark.fault
@pytest.mark.parametrize("audio_format", LOSSY)
def test_an_empty_lossy_file_is_not_written(tmp_path, audio_format):
    with pytest.raises(AudioError, match="not written: no samples"):
        write_audio(tmp_path / "a", np.zeros((0, 2)), 48000, audio_format)
    assert not any(tmp_path.iterdir())


@pytest.mark.fault
@pytest.mark.parametrize("limit", [4096, 40_000, 56_000])  # at the start, in the middle, at the end
@pytest.mark.parametrize("audio_format", LOSSY)
def test_a_full_disk_leaves_what_was_there(tmp_path, audio_format, limit):
    """The kernel refuses to let any file grow past the limit, as a full disk would."""
    path, sound = tmp_path / "a", noise(80_000)
    path.write_bytes(b"old")
    write_audio(tmp_path / "whole", sound, 44100, audio_format, bit_rate_kbps=256)
    limit = min(limit, (tmp_path / "whole").stat().st_size - 1)
    (tmp_path / "whole").unlink()
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old_limit[1]))
    try:
        with pytest.raises(
            AudioError, match=r"a: (cannot be written \(File too large\)|could not)"
        ):
            write_audio(path, sound, 44100, audio_format, bit_rate_kbps=256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


@pytest.mark.fault
def test_eight_channels_are_read_by_ffmpeg(tmp_path):
    """PyAV reads beyond the eighth plane of a frame."""
    expected = noise(48000, 8)
    with av.open(str(tmp_path / "a.opus"), "w") as file:
        stream = file.add_stream("libopus", rate=48000)
        stream.codec_context.layout = "7.1"
        stream.codec_context.bit_rate = 1_000_000
        frame = av.AudioFrame.from_ndarray(expected.reshape(1, -1), format="flt", layout="7.1")
        frame.sample_rate = 48000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert audio_info(tmp_path / "a.opus").channels == 8
    correlation = np.corrcoef(read_audio(tmp_path / "a.opus")[0].T, expected.T)[:8, 8:]
    np.testing.assert_allclose(correlation.max(axis=0), 1, atol=0.1)
