"""What `keras-sep plan` estimates beside what a step takes.

    python benchmarks/plan.py [--only NAME...]

Memory: the most that a process of its own needs in a step beyond what it holds before it (weights,
optimizer, libraries, the traced graph), on TensorFlow, beside the estimate for gradients and
activations. Arithmetic: the operations that PyTorch's `FlopCounterMode` counts in the step on the
PyTorch backend of Keras, which knows no Fourier transforms, beside the estimate on TensorFlow.
Neither depends on how busy the machine is. Needs both; writes `results/plan.json` and `plan.md`.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from cards import write_section

from keras_sep import training

PAGE = Path(__file__).parent / "results" / "plan.md"
ROWS = PAGE.with_suffix(".json")
BAND = ["drums", "bass", "other", "vocals"]
STFT = {"frame_length": 4096, "hop_length": 1024}
WAVEFORMS = {"name": "WaveformLoss", "arguments": {"norm": "l1"}}
# name: arguments, targets, excerpts, their seconds, whether of spectrograms
NETWORKS: dict[str, tuple[dict[str, Any], list[str], int, float, bool]] = {
    "open_unmix": ({}, ["vocals"], 8, 3.0, True),
    "unet": ({}, ["vocals"], 4, 3.0, True),
    "conv_tasnet": ({"filters": 256, "repeats": 2}, BAND[:2], 2, 1.0, False),
    "scnet": ({"filters": [16, 32, 64], "frame_length": 2048, "blocks": 4}, BAND, 1, 1.0, False),
    "tfc_tdf": (
        {"frame_length": 2048, "bins": 1024, "subbands": 2, "filters": 32, "growth": 16,
         "depth": 3, "blocks": 1}, BAND, 1, 1.0, False),
    "bs_roformer": ({"features": 64, "blocks": 2, "heads": 4, "head_size": 16}, ["vocals"], 1, 2.0,
                    False),
}  # fmt: skip


def recipe_of(name: str, batch: int | None = None) -> training.Recipe:
    arguments, targets, excerpts, seconds, spectrograms = NETWORKS[name]
    return training.Recipe.from_mapping(
        {
            "model": {"name": name, "arguments": arguments},
            "sources": BAND,
            "targets": targets,
            "stft": STFT if spectrograms else None,
            "data": {"excerpt_seconds": seconds},
            "fit": {"batch_size": batch or excerpts},
            **({} if spectrograms else {"loss": WAVEFORMS}),
        }
    )


def batch_of(recipe: training.Recipe, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise of the shapes of a batch: what the network reads, and its targets."""
    samples = round(recipe.data.excerpt_seconds * recipe.sample_rate_hz)
    shape: tuple[int, ...] = (size, samples, recipe.channels)
    if recipe.stft is not None:
        hop, bins = recipe.stft.hop_length, recipe.stft.frame_length // 2 + 1
        shape = (size, samples // hop + 1, bins, recipe.channels)
    noise = np.random.default_rng(0).random((*shape, len(recipe.targets)), np.float32)
    return noise[..., 0], noise


def compiled(recipe: training.Recipe) -> Any:
    model = training.build_model(recipe, training.build_network(recipe))
    model.compile(**training.compile_arguments(recipe, training.distribution(mirrored=False)))
    model.optimizer.build(model.trainable_variables)
    return model


def estimates(name: str) -> dict[str, float]:
    document = training.plan(recipe_of(name))
    memory = document["memory_bytes"]
    return {
        "bytes": memory["gradients"] + memory["activations"],
        "flops": document["step_flops"],
    }


def memory(name: str) -> dict[str, float]:
    """Bytes that a step needs, after one of an excerpt of a tenth of the length has traced it."""
    recipe = recipe_of(name)
    model = compiled(recipe)
    x, y = batch_of(recipe, recipe.fit.batch_size)
    short = x.shape[1] // 10
    fit(model, x[:1, :short], y[:1, :short])
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak, from here on
    before = _status("VmRSS")
    fit(model, x, y)
    return {"bytes": _status("VmHWM") - before}


def fit(model: Any, x: np.ndarray, y: np.ndarray) -> None:
    """A step, in a function that is traced once for excerpts of every length and number."""
    import tensorflow as tf

    shapes = [tf.TensorSpec((None, None, *one.shape[2:])) for one in (x, y)]
    batches = tf.data.Dataset.from_generator(lambda: iter([(x, y)]), output_signature=(*shapes,))
    model.fit(batches, verbose=0)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(field)]
    return 1024 * int(line.split()[1])


def flops(name: str) -> dict[str, float]:
    """Operations of a step, of one excerpt times their number."""
    from torch.utils.flop_counter import FlopCounterMode

    recipe = recipe_of(name, 1)
    model = compiled(recipe)
    model.train_on_batch(*batch_of(recipe, 1))  # the first also goes through it for its shapes
    with FlopCounterMode(display=False) as counter:
        model.train_on_batch(*batch_of(recipe, 1))
    return {"flops": counter.get_total_flops() * recipe_of(name).fit.batch_size}


KINDS = {"estimates": estimates, "memory": memory, "flops": flops}


def in_a_process(kind: str, name: str) -> dict[str, float]:
    backend = "torch" if kind == "flops" else "tensorflow"
    done = subprocess.run(
        [sys.executable, __file__, "--one", kind, name],
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, name = options.one
        print(json.dumps(KINDS[kind](name)))
        return
    lines = [
        "| network | excerpts | memory of a step, estimated, MB | measured, MB | estimated / "
        "measured | GFLOP, estimated | counted | estimated / counted |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = json.loads(ROWS.read_text()) if ROWS.exists() else {}
    for name in options.only or NETWORKS:
        rows[name] = {kind: in_a_process(kind, name) for kind in KINDS}
        ROWS.write_text(json.dumps(rows, indent=1) + "\n")
    for name, (_, _, excerpts, seconds, _) in NETWORKS.items():
        if name not in rows:
            continue
        told, held, counted = (rows[name][kind] for kind in KINDS)
        lines.append(
            f"| {name} | {excerpts} of {seconds:g} s | {told['bytes'] / 1e6:,.0f} | "
            f"{held['bytes'] / 1e6:,.0f} | {told['bytes'] / held['bytes']:.2f} | "
            f"{told['flops'] / 1e9:,.1f} | {counted['flops'] / 1e9:,.1f} | "
            f"{told['flops'] / counted['flops']:.2f} |"
        )
    write_section(PAGE, Path(__file__).name, "\n".join(lines))


if __name__ == "__main__":
    main()
