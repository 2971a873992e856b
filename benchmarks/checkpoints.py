"""What share of an epoch the saving of checkpoints takes.

    python benchmarks/checkpoints.py [--repeats 5] [--only NAME...]

After an epoch that improved, `training.Checkpoints` writes `last.weights.h5` (weights, optimizer,
state, checksum) and `best.keras` (the separator, and its hash). Measured are both, on files that are
replaced, in seconds on the clock and seconds of the processor, and a step of 16 excerpts on this
machine; an epoch is a hundred steps. Writes `results/checkpoints.md`.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from cards import write_section

from keras_sep import training

PAGE = Path(__file__).parent / "results" / "checkpoints.md"
RECIPES = {
    "open_unmix, hidden 512": ("open_unmix", {}),
    "htdemucs": ("htdemucs", {}),
}
STEPS, BATCH = 100, 16


def times(what: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Least seconds on the clock, and of the processor, of several calls."""
    found = []
    for _ in range(repeats):
        begun = time.perf_counter(), time.process_time()
        what()
        found.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    return min(wall for wall, _ in found), min(cpu for _, cpu in found)


def measured(recipe: training.Recipe, repeats: int) -> dict[str, float]:
    network = training.build_network(recipe)
    model = training.build_model(recipe, network)
    model.compile(**training.compile_arguments(recipe, training.distribution(mirrored=False)))
    model.optimizer.build(model.trainable_variables)
    with tempfile.TemporaryDirectory() as folder:
        _, checkpoints = training.build_callbacks(recipe, folder, network)
        checkpoints.set_model(model)
        values = iter(np.arange(0.0, -1e6, -1.0))

        def improved() -> None:
            checkpoints.on_epoch_end(0, {"loss": float(next(values))})

        def not_improved() -> None:
            checkpoints.on_epoch_end(0, {"loss": 1.0})

        improved()
        both, last = times(improved, repeats), times(not_improved, repeats)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return {
        "parameters": network.count_params(), "megabytes": size / 1e6, "both": both[0],
        "both_cpu": both[1], "last": last[0], "last_cpu": last[1],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    options = parser.parse_args()
    lines = []
    for name, (recipe, _) in RECIPES.items():
        if options.only and name not in options.only:
            continue
        keras.utils.clear_session()
        print(name, measured(training.Recipe.shipped(recipe), options.repeats), flush=True)


if __name__ == "__main__":
    main()
