"""The cache: read only what is whole and of the files as they are, and never lose the old one."""

import errno
import os
import resource
import shutil
import signal
import threading
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from keras_sep.data import CacheError, SpectrogramCache, find_tracks
from keras_sep.data.pipelines import spectrogram_cache
from keras_sep.data.pipelines._stem_spectrum import frame_samples, spectrum

STEMS = ("drums", "bass", "vocals")
FRAME, HOP, BINS = 256, 64, 129


@pytest.fixture
def cache(tmp_path):
    return SpectrogramCache(tmp_path / "cache")


def entries(cache):
    """Each file of the cache and when it was made."""
    return {path.name: path.stat().st_ino for path in cache.folder.iterdir()}


def read(stored, track, source, first=20, frames=11):
    out = np.empty((frames, track.channels, FRAME // 2 + 1), np.complex64)
    stored.read(track, source, first, out)
    return out.transpose(1, 0, 2)


def frames_of(cache, tracks):
    return read(cache.spectra(tracks, STEMS, FRAME, HOP), tracks[0], "vocals")


def expected(tracks, first=20, frames=11):
    start, stop = frame_samples(first, frames, FRAME, HOP)
    return spectrum(tracks[0].read("vocals")[start:stop].T, FRAME, HOP)


def test_disk_is_announced_and_bounded(tracks, cache, capfd):
    np.testing.assert_array_equal(frames_of(cache, tracks), expected(tracks))
    said = capfd.readouterr().err
    samples = sum(track.samples for track in tracks)
    stored = sum(path.stat().st_size for path in cache.folder.iterdir())
    assert "9 of 9 stems to transform" in said
    assert f"{stored / 1e9:.2f} GB of disk needed" in said
    # two channels of 8 bytes a bin and frame, three stems
    assert stored == pytest.approx(3 * samples / HOP * 2 * BINS * 8, rel=0.02)


def test_what_is_there_is_read(tracks, cache, capfd):
    frames_of(cache, tracks)
    before = entries(cache)
    capfd.readouterr()
    np.testing.assert_array_equal(frames_of(cache, tracks), expected(tracks))
    assert entries(cache) == before
    assert capfd.readouterr().err == ""


def test_other_settings_have_entries_of_their_own(tracks, cache):
    frames_of(cache, tracks)
    before = entries(cache)
    cache.spectra(tracks, STEMS, 128, HOP)
    cache.spectra(tracks, STEMS, FRAME, 32)
    after = entries(cache)
    assert len(after) == 27
    assert before.items() <= after.items()


@pytest.mark.fault
def test_other_windows_have_entries_of_their_own(tracks, cache):
    frames_of(cache, tracks)
    before = entries(cache)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    for settings in (("hamming",), ("hann", 300), ("hann", FRAME), (hann,)):
        cache.spectra(tracks, ["vocals"], FRAME, HOP, *settings)
    after = entries(cache)
    assert before.items() <= after.items()
    assert len(after) == len(before) + 2 * 3  # the last two are what there was


@pytest.mark.fault
@pytest.mark.parametrize("name", ["🎻" * 60, "é" * 120, "a" * 200, "x" + "🎻" * 50])
def test_names_as_long_as_a_file_system_has_them(tmp_path, write_track, cache, name):
    """Bounds of file systems count bytes, and these characters have up to four."""
    write_track(tmp_path / "set" / name, 1009, stems=("vocals",))
    tracks = find_tracks(tmp_path / "set", None, ["vocals"])
    assert tracks[0].name == name
    for _ in range(2):
        cache.spectra(tracks, ["vocals"], FRAME, HOP)
        (entry,) = entries(cache)
        assert len(os.fsencode(entry)) <= 112
        assert name.startswith(entry.split("-vocals-")[0])


def test_a_touched_file_is_transformed_anew(tracks, cache):
    frames_of(cache, tracks)
    before = entries(cache)
    os.utime(tracks[0].stems["vocals"], ns=(1, 1))
    frames_of(cache, tracks)
    after = entries(cache)
    assert after.keys() == before.keys()  # the stale entry is replaced, not kept beside
    (changed,) = [name for name in before if before[name] != after[name]]
    assert changed.startswith("track 0-vocals-")


def test_changed_audio_is_transformed_anew(tracks, cache, write_track, tmp_path):
    old = frames_of(cache, tracks).copy()
    write_track(tmp_path / "set" / "train" / "track 0", 10007, seed=99)
    new = frames_of(cache, tracks)
    assert np.abs(new - old).max() > 0.1
    np.testing.assert_array_equal(new, expected(tracks))


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content[:-32] + bytes(32),  # all but the seal that is written last
        lambda content: b"",
        lambda content: b"x" * len(content),
        lambda content: content.replace(b"fortran_order': False", b"fortran_order': True ", 1),
    ],
)
def test_half_written_and_foreign_entries_are_rebuilt(tracks, cache, damage):
    frames_of(cache, tracks)
    (entry,) = cache.folder.glob("track 0-vocals-*")
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    assert entry.read_bytes() != whole
    np.testing.assert_array_equal(frames_of(cache, tracks), expected(tracks))
    assert entry.read_bytes() == whole


def test_a_full_disk_is_said_before_anything_is_written(tracks, cache, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 10**9, 1000))
    with pytest.raises(CacheError, match=r"cache: not enough disk space.* 0\.00 GB free"):
        frames_of(cache, tracks)
    assert entries(cache) == {}


def test_a_disk_that_fills_up_leaves_the_old_entry(tracks, cache, monkeypatch):
    frames_of(cache, tracks)
    before = {path.name: path.read_bytes() for path in cache.folder.iterdir()}
    os.utime(tracks[0].stems["vocals"], ns=(1, 1))

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(spectrogram_cache.os, "fsync", full)
    with pytest.raises(CacheError, match=r"not written.*No space left on device") as caught:
        frames_of(cache, tracks)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in cache.folder.iterdir()} == before
    monkeypatch.undo()
    np.testing.assert_array_equal(frames_of(cache, tracks), expected(tracks))


def test_a_file_that_may_not_grow_leaves_nothing(tracks, cache):
    """As above with the kernel refusing in the middle of an entry."""
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old_limit[1]))
    try:
        with pytest.raises(CacheError, match=r"spectrograms not written \(File too large\)"):
            frames_of(cache, tracks)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert entries(cache) == {}


def test_two_may_fill_it_at_once(tracks, cache, monkeypatch):
    """Threads here, processes in life: they share the folder and nothing else."""
    both_found_it_empty = threading.Barrier(2)
    announce = SpectrogramCache._announce

    def wait_and_announce(*arguments):
        both_found_it_empty.wait(timeout=60)
        announce(*arguments)

    monkeypatch.setattr(SpectrogramCache, "_announce", wait_and_announce)
    with ThreadPoolExecutor(2) as pool:
        caches = [SpectrogramCache(cache.folder) for _ in range(2)]
        made = list(pool.map(lambda one: frames_of(one, tracks), caches))
    for one in made:
        np.testing.assert_array_equal(one, expected(tracks))
    before = entries(cache)
    assert len(before) == 9
    np.testing.assert_array_equal(frames_of(cache, tracks), expected(tracks))
    assert entries(cache) == before


def test_leftovers_of_killed_processes_go(tracks, cache):
    cache.folder.mkdir()
    old, young = cache.folder / ".old.part", cache.folder / ".young.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    frames_of(cache, tracks)
    assert not old.exists()
    assert young.exists()  # another process may be writing it


def test_a_folder_that_cannot_be_made_is_named(tracks, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match=r"file/cache: no spectrograms kept \(Not a directory\)"):
        frames_of(SpectrogramCache(tmp_path / "file" / "cache"), tracks)


def test_mono_reads_as_stereo_is_stored_once(tmp_path, write_track, cache):
    write_track(tmp_path / "mono" / "song", 5003, STEMS, channels=1)
    tracks = find_tracks(tmp_path / "mono", channels=2)
    made = frames_of(cache, tracks)
    assert made.shape == (2, 11, BINS)
    np.testing.assert_array_equal(made[0], made[1])


def test_more_stems_than_files_may_be_open(tracks, cache):
    """Three descriptors free: 9 stems are read, and none stays open."""
    stored = cache.spectra(tracks, STEMS, FRAME, HOP)
    expected(tracks)  # whatever opens files of its own does so before the limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.open(os.devnull, os.O_RDONLY)
    os.close(spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare + 3, hard))
    try:
        stored = cache.spectra(tracks, STEMS, FRAME, HOP)
        for track in tracks:
            for source in STEMS:
                read(stored, track, source)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    np.testing.assert_array_equal(read(stored, tracks[0], "vocals"), expected(tracks))


def test_entries_that_vanish_or_shrink_meanwhile_are_named(tracks, cache):
    stored = cache.spectra(tracks, STEMS, FRAME, HOP)
    (entry,) = cache.folder.glob("track 0-vocals-*")
    os.truncate(entry, entry.stat().st_size // 2)
    with pytest.raises(CacheError, match=r"track 0-vocals-.*: spectrograms not read \(cut short"):
        read(stored, tracks[0], "vocals", first=120)
    entry.unlink()
    with pytest.raises(CacheError, match=r"spectrograms not read \(No such file or directory"):
        read(stored, tracks[0], "vocals", first=120)
