"""What a folder is."""

import json
import shlex
from pathlib import Path

from keras_sep._brief import brief_names
from keras_sep._source_names import MIXTURE
from keras_sep.commands._facts import Facts
from keras_sep.commands._info_checkpoint import checkpoint_facts
from keras_sep.commands._info_separator import separator_file_facts
from keras_sep.commands._info_training import RECIPE, training_facts
from keras_sep.convert import CHECKPOINT_SUFFIXES
from keras_sep.data.layouts import audio_files, folders_in

_SAVED_MODEL, _METADATA = "saved_model.pb", Path("assets.extra") / "keras_sep.json"
_PRESET = "model.keras"
_MOST_BYTES = 1 << 20


def folder_facts(path: Path) -> Facts:
    """Facts of a folder of one of the kinds that keras_sep writes or reads.

    Raises:
        ValueError: If it is none of these.
    """
    if (path / _SAVED_MODEL).is_file():
        return _saved_model(path)
    if (path / RECIPE).is_file():
        return training_facts(path)
    if (path / _PRESET).is_file():
        facts = separator_file_facts(path / _PRESET)
        command = f"keras-sep separate song.mp3 --model {shlex.quote(str(path))}"
        return facts | {"kind": "a folder of a separator, to hand on", "next": command}
    if any(file.suffix in (*CHECKPOINT_SUFFIXES, ".index") for file in path.iterdir()):
        return checkpoint_facts(path)
    if files := audio_files(path):
        return _audio(path, [file.stem for file in files])
    tracks = [folder.name for folder in folders_in(path) if audio_files(folder)]
    if tracks:
        listed = f"{len(tracks)}: {brief_names(tracks)}"
        return {"kind": "a folder of folders of audio", "folders": listed}
    raise ValueError("a folder that contains no model, training, weights or audio")


def _saved_model(path: Path) -> Facts:
    facts: Facts = {"kind": "a SavedModel, for TensorFlow Serving"}
    try:
        said = json.loads(_start(path / _METADATA))
        facts |= {
            "sources": [str(name) for name in said["source_names"]],
            "sample_rate_hz": int(said["sample_rate_hz"]),
            "channels": said["channels"] or "any number",
            "licence": said["license"] or "not stated",
        }
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        facts["sources"] = "not stated: keras-sep export did not write it"
    sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()]
    return facts | {
        "size_megabytes": sum(sizes) / 1e6,
        "next": "serve it; separate and evaluate take the .keras file that it was exported from",
    }


def _audio(path: Path, names: list[str]) -> Facts:
    quoted = shlex.quote(str(path))
    if len(names) > 1 and MIXTURE in names:
        return {
            "kind": "a track: stems and their mixture",
            "stems": [name for name in names if name != MIXTURE],
            "next": f"keras-sep evaluate --references {quoted} --estimates STEMS",
        }
    return {
        "kind": "a folder of audio",
        "files": f"{len(names)}: {brief_names(names)}",
        "next": f"keras-sep separate {quoted}",
    }


def _start(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_MOST_BYTES)
