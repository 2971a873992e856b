"""Separating an audio file into files of its stems, in constant memory."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from keras_sep._brief import cut
from keras_sep._printable import printable, say
from keras_sep.data import AudioError, AudioFile, audio_info, open_audio, read_tags
from keras_sep.data.audio import held_rate_hz, require_known_format
from keras_sep.inference._stem_stream import StemStream
from keras_sep.inference._stems_of_one_file import stems_of_one_file
from keras_sep.inference.preview import preview
from keras_sep.inference.stem_files import (
    STEM,
    require_writable,
    stem_paths,
    stems_folder,
    write_stems,
)

_READ_SECONDS = 1


def separate_file(
    separator: Any,
    path: str | Path,
    out_dir: str | Path,
    audio_format: str = "wav16",
    *,
    bit_rate_kbps: int | None = None,
    stems: Any = None,
    name: str = STEM,
    preview_seconds: float | None = None,
    clip: str = "rescale",
    block_seconds: float | None = None,
    context_seconds: float | None = None,
    interchangeable_sources: bool | None = None,
    overwrite: bool = False,
    progress: bool | Callable[[float], Any] = False,
    say: Callable[[str], None] = say,
) -> dict[str, Path]:
    """Separate an audio file into one file per stem, in the memory of one block.

    The stems have the input's sample rate, number of channels and exact number of samples. A file
    at another rate than the model's is resampled before and after; one with another number of
    channels is separated in groups of channels. A post-filter's residual is the file minus the
    other stems. The files appear under their names complete, and all or none; if several processes
    use one `out_dir`, the first writes and the others raise.

    The stems keep the file's title, with the name of the stem, artist, album and other tags, and
    its cover, as far as their format holds them: WAV has no cover. A comment tag in each file names
    the licence of the weights, if the separator has one.

    Args:
        separator: A `Separator`, or a `CompiledSeparator` to trace it once for several files.
        path: Path of the audio file.
        out_dir: Folder of the stems.
        audio_format: Format of the stems, "wav16", "wav24", "float", "flac", "mp3", "ogg", "opus",
            "m4a" or "stem.mp4", one file for DJ software with the mixture and four stems, named
            like its folder. Default "wav16".
        bit_rate_kbps: Bit rate of a lossy format in kbit/s. None for 320 in MP3, 256 in Ogg and
            M4A and 192 in Opus, half of that for mono. Default None.
        stems: Names of the stems to write, or mapping from the name of each to gains, such as
            `{"karaoke": {"mixture": 1, "vocals": -0.9}}`. A name is that of a source;
            `no_<source>`, the file minus that source; or `mixture`, the file. None for every
            source. Default None.
        name: File name of the stems without suffix, in which `{stem}` stands for the name of each,
            such as "song - {stem}". Default "{stem}".
        preview_seconds: Length in seconds of an excerpt from the middle of the file that is
            separated instead of the whole. None for the whole. Default None.
        clip: Treatment of stems beyond full scale, except in the format "float": "rescale" (all
            stems by one gain) or "clamp". Default "rescale".
        block_seconds: Stride from block to block in seconds, as for `block_grid`.
        context_seconds: Context on either side of a block in seconds, as for `block_grid`.
        interchangeable_sources: Whether to reorder the sources of each block to match its
            neighbour's, for models with an arbitrary order of sources. None for the separator's
            attribute of that name, if it has one. Default None.
        overwrite: Whether existing files may be replaced; the input never is. Default False.
        progress: Whether to show a progress bar on stderr, if that is a terminal; or a function
            that is called with the share that is separated, from 0 to 1, block by block. Default
            False.
        say: Function called with each line to report, such as a conversion or stems that would
            clip. Default: print to stderr.

    Returns:
        The file of each stem; in a stem file, a path such as `song.stem.mp4/drums`, which
        `data.read_audio` reads.

    Raises:
        ValueError: If the file cannot be read or its stems cannot be written. The message is one
            line that names the file.

    Example:

    >>> import tempfile, numpy as np, keras_sep
    >>> folder = tempfile.mkdtemp()
    >>> _ = keras_sep.data.write_audio(folder + "/song.wav", np.zeros((701, 2)), 8000)
    >>> network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=17, hidden=4, layers=1)
    >>> separator = keras_sep.Separator(
    ...     network, 8000, ("vocals", "drums"), keras_sep.layers.STFT(32, 8)
    ... )
    >>> stems = separate_file(separator, folder + "/song.wav", folder + "/stems")
    >>> stems["drums"].name, keras_sep.data.audio_info(stems["drums"]).samples
    ('drums.wav', 701)
    >>> list(separate_file(
    ...     separator, folder + "/song.wav", folder + "/two", stems=("vocals", "no_vocals")
    ... ))
    ['vocals', 'no_vocals']
    """
    path, out_dir = Path(path), Path(out_dir)
    info = audio_info(path)
    info = info._replace(samples=preview(info, preview_seconds)[1])
    one_file = require_known_format(audio_format).one_file
    if one_file:
        stems = stems_of_one_file(getattr(separator, "separator", separator), stems)
    stream = StemStream(
        separator, info, stems, block_seconds, context_seconds, interchangeable_sources
    )
    model = stream.model
    paths = stem_paths(out_dir, stream.names, audio_format, name)
    with stems_folder(out_dir):
        require_writable(paths, path, info, audio_format, clip, overwrite, bit_rate_kbps)
        if info.sample_rate_hz != model.sample_rate_hz:
            say(f"{path}: {info.sample_rate_hz} Hz resampled to {model.sample_rate_hz} Hz and back")
        if stream.groups.words:
            say(f"{path}: {stream.groups.words}")
        rate = held_rate_hz(audio_format, info.sample_rate_hz)
        if rate != info.sample_rate_hz:
            say(
                f"{path}: {audio_format} does not support {info.sample_rate_hz} Hz: "
                f"stems at {rate} Hz"
            )
        tags, left_out = read_tags(path)
        for line in left_out:
            say(f"{path}: {line}")
        comment, seconds = _comment(model), info.samples / info.sample_rate_hz
        with tqdm(
            total=seconds,
            desc=printable(path.name),
            disable=None if progress is True else True,  # None: unless stderr is a terminal
            bar_format="{desc}: |{bar}| {n:.0f} of {total:.0f} s [{elapsed}<{remaining}]",
            leave=None,  # below the bar of a batch, it makes room for the next
        ) as bar:
            write_stems(
                _stems(path, stream, _ticks(bar, seconds, progress)),
                paths,
                info,
                audio_format,
                clip,
                lambda line: say(f"{path}: {line}"),
                lambda pieces: _written(pieces, path.name, info.sample_rate_hz, bar),
                {stem: tags.of_stem("" if one_file else stem, comment) for stem in paths},
                bit_rate_kbps,
            )
    return {stem: file / stem for stem, file in paths.items()} if one_file else paths


def _comment(model: Any) -> str | None:
    """What the stems say of the weights that made them, whose terms may reach to what is made."""
    terms = getattr(model, "license", None)
    return f"separated with keras_sep; licence of the weights: {cut(terms, 500)}" if terms else None


def _ticks(
    bar: tqdm, total: float, progress: bool | Callable[[float], Any]
) -> Callable[[float], Any]:
    """What is called with the seconds that each piece has."""
    if isinstance(progress, bool):
        return bar.update
    seconds = 0.0

    def tick(more: float) -> None:
        nonlocal seconds
        seconds += more
        progress(min(1.0, seconds / total))

    return tick


def _written(pieces: Iterable[np.ndarray], name: str, rate: int, bar: tqdm) -> Iterator[np.ndarray]:
    """Yield the pieces, shown on a progress bar that starts again."""
    bar.set_description_str(f"{printable(name)}, writing", refresh=False)
    bar.reset()
    for piece in pieces:
        yield piece
        bar.update(len(piece) / rate)


def _stems(path: Path, stream: StemStream, tick: Callable[[float], Any]) -> Iterator[np.ndarray]:
    """Stems of a file at its own rate and channels, in pieces (samples, channels, stems)."""
    try:
        with open_audio(path) as file:
            for piece in stream(_middle(file, stream.info.samples)):
                yield piece
                tick(len(piece) / file.sample_rate_hz)
    except AudioError:
        raise
    except ValueError as error:  # of the model, which knows no file
        raise AudioError(path, str(error)) from error


def _middle(file: AudioFile, samples: int) -> Iterator[np.ndarray]:
    """So many samples from the middle of a file, a second at a time."""
    file.skip((file.samples - samples) // 2)
    for start in range(0, samples, second := _READ_SECONDS * file.sample_rate_hz):
        yield file.read(min(second, samples - start))
