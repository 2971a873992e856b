"""The true sources that estimates of a track are scored against."""

from collections.abc import Collection, Mapping
from pathlib import Path

from keras_sep.commands._stems import parts_of
from keras_sep.data.layouts import ACCOMPANIMENT, VOCALS
from keras_sep.inference import WITHOUT

RESIDUAL = "residual"
WITHOUT_VOCALS = (ACCOMPANIMENT, "instrumental")

Group = dict[str, tuple[Path, ...]]


def true_sources(
    stems: Mapping[str, Path], names: Collection[str], wanted: Collection[str]
) -> list[Group]:
    """Return groups of true sources, each with the files that add up to it.

    The sources of a group add up to the mixture. An estimate of a rest of the mixture has a group
    with the sources that it leaves out: `no_<source>` leaves out that source, `accompaniment` and
    `instrumental` leave out the vocals, `residual` all other estimates. Other estimates have the
    group of all stems.

    Args:
        stems: True stems of the track by name.
        names: Names of all estimates.
        wanted: Names of those to score.

    Example:

    >>> stems = {name: Path(f"{name}.wav") for name in ("bass", "drums", "vocals")}
    >>> true_sources(stems, ["vocals", "no_vocals"], ["no_vocals"])[0]["no_vocals"]
    (PosixPath('bass.wav'), PosixPath('drums.wav'))
    """
    parts = parts_of(stems)
    groups: list[Group] = []
    for name in wanted:
        left_out = None if name in parts else _left_out(name, [n for n in names if n in parts])
        if left_out is None or not left_out <= {*parts, VOCALS}:
            continue
        rest = tuple(path for part, path in parts.items() if part not in left_out)
        if rest:
            apart = {part: (path,) for part, path in parts.items() if part in left_out}
            groups.append({**apart, name: (stems[name],) if name in stems else rest})
    if any(name in parts and not any(name in group for group in groups) for name in wanted):
        groups.append({part: (path,) for part, path in parts.items()})
    return groups


def _left_out(name: str, others: Collection[str]) -> set[str] | None:
    """The sources that an estimate of this name leaves out, or None if it does not name a rest."""
    if name in WITHOUT_VOCALS:
        return {VOCALS}
    if name == RESIDUAL and others:
        return {*others}
    return {name.removeprefix(WITHOUT)} if name.startswith(WITHOUT) else None
