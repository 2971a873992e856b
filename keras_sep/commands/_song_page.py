"""The listening page of a separated song, beside its stems."""

from collections.abc import Mapping
from pathlib import Path

from keras_sep._printable import printable, say
from keras_sep._progress import waiting
from keras_sep._whole_files import in_the_way
from keras_sep.data import audio_info, read_audio
from keras_sep.inference import preview
from keras_sep.listening_page import Clip, Section, open_page, write_page


def song_page(folder: Path, name: str) -> Path:
    """Return the path of the page, beside the stems and named like them.

    Example:

    >>> song_page(Path("stems/song"), "{stem}").as_posix()
    'stems/song/listen.html'
    """
    return folder / f"{name.replace('{stem}', 'listen')}.html"


def require_page(page: Path, overwrite: bool) -> None:
    """Raise, before anything is separated, if the page cannot be written.

    Args:
        page: Path of the page.
        overwrite: Whether a page that is there may be replaced.
    """
    if problem := in_the_way(page):
        raise ValueError(f"{printable(page)}: {problem}")
    if page.exists() and not overwrite:
        raise ValueError(f"{printable(page)}: exists; --overwrite replaces it")


def mixture_clip(source: Path, preview_seconds: float | None) -> Clip:
    """The song itself, as much of it as was separated."""
    if preview_seconds is None:
        return Clip("mixture", source, muted=True)
    return Clip(
        "mixture", *read_audio(source, *preview(audio_info(source), preview_seconds)), muted=True
    )


def write_song_page(
    song: Path, mixture: Clip, stems: Mapping[str, Path], page: Path, show: bool
) -> None:
    """Write the page on which a song's stems play in step.

    Args:
        song: Name of the song.
        mixture: The song itself.
        stems: File of each stem.
        page: Path of the page.
        show: Whether to open the page in the browser.
    """
    # a stem file holds the mixture, too
    clips = [
        Clip(name, path, part_of=mixture.label)
        for name, path in stems.items()
        if name != mixture.label
    ]
    with waiting(f"{song.name}, listening page"):
        write_page(
            page,
            printable(song.stem),
            "The stems play together, as the song did; mute some, or solo one. The mixture is the "
            "song itself, to compare with. Click a picture to move.",
            [Section("Stems", clips=[*clips, mixture])],
            f"Made by keras-sep separate from {printable(song.name)}. The page's sound is MP3; "
            "the stems beside it are as they were asked for.",
        )
    shown = show and open_page(page)
    say(f"{song}: listening page {page}" + ("" if shown else f" (open {page.resolve().as_uri()})"))
