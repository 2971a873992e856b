"""`keras-sep info`: what files are, and what can be done with them."""

import argparse
import json
import shlex
from pathlib import Path

from keras_sep._printable import printable
from keras_sep.commands._batch import Batch
from keras_sep.commands._facts import Facts, facts_text
from keras_sep.commands._info_checkpoint import checkpoint_facts
from keras_sep.commands._info_folder import folder_facts
from keras_sep.commands._info_separator import separator_file_facts
from keras_sep.commands._info_training import recipe_facts
from keras_sep.convert import CHECKPOINT_SUFFIXES
from keras_sep.data import AudioError, audio_info
from keras_sep.data.audio import audio_encoding, is_stem_file, read_tags, stem_streams
from keras_sep.data.layouts import AUDIO_SUFFIXES
from keras_sep.pretrained import Preset, all_presets, is_kept, model_file, preset_of


def run(args: argparse.Namespace) -> int:
    """Describe every file; one that cannot be described is named, and the others continue."""
    batch, described = Batch("files"), {}
    for given in args.names:
        with batch.item(given):
            described[str(given)] = facts_of(given)
    if args.json:
        text = json.dumps(described, indent=2, default=str)
        print(text)
    else:
        for name, facts in described.items():
            kind = facts.pop("kind")
            print(f"{printable(name)}: {printable(kind)}")
            print(facts_text(facts))
    return batch.status


def facts_of(given: str | Path) -> Facts:
    """Return the facts of a preset, file or folder; the first is its `kind`, the last `next`.

    Nothing in a file is executed.
    """
    if isinstance(given, str) and given in all_presets():
        return _preset_facts(preset_of(str(given)))
    if isinstance(given, str):  # at Hugging Face
        return separator_file_facts(model_file(given))
    if not given.suffix and not given.exists():
        preset_of(str(given))  # no: it says which there are
    if given.is_dir():
        return folder_facts(given)
    suffix = given.suffix.lower()
    if suffix == ".keras":
        return separator_file_facts(given)
    if suffix in (*CHECKPOINT_SUFFIXES, ".index"):
        return checkpoint_facts(given)
    if suffix in (".yaml", ".yml"):
        return recipe_facts(given)
    return _audio_facts(given)


def _preset_facts(preset: Preset) -> Facts:
    return {
        "kind": f"published weights: {preset.description}",
        "sources": list(preset.sources),
        "sample_rate_hz": preset.sample_rate_hz,
        "network": dict(preset.network),
        "size_megabytes": float(preset.megabytes),
        "licence": preset.terms,
        "trained_on": preset.trained_on,
        "on_this_machine": is_kept(preset),
        "next": (
            f"keras-sep separate song.mp3 --model {preset.name}",
            f"keras-sep models {preset.name}",
        ),
    }


def _audio_facts(path: Path) -> Facts:
    try:
        info = audio_info(path)
    except AudioError as error:
        if path.suffix.lower() in AUDIO_SUFFIXES or not path.is_file():
            raise
        raise ValueError(f"{error}; nor is it a model, a checkpoint or a recipe") from error
    tags, problems = read_tags(path)
    return {
        "kind": "a stem file: a mixture with its stems" if is_stem_file(path) else "audio",
        "stems": [*stem_streams(path)] if is_stem_file(path) else None,
        "format": audio_encoding(path),
        "sample_rate_hz": info.sample_rate_hz,
        "channels": info.channels,
        "samples": info.samples,
        "duration_seconds": info.samples / info.sample_rate_hz,
        "size_megabytes": path.stat().st_size / 1e6,
        "tags": dict(tags.texts),
        "cover": tags.cover and f"{tags.cover.codec}, {tags.cover.width} x {tags.cover.height}",
        "problems": problems,
        "next": f"keras-sep separate {shlex.quote(str(path))}",
    }
