"""Writing the stems of one separated track."""

import contextlib
import functools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from keras_sep._brief import brief
from keras_sep._folder_lock import only_writer
from keras_sep._hidden_folder import hidden_folder
from keras_sep._new_folder import new_folder
from keras_sep._source_names import require_source_names
from keras_sep._whole_files import in_the_way
from keras_sep.data import AUDIO_FORMATS, AudioError, AudioInfo, AudioTags, AudioWriter
from keras_sep.data.audio import (
    chosen_bit_rate,
    file_and_stem,
    require_format,
    require_known_format,
)
from keras_sep.inference._stem_spool import StemSpool

CLIP_MODES = ("rescale", "clamp")
STEM = "{stem}"  # in the name of a file, the name of the stem

_SAMPLE_BYTES = {"wav16": 2, "wav24": 3, "float": 4}  # FLAC's size is not known before
_WAV_BYTES = 2**32 - 2**12  # sizes in a WAV header have 32 bits
_SPOOL_BYTES = 4


def stem_paths(
    out_dir: Path, stems: Iterable[str], audio_format: str = "wav16", name: str = STEM
) -> dict[str, Path]:
    """Return the file of each stem in a folder.

    Args:
        out_dir: Folder of the track.
        stems: Names of the stems.
        audio_format: Key of `data.AUDIO_FORMATS`. Default "wav16".
        name: Name of the files without suffix, in which `{stem}` stands for the name of each stem,
            or, if one file holds all of them, for that of the folder. Default "{stem}".
    """
    form = require_known_format(audio_format)
    if not isinstance(name, str) or STEM not in name:
        raise ValueError(
            f"`name` must contain {STEM}, the name of the stem. Received: {brief(name)}"
        )
    # a model from outside must not choose where on the disk it writes
    stems = require_source_names(stems)
    called = [out_dir.absolute().name] * len(stems) if form.one_file else stems
    names = require_source_names([name.replace(STEM, word) for word in called], "name")
    return {stem: out_dir / f"{file}{form.suffix}" for stem, file in zip(stems, names, strict=True)}


@contextlib.contextmanager
def stems_folder(folder: Path) -> Iterator[None]:
    """Make the folder of a track's stems and lock it against other processes.

    Args:
        folder: Path of the folder. If it was new and stays empty, it is removed again.

    Raises:
        ValueError: If it cannot be made or another process writes into it.
    """
    standing = _standing(folder)
    if not standing.is_dir():
        problem = "a file" if standing.exists() else "a link that leads nowhere"
        raise AudioError(standing, f"the output needs a folder, but this is {problem}")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(new_folder(folder))
        except OSError as error:
            raise AudioError(folder, f"cannot be made ({error.strerror})") from error
        stack.enter_context(only_writer(folder, "separation"))
        yield


def require_writable(
    paths: Mapping[str, Path],
    source: Path,
    info: AudioInfo,
    audio_format: str,
    clip: str,
    overwrite: bool,
    bit_rate_kbps: int | None = None,
) -> None:
    """Raise an `AudioError`, before anything is computed, if the stems could not be written.

    Args:
        paths: File of each source.
        source: File to be separated, which no stem may replace.
        info: Information from its header.
        audio_format: Key of `data.AUDIO_FORMATS`.
        clip: Treatment of samples beyond full scale, "rescale" or "clamp".
        overwrite: Whether existing stems may be replaced.
        bit_rate_kbps: Bit rate in kbit/s, or None for the format's default. Default None.
    """
    bit_rate_kbps = chosen_bit_rate(audio_format, info.channels, bit_rate_kbps)
    for path in paths.values():
        if problem := in_the_way(path):
            raise AudioError(path, problem)
        if path.exists() and path.samefile(file_and_stem(source)[0]):
            raise AudioError(path, "this stem would overwrite its own input file")
        if path.exists() and not overwrite:
            raise AudioError(
                path,
                "already exists; replace it with --overwrite (in Python `overwrite=True`), keep it "
                "with --skip-existing, or choose another folder",
            )

    require_format(source, audio_format, info.sample_rate_hz, info.channels)
    stem_bytes = info.samples * info.channels * _SAMPLE_BYTES.get(audio_format, 0)
    if stem_bytes > _WAV_BYTES:
        raise AudioError(source, "its stems exceed the 4 GiB limit of WAV files; write FLAC")
    if bit_rate_kbps:
        stem_bytes = info.samples * bit_rate_kbps * 125 // info.sample_rate_hz
    spool_bytes = _SPOOL_BYTES * _spooled(audio_format, clip) * info.samples * info.channels
    folder = next(iter(paths.values())).parent
    needed, disk = len(paths) * (stem_bytes + spool_bytes), shutil.disk_usage(_standing(folder))
    if disk.total and needed > disk.free:  # file systems of the kernel's own have no size
        raise AudioError(
            folder, f"disk full: {needed / 1e6:.1f} MB needed, {disk.free / 1e6:.1f} MB free"
        )


def write_stems(
    pieces: Iterable[np.ndarray],
    paths: Mapping[str, Path],
    info: AudioInfo,
    audio_format: str = "wav16",
    clip: str = "rescale",
    say: Callable[[str], None] = lambda line: None,
    second_pass: Callable[[Iterable[np.ndarray]], Iterable[np.ndarray]] = iter,
    tags: Mapping[str, AudioTags] | None = None,
    bit_rate_kbps: int | None = None,
) -> None:
    """Write a stream of stems, one file per source; they appear together, when all are complete.

    The folder of the files must exist. For "rescale" in integer formats, which end at full scale,
    the stems are first kept as floats in a hidden folder in it, since the loudest sample may be the
    last: this takes disk space, not memory. All stems get the same gain, so their balance stays.
    The float format keeps samples as they are.

    Args:
        pieces: Pieces of the stems, (samples, channels, sources).
        paths: File of each source, in the order of the sources axis; in a format whose one file
            holds the mixture and its stems, the same for each.
        info: Sample rate and channels of the files.
        audio_format: A key of `data.AUDIO_FORMATS`.
        clip: Treatment of samples beyond full scale, "rescale" or "clamp". Default "rescale".
        say: Function called with one line if samples were beyond full scale.
        second_pass: Function from and to iterables of pieces, applied when they are read back from
            the hidden folder, such as a progress bar.
        tags: Tags of each file, by source. Default: none.
        bit_rate_kbps: Bit rate in kbit/s, or None for the format's default. Default None.

    Raises:
        AudioError: If a file cannot be written; then none is.
    """
    folder = next(iter(paths.values())).parent
    with contextlib.ExitStack() as stack:
        hidden = stack.enter_context(
            _together(folder, [*{path.name: 0 for path in paths.values()}])
        )
        if _spooled(audio_format, clip):
            file = stack.enter_context(open(hidden / "spool", "w+b"))
            spool = StemSpool(file, info.channels, len(paths))
            for piece in pieces:
                spool.write(piece)
            gain = 1 / spool.peak if spool.peak > 1 else 1.0
            if gain < 1:
                say(f"all stems rescaled by {20 * np.log10(gain):.2f} dB to avoid clipping")
            pieces = second_pass(spool.read(gain))
        one_file = AUDIO_FORMATS[audio_format].one_file
        first, *others = paths
        writers = [
            stack.enter_context(
                AudioWriter(
                    hidden / paths[name].name,
                    info.sample_rate_hz,
                    info.channels,
                    audio_format,
                    bit_rate_kbps=bit_rate_kbps,
                    tags=tags[name] if tags else None,
                    stems=others if one_file else (),
                )
            )
            for name in ([first] if one_file else paths)
        ]
        for piece in pieces:
            blocks = [piece] if one_file else np.moveaxis(piece, -1, 0)
            for writer, block in zip(writers, blocks, strict=True):
                writer.write(block)
    for writer in writers:
        if writer.clipped:
            say(f"{writer.path.name}: {writer.clipped} samples beyond full scale clamped")


def _spooled(audio_format: str, clip: str) -> bool:
    if clip not in CLIP_MODES:
        raise ValueError(f"`clip` must be one of {', '.join(CLIP_MODES)}. Received: {clip!r}")
    return clip == "rescale" and audio_format != "float"


def _standing(folder: Path) -> Path:
    """The folder, or its nearest parent that exists, if only as a link."""
    return next(parent for parent in (folder, *folder.parents) if os.path.lexists(parent))


@contextlib.contextmanager
def _together(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Give a hidden folder for files that move to `folder` when the block ends, all or none."""
    try:
        with hidden_folder(folder) as hidden:
            try:
                yield hidden
            except AudioError as error:
                if error.path.parent != hidden:
                    raise
                raise AudioError(folder / error.path.name, error.problem) from error
            with contextlib.ExitStack() as moved:
                for name in names:
                    moved.callback(_way_back(folder / name, hidden / "replaced"))
                    os.replace(hidden / name, folder / name)
                moved.pop_all()  # all have moved: none goes back
    except OSError as error:
        raise AudioError(folder, f"cannot be written ({error.strerror or error})") from error


def _way_back(path: Path, kept: Path) -> Callable[[], object]:
    """What gives a name back to the file that has it now; until then it is in the folder `kept`."""
    if not os.path.lexists(path):
        return functools.partial(path.unlink, missing_ok=True)
    kept.mkdir(exist_ok=True)
    try:
        os.link(path, kept / path.name, follow_symlinks=False)  # its name never stands empty
    except OSError:  # file systems of some cameras and sticks know no such links
        shutil.copy2(path, kept / path.name, follow_symlinks=False)
    return functools.partial(os.replace, kept / path.name, path)
