"""What a recipe is, and how far a training has come."""

import csv
import shlex
from pathlib import Path
from typing import Any

from keras_sep import _yaml
from keras_sep._brief import brief
from keras_sep.commands._facts import Facts

RECIPE, _LOG = "recipe.yaml", "log.csv"
_BEST, _SEPARATOR = "best.keras", "separator.keras"
_MOST_BYTES = 1 << 20


def recipe_facts(path: Path) -> Facts:
    """Facts of a recipe."""
    return {
        "kind": "a recipe",
        **_said(_recipe(path)),
        "next": f"keras-sep train {shlex.quote(str(path))} --data DATA --out RUN",
    }


def training_facts(path: Path) -> Facts:
    """Facts of a folder of a training."""
    recipe = _recipe(path / RECIPE)
    rows = []
    if (path / _LOG).is_file():
        with (path / _LOG).open("rb") as file:
            text = file.read(_MOST_BYTES).decode(errors="replace")
        rows = list(csv.DictReader(text.splitlines()))
    fit = recipe.get("fit")
    epochs = fit.get("epochs") if isinstance(fit, dict) else None
    ended = (path / _SEPARATOR).is_file()
    model = next((path / name for name in (_SEPARATOR, _BEST) if (path / name).is_file()), None)
    quoted = shlex.quote(str(path))
    return {
        "kind": "a folder of a training",
        **_said(recipe),
        "epochs": f"{len(rows)} of {epochs or 'an unknown number'}",
        "last_epoch": rows[-1] if rows else None,
        "ended": ended,
        "next": (
            model and f"keras-sep separate song.mp3 --model {shlex.quote(str(model))}",
            None
            if ended
            else f"keras-sep train {quoted}/{RECIPE} --data DATA --out {quoted} --resume",
        ),
    }


def _recipe(path: Path) -> dict[str, Any]:
    recipe = _yaml.load_file(path)
    return recipe if isinstance(recipe, dict) else {}


def _said(recipe: dict[str, Any]) -> Facts:
    return {
        "network": brief(recipe["model"]) if "model" in recipe else None,
        "sources": recipe.get("targets") or recipe.get("sources"),
        "sample_rate_hz": recipe.get("sample_rate_hz"),
    }
