"""Writing: what comes back, and that nothing half-written has the final name."""

import os
import resource
import signal

import numpy as np
import pytest
import soundfile

from keras_sep.data import AudioError, AudioWriter, write_audio

RATE_HZ = 8000


@pytest.fixture
def tone():
    return 0.7 * np.sin(np.arange(2 * 4001).reshape(4001, 2) / 9.0)


# half a quantisation step of the format; float32 rounds to 2**-25 of 0.7
@pytest.mark.parametrize(
    ("audio_format", "suffix", "subtype", "step"),
    [
        ("wav16", ".wav", "PCM_16", 2.0**-15),
        ("wav24", ".wav", "PCM_24", 2.0**-23),
        ("float", ".wav", "FLOAT", 2.0**-24),
        ("flac", ".flac", "PCM_24", 2.0**-23),
    ],
)
def test_what_was_written_comes_back(tmp_path, tone, audio_format, suffix, subtype, step):
    path = tmp_path / "new folder" / f"tone{suffix}"
    assert write_audio(path, tone, RATE_HZ, audio_format) == 0
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.frames) == (RATE_HZ, 2, 4001)
    assert info.subtype == subtype
    np.testing.assert_allclose(soundfile.read(path)[0], tone, atol=0.501 * step, rtol=0)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_blocks_make_the_same_file(tmp_path, tone):
    write_audio(tmp_path / "whole.wav", tone, RATE_HZ)
    with AudioWriter(tmp_path / "blocks.wav", RATE_HZ, 2) as writer:
        for block in np.array_split(tone, 7):
            writer.write(block)
    assert (tmp_path / "blocks.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()


def test_clipping_is_clamped_and_counted(tmp_path):
    loud = np.array([[0.5, 1.5], [-2.0, 1.0]])
    assert write_audio(tmp_path / "loud.wav", loud, RATE_HZ) == 2
    read = soundfile.read(tmp_path / "loud.wav")[0]
    np.testing.assert_allclose(read, np.clip(loud, -1, 1), atol=2.0**-15)
    assert write_audio(tmp_path / "float.wav", loud, RATE_HZ, "float") == 0
    np.testing.assert_array_equal(soundfile.read(tmp_path / "float.wav")[0], loud)


def test_an_exception_leaves_what_was_there(tmp_path, tone):
    path = tmp_path / "tone.wav"
    write_audio(path, tone, RATE_HZ)
    before = path.read_bytes()

    def write_and_stop():
        with AudioWriter(path, RATE_HZ, 2) as writer:
            writer.write(tone[:100])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_and_stop()
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["tone.wav"]


def test_nan_is_not_written(tmp_path):
    with pytest.raises(AudioError, match=r"a\.wav: not written: the samples hold NaN"):
        write_audio(tmp_path / "a.wav", np.array([[0.0, np.nan]]), RATE_HZ)
    assert not os.listdir(tmp_path)


def test_a_full_disk_leaves_what_was_there(tmp_path, tone):
    """The kernel refuses to let any file grow past 4096 bytes, as a full disk would."""
    path = tmp_path / "tone.wav"
    write_audio(path, tone[:100], RATE_HZ)
    before = path.read_bytes()
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old_limit[1]))
    try:
        with pytest.raises(
            AudioError, match=r"tone\.wav: could not be written completely"
        ) as caught:
            write_audio(path, tone, RATE_HZ)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["tone.wav"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path, tone):
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match=r"file/a\.wav: cannot be written \(File exists\)"):
        write_audio(tmp_path / "file" / "a.wav", tone, RATE_HZ)
    (tmp_path / "b.wav").mkdir()
    with pytest.raises(AudioError, match="a folder has this name"):
        write_audio(tmp_path / "b.wav", tone, RATE_HZ)


def test_unknown_format_and_shape_are_refused(tmp_path, tone):
    with pytest.raises(
        ValueError,
        match=r"must be one of wav16, wav24, float, flac, mp3, ogg, opus, m4a, stem.mp4\. .*'aac'",
    ):
        write_audio(tmp_path / "a.aac", tone, RATE_HZ, "aac")
    with (
        pytest.raises(ValueError, match=r"shape \(samples, 1\). Received: \(4001, 2\)"),
        AudioWriter(tmp_path / "a.wav", RATE_HZ, 1) as writer,
    ):
        writer.write(tone)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("audio_format", "rate_hz", "channels", "what"),
    [
        # RFC 9639: at most 8 channels; rates over 65535 Hz in tens, to 655350 Hz
        ("flac", 48000, 9, "flac does not support 9 channels; choose the format wav16"),
        ("flac", 705600, 2, "flac does not support 705600 Hz; choose the format wav16"),
        ("flac", 192001, 2, "flac does not support 192001 Hz; choose the format wav16"),
        ("wav16", 48000, 70000, "wav16 does not support 70000 channels; no other format does"),
        ("float", 2**33, 2, "float does not support 8589934592 Hz; no other format does"),
    ],
)
def test_what_a_format_lacks_is_said(tmp_path, audio_format, rate_hz, channels, what):
    with pytest.raises(AudioError, match=what):
        AudioWriter(tmp_path / "new" / "a.flac", rate_hz, channels, audio_format).__enter__()
    assert not any(tmp_path.iterdir())


@pytest.mark.fault
@pytest.mark.parametrize(("rate_hz", "channels"), [(655350, 2), (48000, 8), (65535, 1), (1, 1)])
def test_flac_takes_all_that_it_holds(tmp_path, rate_hz, channels):
    write_audio(tmp_path / "a.flac", np.zeros((11, channels)), rate_hz, "flac")
    info = soundfile.info(tmp_path / "a.flac")
    assert (info.samplerate, info.channels, info.frames) == (rate_hz, channels, 11)


@pytest.mark.fault
def test_a_name_as_long_as_the_disk_takes(tmp_path, tone):
    path = tmp_path / ("ä" * 125 + ".wav")  # 254 bytes
    write_audio(path, tone, RATE_HZ)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault
def test_a_name_that_is_no_text(tmp_path, tone):
    path = tmp_path / os.fsdecode(b"caf\xe9") / os.fsdecode(b"\xe4.flac")
    write_audio(path, tone, RATE_HZ, "flac")
    assert os.listdir(os.fsencode(path.parent)) == [b"\xe4.flac"]
    with path.open("rb") as file:
        assert soundfile.info(file).frames == 4001


@pytest.mark.fault
@pytest.mark.parametrize("rate", [44100.5, float("nan"), float("inf"), "44100", None])
def test_rates_are_whole_numbers(tmp_path, rate):
    with pytest.raises(ValueError, match="`sample_rate_hz` must be a whole number"):
        AudioWriter(tmp_path / "a.wav", rate, 1)


@pytest.mark.fault
@pytest.mark.parametrize("dtype", [np.int16, np.int32, ">i2"])
@pytest.mark.parametrize("audio_format", ["wav24", "float"])
def test_integers_keep_their_full_scale_and_none_is_clipped(tmp_path, dtype, audio_format):
    path = tmp_path / "a.wav"
    scale = 2.0 ** (8 * np.dtype(dtype).itemsize - 1)
    array = (np.array([-1, -0.5, 0, 0.25, 1 - 2**-15]) * scale).astype(dtype)
    assert write_audio(path, array, RATE_HZ, audio_format) == 0
    np.testing.assert_array_equal(soundfile.read(path)[0], [-1, -0.5, 0, 0.25, 1 - 2**-15])


@pytest.mark.fault
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, complex, object])
def test_samples_of_other_types_are_refused(tmp_path, dtype):
    with pytest.raises(ValueError, match="samples must be floats, or integers of 16 or 32 bits"):
        write_audio(tmp_path / "a.wav", np.zeros(9, dtype), RATE_HZ)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault
def test_half_precision_is_written(tmp_path):
    write_audio(tmp_path / "a.wav", np.full(9, 0.5, np.float16), RATE_HZ)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a.wav")[0], 0.5)
