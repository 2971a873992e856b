"""What share of an epoch the saving of checkpoints takes.

    python benchmarks/checkpoints.py [--repeats 5]

After an epoch that improved, `training.Checkpoints` writes `last.weights.h5` (weights, optimizer,
state, checksum) and `best.keras` (the separator, and its hash). Measured are both, replacing the
files before, in seconds of the processor, which depend little on what else it does: all of it, and
what training waits for while a thread does the rest. An epoch is a hundred steps of 16 excerpts, at
a rate of the arithmetic that `keras-sep plan` counts. Writes `results/checkpoints.md`.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from cards import write_section

from keras_sep import training

PAGE = Path(__file__).parent / "results" / "checkpoints.md"
STEPS, BATCH = 100, 16
GPU_FLOPS = 10e12  # of a step in float32, as a GPU of a workstation reaches them
OPEN_UNMIX = {
    "model": "open_unmix",
    "sources": ["drums", "bass", "other", "vocals"],
    "targets": ["vocals"],
    "stft": {"frame_length": 4096, "hop_length": 1024},
    "fit": {"batch_size": BATCH, "tensorboard": False, "page": False},
}
HTDEMUCS = {
    **OPEN_UNMIX,
    "model": "htdemucs",
    "targets": OPEN_UNMIX["sources"],
    "stft": None,
    "loss": {"name": "WaveformLoss", "arguments": {"norm": "l1"}},
}
RECIPES = {"Open-Unmix, hidden 512, one target": OPEN_UNMIX, "HTDemucs": HTDEMUCS}


def measured(recipe: training.Recipe, repeats: int) -> tuple[float, float, float, int]:
    """Megabytes of both files, processor seconds, those that training waits for, parameters."""
    network = training.build_network(recipe)
    model = training.build_model(recipe, network)
    model.compile(**training.compile_arguments(recipe, training.distribution(mirrored=False)))
    model.optimizer.build(model.trainable_variables)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        _, checkpoints = training.build_callbacks(recipe, folder, network)
        checkpoints.set_model(model)
        whole, waited = [], []
        for epoch in range(1 + repeats):
            begun, own = time.process_time(), time.thread_time()
            checkpoints.on_epoch_end(epoch, {"loss": -epoch})
            waited.append(time.thread_time() - own)
            checkpoints.wait()
            whole.append(time.process_time() - begun)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return size / 1e6, min(whole[1:]), min(waited[1:]), network.count_params()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    lines = [
        "| network | parameters | files, MB | writing both, s | of it, training waits, s | GFLOP a "
        f"step | an epoch at {GPU_FLOPS / 1e12:g} TFLOP/s, s | share if it waited for all | "
        "share |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, mapping in RECIPES.items():
        recipe = training.Recipe.from_mapping(mapping)
        flops = training.plan(recipe)["step_flops"]
        size, whole, waited, parameters = measured(recipe, options.repeats)
        keras.utils.clear_session()
        epoch = STEPS * flops / GPU_FLOPS
        lines.append(
            f"| {name} | {parameters:,} | {size:.0f} | {whole:.2f} | {waited:.2f} | "
            f"{flops / 1e9:,.0f} | {epoch:.1f} | {100 * whole / (whole + epoch):.1f} % | "
            f"{100 * waited / (waited + epoch):.1f} % |"
        )
        print(lines[-1], flush=True)
    write_section(PAGE, Path(__file__).name, "\n".join(lines))


if __name__ == "__main__":
    main()
