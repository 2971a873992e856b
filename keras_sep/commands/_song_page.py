"""The listening page of a separated song, beside its stems."""

from collections.abc import Mapping
from pathlib import Path

from keras_sep._printable import printable, say
from keras_sep._progress import waiting
from keras_sep._whole_files import in_the_way
from keras_sep.listening_page import Clip, Section, open_page, write_page

PAGE = "listen.html"


def require_page(folder: Path, overwrite: bool) -> None:
    """Raise, before anything is separated, if the page cannot be written into a folder.

    Args:
        folder: Folder of the stems.
        overwrite: Whether a page that is there may be replaced.
    """
    page = folder / PAGE
    if problem := in_the_way(page):
        raise ValueError(f"{printable(page)}: {problem}")
    if page.exists() and not overwrite:
        raise ValueError(f"{printable(page)}: exists; --overwrite replaces it")


def write_song_page(
    song: Path, source: Path, stems: Mapping[str, Path], folder: Path, show: bool
) -> None:
    """Write the page on which a song's stems play in step.

    Args:
        song: Name of the song.
        source: File that holds it.
        stems: File of each stem.
        folder: Folder of the stems, and of the page.
        show: Whether to open the page in the browser.
    """
    clips = [Clip(name, path) for name, path in stems.items()]
    with waiting(f"{song.name}, listening page"):
        page = write_page(
            folder / PAGE,
            printable(song.stem),
            "The stems play together, as the song did; mute some, or solo one. The mixture is the "
            "song itself, to compare with. Click a picture to move.",
            [Section("Stems", clips=[*clips, Clip("mixture", source, muted=True)])],
            f"Made by keras-sep separate from {printable(song.name)}. The page's sound is MP3; "
            "the stems beside it are as they were asked for.",
        )
    shown = show and open_page(page)
    say(f"{song}: listening page {page}" + ("" if shown else f" (open {page.resolve().as_uri()})"))
