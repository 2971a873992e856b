"""What a name, a folder, a file or an address on Hugging Face stands for: a `.keras` file."""

import os
from pathlib import Path
from typing import Any

from keras_sep import Separator
from keras_sep._brief import brief, one_line
from keras_sep._printable import printable
from keras_sep._whole_files import replace_whole
from keras_sep.inference import load_separator
from keras_sep.pretrained._cache import converted_file, only_process
from keras_sep.pretrained._convert import converted
from keras_sep.pretrained._licenses import require_accepted
from keras_sep.pretrained.preset import Preset, all_presets, preset_of

MODEL = "model.keras"  # in a folder, and in a repository on Hugging Face
HUB = "hf://"


def model_file(given: str | Path, accept_license: bool = False) -> Path:
    """The `.keras` file of a separator, which is downloaded and converted where it is not kept.

    Args:
        given: Name of a preset (see `keras_sep.presets`), `hf://user/repository`, path of a
            `.keras` file, or path of a folder that `Separator.save_to_preset` wrote. A text that
            is a preset's name means the preset, whatever the current folder holds: `"./umxhq"`
            and `Path("umxhq")` are a folder.
        accept_license: Whether you accept the terms of weights that forbid commercial use or
            state none. It is remembered.

    Raises:
        ValueError: If there is no such preset or file, it cannot be had, or its terms are not
            accepted yet.
    """
    if not isinstance(given, str | os.PathLike):
        raise ValueError(
            f"A preset must be a name, a path or '{HUB}user/repository'. Received: {brief(given)}"
        )
    text = str(given)
    if given in all_presets():
        preset = preset_of(text)
        require_accepted(preset, accept_license)
        return _kept(preset)
    if text.startswith(HUB):
        return _from_hub(text.removeprefix(HUB))
    path = Path(given)
    if path.is_dir():
        if not (path / MODEL).exists():
            raise ValueError(
                f"{printable(path)}: a folder without {MODEL}; name the .keras file of a separator "
                "(a SavedModel is exported from one, and is for servers)"
            )
        return path / MODEL
    if path.suffix != ".keras" and not path.exists():
        preset_of(text)  # no: it says which there are
    return path


def _kept(preset: Preset) -> Path:
    path = converted_file(preset)
    if not path.is_file():
        with only_process(path):
            if not path.is_file():  # nor has another process made it
                replace_whole(path, converted(preset).save)
    return path


def _from_hub(repository: str) -> Path:
    try:
        import huggingface_hub
    except ImportError:
        raise ValueError(
            f"{HUB}{repository}: Hugging Face needs a package, pip install 'keras_sep[hub]'"
        ) from None
    name, _, revision = repository.partition("@")
    try:
        found = huggingface_hub.hf_hub_download(name, MODEL, revision=revision or None)
    except Exception as error:  # of many kinds
        reason = one_line(error, 200)
        raise ValueError(f"{HUB}{repository}: no {MODEL} to be had there ({reason})") from error
    return Path(found)


def from_preset(given: str | Path, accept_license: bool = False) -> Separator:
    """The separator itself: see `Separator.from_preset`."""
    return load_separator(model_file(given, accept_license))


def network_of(name: str) -> Any:
    """The network with the weights of a preset, without front end and post-filter."""
    preset_of(name)  # nothing but a name will do
    networks = from_preset(name).networks
    if isinstance(networks, dict):
        raise ValueError(
            f"`weights` must be of one network. Received: weights={name!r}, which has "
            f"{len(networks)}: see `Separator.from_preset`"
        )
    return networks
