"""Terms of weights that must be accepted before these are used."""

import contextlib
from pathlib import Path

from keras_sep._whole_files import replace_whole, writing
from keras_sep.pretrained._cache import home
from keras_sep.pretrained.preset import Preset


def require_accepted(preset: Preset, accept: bool) -> None:
    """Raise unless the terms allow commercial use, or are accepted here or were before.

    Args:
        preset: The weights.
        accept: Whether the caller accepts the terms, which is remembered for this cache folder.
    """
    if preset.license.commercial_use:
        return
    told = _told(preset)
    remembered = home() / "accepted" / f"{preset.name}.txt"
    if accept:
        if _read(remembered) != told:
            with contextlib.suppress(ValueError):  # a cache that is only read: asked again
                _remember(remembered, told)
    elif _read(remembered) != told:
        raise ValueError(
            f"{told} To accept them, give --accept-license (in Python "
            f"`Separator.from_preset({preset.name!r}, accept_license=True)`)"
        )


def _remember(path: Path, told: str) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(path, lambda file: file.write_text(told, encoding="utf-8"))


def _told(preset: Preset) -> str:
    terms = preset.license
    if terms.id == "not stated":
        first = f"{preset.name}: the terms of its weights are not stated"
    else:
        first = f"{preset.name}: the terms of its weights forbid commercial use ({terms.id})"
    words = f'. Its author: "{terms.words}"' if terms.words else ""
    return f"{first}{words} ({terms.source})."


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
