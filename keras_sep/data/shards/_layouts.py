"""Which of the known layouts the folders of a data set have, and the tracks in them."""

from collections.abc import Callable
from pathlib import Path

from keras_sep._printable import printable
from keras_sep._require_folder import require_folder
from keras_sep._source_names import MIXTURE
from keras_sep.data.audio.stem_file import track_name
from keras_sep.data.layouts._mixture_folders import heard_in
from keras_sep.data.layouts.audio_files import audio_files, folders_in
from keras_sep.data.layouts.find_tracks import track_files, track_folders
from keras_sep.data.layouts.split_folder import TRAIN, VALID
from keras_sep.data.shards._listed import (
    TEST,
    ListedTrack,
    split_name,
    with_names_of_their_own,
)
from keras_sep.data.shards._lists import is_list, listed
from keras_sep.data.shards._multitracks import is_moisesdb, is_slakh, moisesdb, slakh
from keras_sep.data.shards._noisy_speech import is_noisy_speech, noisy_speech

_MIX = "mix"  # of WSJ0-2mix, and of Divide and Remaster
_MIXTURES = ("mix_both", "mix_clean", _MIX, "mix_single")


def listed_tracks(root: Path, layout: str | None = None) -> tuple[str, list[ListedTrack]]:
    """Find the layout of a data set, and list its tracks, sorted by split and name.

    Args:
        root: Folder of the data set, or a CSV file.
        layout: Name of the layout, one of `LAYOUTS`; None to look at the folders.

    Raises:
        ValueError: If there are no tracks.
    """
    if not is_list(root):
        require_folder(root, "folder of audio, or CSV file")
    if layout is not None and layout not in LAYOUTS:
        raise ValueError(f"`layout` must be one of {', '.join(LAYOUTS)}. Received: {layout!r}")
    layout = layout or _layout_of(root)
    tracks = with_names_of_their_own(LAYOUTS[layout](root))
    if not tracks:
        raise ValueError(
            f"{printable(root)}: no tracks in this folder; wanted <split>/<track>/<stem>.wav, "
            "<split>/<track>.stem.mp4, a CSV file, or the folders of another of "
            f"{', '.join(LAYOUTS)}"
        )
    return layout, tracks


def _layout_of(root: Path) -> str:
    if is_list(root):
        return "csv"
    if is_slakh(root):
        return "slakh"
    if is_moisesdb(root):
        return "moisesdb"
    if any(map(is_noisy_speech, _places(root))):
        return "dns"
    return "mixtures" if any(map(_is_of_mixtures, _places(root))) else "tracks"


def _places(root: Path) -> list[Path]:
    return [root, *folders_in(root)]


def _split(root: Path, place: Path) -> str:
    return TRAIN if place == root else split_name(place.name)


def _is_of_mixtures(folder: Path) -> bool:
    return (folder / "s1").is_dir() and any((folder / name).is_dir() for name in _MIXTURES)


def _mixtures(root: Path) -> list[ListedTrack]:
    """WHAM!, LibriMix and WSJ0-mix: `<split>/<mixture or source>/<name>.wav`."""
    return [
        track
        for place in _places(root)
        if _is_of_mixtures(place)
        for track in _mixtures_in(place, _split(root, place))
    ]


def _noisy_speech(root: Path) -> list[ListedTrack]:
    """The DNS Challenge: `<split>/{noisy,clean,noise}/<name>.wav`, or these folders alone."""
    return [
        track
        for place in _places(root)
        if is_noisy_speech(place)
        for track in noisy_speech(place, _split(root, place))
    ]


def _mixtures_in(folder: Path, split: str) -> list[ListedTrack]:
    mixture = next(name for name in _MIXTURES if (folder / name).is_dir())
    speakers = sum((folder / f"s{number}").is_dir() for number in range(1, 10))
    sources = heard_in("mix_clean" if mixture == _MIX else mixture, speakers)
    listed = []
    for path in audio_files(folder / mixture):
        stems: dict[str, tuple[Path, ...]] = {
            source: (folder / source / path.name,) for source in sources
        }
        listed.append(ListedTrack(split, path.stem, folder, stems, path))
    return listed


def _tracks(root: Path) -> list[ListedTrack]:
    """Folders of tracks and stem files, in the folders of splits or directly under the root."""
    splits = [
        place
        for place in folders_in(root)
        if split_name(place.name) in (TRAIN, VALID, TEST) and track_folders(place)
    ]
    if not splits and not track_folders(root):
        splits = folders_in(root)
    return [
        _listed(track, _split(root, place))
        for place in splits or [root]
        for track in track_folders(place)
    ]


def _listed(track: Path, split: str) -> ListedTrack:
    files = track_files(track, None)
    stems, mixture = dict(files.stems), files.mixture
    if mixture is None and len(stems) > 1:
        mixture = stems.pop(_MIX, None)
    sums: dict[str, tuple[Path, ...]] = {
        name: (path,) for name, path in stems.items() if name != MIXTURE
    }
    return ListedTrack(split, track_name(track), track, sums, mixture, False, tuple(files.problems))


LAYOUTS: dict[str, Callable[[Path], list[ListedTrack]]] = {
    "tracks": _tracks,
    "mixtures": _mixtures,
    "moisesdb": moisesdb,
    "slakh": slakh,
    "dns": _noisy_speech,
    "csv": listed,
}
