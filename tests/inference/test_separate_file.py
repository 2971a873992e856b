"""A file to its stems: what is in them, and what is said aloud."""

import itertools
import os
import re

import av
import numpy as np
import pytest
import soundfile
from small import RATE, SOURCES, noise, small_separator

from keras_sep.data import (
    AudioError,
    AudioWriter,
    match_channels,
    read_audio,
    resample,
    resampled_length,
    write_audio,
)
from keras_sep.inference import CompiledSeparator, separate_file
from keras_sep.inference.stem_files import stem_paths
from keras_sep.layers import WienerFilter

BLOCKS = {"block_seconds": 0.25, "context_seconds": 0.1}


@pytest.fixture(scope="module")
def with_residual():
    return CompiledSeparator(small_separator(WienerFilter(iterations=0, residual=True)))


def separate(compiled, path, **options):
    said = []
    paths = separate_file(compiled, path, path.parent / "out", say=said.append, **options)
    assert list(paths) == list(SOURCES)
    stems = np.stack([read_audio(path)[0] for path in paths.values()], axis=-1)
    return stems, said


def test_stems_of_a_short_file_are_the_separators(compiled, song):
    stems, said = separate(compiled, song, audio_format="float")
    # one block, floats: not a bit is lost
    np.testing.assert_array_equal(stems, compiled(read_audio(song)[0]))
    assert said == []


@pytest.mark.parametrize("audio_format", ["wav16", "float", "flac"])
def test_stems_name_the_licence_of_the_weights(compiled, song, monkeypatch, audio_format):
    stems, _ = separate(compiled, song, audio_format=audio_format)
    terms = "CC-BY-NC-SA-4.0, für alle"
    monkeypatch.setattr(compiled.separator, "license", terms)
    tagged, _ = separate(compiled, song, audio_format=audio_format, overwrite=True)
    np.testing.assert_array_equal(tagged, stems)
    for path in song.parent.glob("out/*"):
        with av.open(path) as file:  # another reader than the writer
            tags = {name.lower(): text for name, text in file.metadata.items()}
        assert tags["comment"] == f"separated with keras_sep; licence of the weights: {terms}"


def test_a_separator_knows_whether_its_sources_change_seats(song):
    small = small_separator()

    class Shuffled:
        """The small separator, with its sources in the other order in every second block."""

        channels, sample_rate_hz, source_names = 2, RATE, SOURCES
        front_end, post_filter = small.front_end, small.post_filter
        calls = 0

        def __call__(self, waveform, training=False):
            self.calls += 1
            return small(waveform)[..., :: -1 if self.calls % 2 else 1]

    def stems(interchangeable):
        shuffled = Shuffled()
        shuffled.interchangeable_sources = interchangeable
        compiled = CompiledSeparator(shuffled)
        compiled._functions[2] = shuffled  # untraced: it counts
        return separate(compiled, song, audio_format="float", overwrite=True, **BLOCKS)[0]

    expected = small(read_audio(song)[0][None]).numpy()[0, ..., ::-1]
    error = [np.abs(stems(interchangeable) - expected).max() for interchangeable in (True, False)]
    assert error[0] < 0.1 * error[1]


@pytest.mark.parametrize(
    ("audio_format", "suffix", "subtype", "bits"),
    [
        ("wav16", "wav", "PCM_16", 16),
        ("wav24", "wav", "PCM_24", 24),
        ("flac", "flac", "PCM_24", 24),
    ],
)
def test_integer_formats(compiled, song, audio_format, suffix, subtype, bits):
    stems, _ = separate(compiled, song, audio_format=audio_format)
    written = soundfile.info(song.parent / "out" / f"vocals.{suffix}")
    assert (written.format, written.subtype) == (suffix.upper(), subtype)
    # half a step of rounding, and full scale is a step below one
    np.testing.assert_allclose(stems, compiled(read_audio(song)[0]), atol=2 / 2 ** (bits - 1))


@pytest.mark.parametrize(("rate", "channels"), [(RATE, 1), (3001, 2), (1009, 1), (RATE, 5)])
@pytest.mark.parametrize("samples", [1, 1999])
def test_other_rates_and_channels_go_there_and_back(compiled, tmp_path, rate, channels, samples):
    path = tmp_path / "other.wav"
    signal = noise(samples, channels)
    write_audio(path, signal, rate, "float")
    stems, said = separate(compiled, path, audio_format="float", **BLOCKS)
    assert stems.shape == (samples, channels, 2)
    assert soundfile.info(tmp_path / "out" / "vocals.wav").samplerate == rate
    assert [str(path) in line for line in said] == [True] * ((rate != RATE) + (channels != 2))
    assert any(f"{rate} Hz resampled to {RATE} Hz" in line for line in said) == (rate != RATE)
    mixed = re.findall(r"\d channels? .+", "\n".join(said))
    words = {
        1: ["1 channel upmixed to 2 and back"],
        5: ["5 channels separated as front, centre, back"],
    }
    assert mixed == words.get(channels, [])
    if samples == 1:
        return
    # the whole signal at once: a short cut of resampling and channels outside of `separate_file`
    converted = resample(signal, rate, RATE)
    together = {1: ([0],), 2: ([0, 1],), 5: ([0, 1], [2], [3, 4])}[channels]
    back = np.zeros((len(converted), channels, 2), "float32")
    for group in together:
        part = compiled(match_channels(converted[:, group], 2))
        back[:, group] = part if len(group) == 2 else part.mean(axis=1, keepdims=True)
    for source in range(2):
        wanted = resample(back[..., source], RATE, rate)
        length = min(len(wanted), samples)
        assert abs(len(wanted) - samples) <= 1
        assert resampled_length(samples, rate, RATE) == len(converted)
        # 40 dB: the joins of blocks this short are what differs, not the way there and back
        error = np.square(stems[:length, :, source] - wanted[:length]).mean()
        assert error < 1e-4 * np.square(wanted).mean()


def loud(tmp_path):
    path = tmp_path / "loud.wav"
    write_audio(path, noise(701, level=2.0), RATE, "float")
    return path


def test_rescaling_keeps_the_balance_and_says_so(compiled, tmp_path):
    path = loud(tmp_path)
    whole = compiled(read_audio(path)[0])
    assert np.abs(whole).max(axis=(0, 1)).min() > 1.5
    stems, said = separate(compiled, path)
    peak = np.abs(whole).max()
    np.testing.assert_allclose(stems, whole / peak, atol=2 / 2**15)
    assert np.abs(stems).max() == pytest.approx(1, abs=2 / 2**15)
    assert len(said) == 1
    decibels = float(re.search(r"rescaled by (-[\d.]+) dB", said[0])[1])
    assert decibels == pytest.approx(-20 * np.log10(peak), abs=0.006)
    assert not list((tmp_path / "out").glob(".*"))


def test_clamping_cuts_and_says_how_much(compiled, tmp_path):
    path = loud(tmp_path)
    whole = compiled(read_audio(path)[0])
    stems, said = separate(compiled, path, clip="clamp")
    np.testing.assert_allclose(stems, np.clip(whole, -1, 1), atol=2 / 2**15)
    for name, line, stem in zip(SOURCES, said, np.moveaxis(whole, -1, 0), strict=True):
        assert f"{name}.wav: {(np.abs(stem) > 1).sum()} samples" in line


def test_floats_keep_what_is_beyond_full_scale(compiled, tmp_path):
    path = loud(tmp_path)
    stems, said = separate(compiled, path, audio_format="float")
    np.testing.assert_array_equal(stems, compiled(read_audio(path)[0]))
    assert said == []


def test_a_stem_never_replaces_the_file_it_comes_from(compiled, tmp_path):
    path = tmp_path / "vocals.wav"
    write_audio(path, noise(301), RATE)
    before = path.read_bytes()
    with pytest.raises(
        ValueError, match=r"vocals\.wav: this stem would overwrite its own input file"
    ):
        separate_file(compiled, path, tmp_path, overwrite=True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["../vocals", "/tmp/vocals", "a/b", "", "..", ".hidden"])
def test_a_model_does_not_choose_where_it_writes(tmp_path, name):
    with pytest.raises(ValueError, match="must be file names"):
        stem_paths(tmp_path, [name])


def test_a_folder_where_a_stem_should_go(compiled, song):
    (song.parent / "out" / "drums.wav").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"drums\.wav: cannot be written \(a folder has this name"):
        separate_file(compiled, song, song.parent / "out", overwrite=True)


@pytest.mark.parametrize("failing", SOURCES)
@pytest.mark.parametrize("when", ["closed", "renamed"])
@pytest.mark.parametrize("clip", ["rescale", "clamp"])
def test_stems_are_there_all_or_none(compiled, song, monkeypatch, failing, when, clip):
    out = song.parent / "out"
    path = out / f"{failing}.wav"
    whole, replace = AudioWriter._require_whole, os.replace

    def full(writer):
        if writer.path.name == path.name:
            raise AudioError(writer.path, "could not be written completely; is the disk full?")
        whole(writer)

    def refused(old, new):
        if new == path:
            raise PermissionError(13, "Permission denied")
        replace(old, new)

    if when == "closed":
        monkeypatch.setattr(AudioWriter, "_require_whole", full)
        said = f"{path}: could not be written completely"
    else:
        monkeypatch.setattr(os, "replace", refused)
        said = f"{out}: cannot be written (Permission denied)"
    with pytest.raises(AudioError, match=re.escape(said)):
        separate_file(compiled, song, out, clip=clip)
    assert list(song.parent.iterdir()) == [song]


@pytest.mark.parametrize("failing", SOURCES)
def test_stems_that_were_there_stay_when_new_ones_fail(compiled, song, monkeypatch, failing):
    paths = separate_file(compiled, song, song.parent / "out")
    for path in paths.values():
        path.write_bytes(b"old")

    def full(writer):
        if writer.path.stem == failing:
            raise AudioError(writer.path, "could not be written completely; is the disk full?")

    monkeypatch.setattr(AudioWriter, "_require_whole", full)
    with pytest.raises(AudioError, match="is the disk full"):
        separate_file(compiled, song, song.parent / "out", overwrite=True)
    assert [path.read_bytes() for path in paths.values()] == [b"old", b"old"]
    assert len(list((song.parent / "out").iterdir())) == 2


def test_stems_longer_than_a_wav_file_are_refused_first(compiled, song, monkeypatch):
    from keras_sep.inference import stem_files

    monkeypatch.setattr(stem_files, "_WAV_BYTES", 1000)
    with pytest.raises(ValueError, match=r"song\.wav: its stems exceed the 4 GiB.*write FLAC"):
        separate_file(compiled, song, song.parent / "out")
    separate_file(compiled, song, song.parent / "out", "flac")


def test_unknown_choices_are_refused(compiled, song):
    out = song.parent / "out"
    with pytest.raises(ValueError, match=r"`audio_format` must be one of wav16.*Received: 'aac'"):
        separate_file(compiled, song, out, "aac")
    with pytest.raises(ValueError, match=r"`clip` must be one of rescale, clamp.*'louder'"):
        separate_file(compiled, song, out, clip="louder")
    assert not out.exists()


def test_an_interrupt_leaves_nothing_behind(compiled, song):
    class Interrupted(CompiledSeparator):
        calls = itertools.count()

        def __call__(self, samples):
            if next(self.calls) == 2:
                raise KeyboardInterrupt
            return compiled(samples)

    for clip, calls in (("rescale", 3), ("clamp", 3)):
        interrupted = Interrupted(compiled.separator)
        interrupted.calls = itertools.count()
        with pytest.raises(KeyboardInterrupt):
            separate_file(interrupted, song, song.parent / "out", clip=clip, **BLOCKS)
        assert next(interrupted.calls) == calls
        assert list(song.parent.iterdir()) == [song]


@pytest.mark.fault
@pytest.mark.parametrize(("rate", "channels"), [(RATE, 2), (4400, 2), (RATE, 6), (3001, 6)])
def test_stems_and_residual_add_up_to_the_file(with_residual, tmp_path, rate, channels):
    """Also above the rate of the model, and in the channel that no stem has."""
    path = tmp_path / "song.wav"
    write_audio(path, noise(2011, channels), rate, "float")
    paths = separate_file(
        with_residual, path, tmp_path / "out", "float", say=lambda line: None, **BLOCKS
    )
    assert list(paths) == [*SOURCES, "residual"]
    stems = np.stack([soundfile.read(path, always_2d=True)[0] for path in paths.values()])
    # float32 rounds what is written to 2**-24 of it
    np.testing.assert_allclose(stems.sum(axis=0), soundfile.read(path)[0], atol=1e-7)
    assert np.abs(stems[:2]).max() > 1e-3
    if channels == 6:
        assert not stems[:2, :, 3].any()


@pytest.mark.fault
def test_samples_that_overflow_name_their_file(compiled, tmp_path):
    path = tmp_path / "huge.wav"
    write_audio(path, noise(701, channels=1, level=5e37), RATE, "float")
    with pytest.raises(AudioError, match=r"huge\.wav: the model outputs NaN .* up to \d.*e\+3[78]"):
        separate_file(compiled, path, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault
def test_a_model_that_gives_nan_names_the_file(song):
    def broken(samples):
        return np.full((*samples.shape, 2), np.nan, "float32")

    separator = small_separator()
    compiled = CompiledSeparator(separator)
    compiled._functions[2] = lambda waveform: broken(waveform[0])[None]
    with pytest.raises(AudioError, match=r"song\.wav: the model outputs NaN or infinite samples$"):
        separate_file(compiled, song, song.parent / "out")


@pytest.mark.fault
@pytest.mark.parametrize("overwrite", [False, True])
def test_of_two_into_one_folder_one_writes_and_the_other_says_so(compiled, song, overwrite):
    other, out = song.with_name("other.wav"), song.parent / "new" / "out"
    write_audio(other, noise(301), RATE)
    calls = []

    class Meanwhile(CompiledSeparator):
        def __call__(self, samples):
            said = rf"out: another separation \(process {os.getpid()}\) writes into this folder"
            with pytest.raises(ValueError, match=said):
                separate_file(compiled, other, out, overwrite=overwrite)
            calls.append(1)
            return compiled(samples)

    paths = separate_file(Meanwhile(compiled.separator), song, out, overwrite=overwrite)
    assert calls
    assert {soundfile.info(path).frames for path in paths.values()} == {RATE + 7}
    assert sorted(out.iterdir()) == sorted(paths.values())


@pytest.mark.fault
def test_what_a_format_cannot_hold_is_said_before_any_work(tmp_path):
    def never(samples):
        raise AssertionError("nothing is to be separated")

    compiled = CompiledSeparator(small_separator())
    compiled._functions = {2: never}
    for channels, rate, what in ((10, 48000, "10 channels"), (2, 705600, "705600 Hz")):
        path = tmp_path / "a.wav"
        write_audio(path, noise(101, channels), rate)
        with pytest.raises(AudioError, match=rf"a\.wav: flac does not support {what}; choose the"):
            separate_file(compiled, path, tmp_path / "new" / "out", "flac")
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault
@pytest.mark.parametrize("seconds", [np.inf, np.nan, 0.0, -1.0])
def test_blocks_that_make_no_sense(compiled, song, seconds):
    with pytest.raises(ValueError, match="`block_seconds` must be positive"):
        separate_file(compiled, song, song.parent / "out", block_seconds=seconds)
    if seconds:
        with pytest.raises(ValueError, match="`context_seconds` not negative"):
            separate_file(compiled, song, song.parent / "out", context_seconds=seconds)
