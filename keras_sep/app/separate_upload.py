"""What the app does with an upload, without the page around it."""

import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_sep._printable import printable
from keras_sep._whole_files import replace_whole
from keras_sep.app._too_large import most_bytes, too_large
from keras_sep.app.settings import AppSettings, clock
from keras_sep.data import audio_info
from keras_sep.inference import separate_file
from keras_sep.listening_page import Clip, Section, write_page

PAGE, ARCHIVE = "listen.html", "stems.zip"
_PAGE_BYTES = 3_000_000  # beyond which the page fetches its sound piece by piece
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Song:
    """A separated song.

    Args:
        name: Name of the song.
        stems: File of each stem.
        archive: Zip file of all stems.
        page: Page that plays them.
        notes: Lines on what had to be done, such as a conversion.
        license: Terms of the weights; None if they are not stated.
    """

    name: str
    stems: dict[str, Path]
    archive: Path
    page: Path
    notes: tuple[str, ...]
    license: str | None


def separate_upload(
    separator: Any,
    upload: str | Path,
    folder: str | Path,
    settings: AppSettings | None = None,
    progress: Callable[[float, str], Any] | None = None,
    name: str | None = None,
) -> Song:
    """Separate a file that was uploaded, within the limits, for the page to show.

    Args:
        separator: `Separator` or `CompiledSeparator`.
        upload: Path of the file.
        folder: Empty folder, for the stems as of `separate_file`, an archive and a listening page.
        settings: Limits, and the format of the stems. Default: those of `AppSettings()`.
        progress: Function called with the share that is done, and with words on it. Default None.
        name: Name of the song. Default: that of the file without suffix.

    Raises:
        ValueError: If the file is too large or too long, or cannot be read or separated. The
            message is for who uploaded it: without the path.

    Example:

    >>> import tempfile, numpy as np, keras_sep
    >>> folder = tempfile.mkdtemp()
    >>> _ = keras_sep.data.write_audio(folder + "/song.wav", np.zeros((701, 2)), 8000)
    >>> network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=17, hidden=4, layers=1)
    >>> separator = keras_sep.Separator(
    ...     network, 8000, ("vocals", "drums"), keras_sep.layers.STFT(32, 8)
    ... )
    >>> song = keras_sep.app.separate_upload(separator, folder + "/song.wav", folder + "/result")
    >>> song.name, [*song.stems], song.archive.name
    ('song', ['vocals', 'drums'], 'stems.zip')
    """
    upload, folder = Path(upload), Path(folder)
    settings = AppSettings() if settings is None else settings
    name = _plain(upload.stem if name is None else name)
    report = progress or (lambda share, words: None)
    notes: list[str] = []
    try:
        report(0.0, "Reading the song")
        _require_within(upload, settings)
        stems = separate_file(
            separator,
            upload,
            folder,
            settings.audio_format,
            progress=lambda share: report(0.9 * share, "Separating"),
            say=lambda line: notes.append(line.removeprefix(f"{upload}: ")),
        )
        report(0.92, "Drawing pictures")
        page = _page(name, upload, stems, folder / PAGE)
        report(0.98, "Packing the stems")
        archive = _archive(name, stems, folder / ARCHIVE)
    except ValueError as error:
        raise ValueError(_without_path(str(error), upload)) from error
    report(1.0, "Done")
    terms = getattr(getattr(separator, "separator", separator), "license", None)
    return Song(name, stems, archive, page, tuple(notes), terms)


def _require_within(upload: Path, settings: AppSettings) -> None:
    """Raise unless a file is sound within the limits: of its size first, which is quickly told."""
    size = os.path.getsize(upload)
    if size > most_bytes(settings):
        raise ValueError(too_large(f"{size / 1e6:.1f}", settings))
    info = audio_info(upload)
    seconds = info.samples / info.sample_rate_hz
    if seconds > settings.max_seconds:
        raise ValueError(
            f"The song is {clock(seconds)} minutes long, and this page accepts at most "
            f"{clock(settings.max_seconds)}: shorten it, or use keras-sep separate, which accepts "
            "any length."
        )


def _page(name: str, upload: Path, stems: dict[str, Path], path: Path) -> Path:
    mixture = Clip("mixture", upload, muted=True)
    clips = [Clip(stem, file, part_of=mixture.label) for stem, file in stems.items()]
    return write_page(
        path,
        name,
        "The stems play together, as the song did; mute some, or solo one. Click a picture to "
        "move.",
        [Section("Stems", clips=[*clips, mixture])],
        "The sound of this player is MP3; the stems to download are as they were separated.",
        most_bytes=_PAGE_BYTES,
    )


def _archive(name: str, stems: dict[str, Path], path: Path) -> Path:
    def write(partial: Path) -> None:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:  # sound hardly shrinks
            for file in stems.values():
                archive.write(file, f"{name}/{file.name}")

    replace_whole(path, write)
    return path


def _plain(name: str) -> str:
    """A name for files on any machine: no separators, no control characters, not too long."""
    plain = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]+', "_", name).strip(" .")
    return plain[:_LONGEST_NAME].strip(" .") or "song"


def _without_path(message: str, upload: Path) -> str:
    """A message for who knows the file by its name."""
    for path in (printable(upload), str(upload)):
        message = message.replace(path, printable(upload.name))
    return message
