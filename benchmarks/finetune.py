"""What fine-tuning does for one clip: SDR on its end, before and after training on its beginning.

    python benchmarks/finetune.py START.keras --clip CLIP --seconds 60 --head '*_3*' '*_output'

CLIP is a folder of stems. Of these, the first 20 s are trained on and the last 10 s are scored. If
START.keras is missing, a small Open-Unmix for vocals is trained on `--other` for `--start-seconds`
and saved there. The table in benchmarks/results/finetune.md is written anew after every run, from
what benchmarks/results/finetune.json has of this and earlier runs with the same start.
"""

import argparse
import dataclasses
import json
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from keras_sep import data, metrics, training
from keras_sep.inference import load_separator, separate_array
from keras_sep.pretrained import model_file
from keras_sep.training import Recipe

RESULTS = Path(__file__).parent / "results"
TRAINED_SECONDS, SCORED_SECONDS = 20.0, 10.0
RANK = 16
PAGE = """# Fine-tuning to one clip

`benchmarks/finetune.py`: a separator is trained on with the first {trained:g} s of a clip, and
scored on the last {scored:g} s, which no training saw. SDR over all samples and channels, in
decibels (`keras_sep.metrics.sdr`). The recipe is that of `keras-sep finetune`, with {batch}
excerpts a step.

**What it is, and is not.** One clip, one seed, and a start of {start_words}.
It shows that a separator's weights adapt in each of the three ways, and at which cost. It says
nothing of other songs. {shares}

The start: {start}, {numbers:,} numbers.
Fine-tuned to: {clip}, {seconds:g} s of training per row, on two cores that had other work as well,
so that the number of steps is small. Learning rates are the defaults of `keras-sep finetune`,
{rate:g}, and {lora_rate:g} with adapters: the rows do not say how the ways compare at one rate.

| | trained numbers | optimizer's numbers | steps | {heads} |
|---|---|---|---|{dashes}|
{rows}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("start", help="a .keras file, or published weights by name")
    parser.add_argument("--clip", type=Path, required=True, help="folder of stems")
    parser.add_argument("--other", type=Path, help="folder of stems that the start is trained on")
    parser.add_argument("--start-seconds", type=float, default=120.0)
    parser.add_argument("--sources", nargs="+", default=["vocals", "accompaniment"])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each training")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--ways", nargs="*", default=["all", "lora", "head", "statistics"])
    parser.add_argument("--head", nargs="+", default=["*_3*", "*_output"], help="patterns")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if args.other is not None and not Path(args.start).exists():
            train_start(args, folder)
        held_out = cut(args.clip, args.sources, folder / "data", args.start)
        kept = measured(args, held_out, folder)
    write_page(args, kept)


def train_start(args: argparse.Namespace, folder: Path) -> None:
    """Train a small Open-Unmix on another clip, in the place of published weights."""
    link = folder / "start_data" / "train" / args.other.name
    link.parent.mkdir(parents=True)
    link.symlink_to(args.other.resolve())
    recipe = Recipe.from_mapping(
        {
            "model": {
                "name": "open_unmix",
                "arguments": {"hidden": 128, "layers": 2, "bandwidth_bins": 1487},
            },
            "sources": args.sources,
            "targets": ["vocals"],
            "data": {"excerpt_seconds": 3.0, "excerpts_per_track": 160, "incoherent": 0.5},
            "fit": {
                "batch_size": 8, "learning_rate": 0.003, "clip_norm": 5.0, "tensorboard": False,
                "page": False, "time_limit_seconds": args.start_seconds,
            },
        }
    )  # fmt: skip
    path = training.train(recipe, link.parents[1], folder / "start")
    shutil.copyfile(path, args.start)


def cut(clip: Path, sources: list[str], root: Path, start: str) -> dict[str, np.ndarray]:
    """Write the beginning of the stems for training, and return their end."""
    rate = load_separator(model_file(start)).sample_rate_hz
    held_out, trained = {}, root / "train" / "clip"
    trained.mkdir(parents=True)
    for source in sources:
        (path,) = clip.glob(f"{source}.*")
        stem = data.read_resampled(path, rate)
        beginning = stem[: round(TRAINED_SECONDS * rate)]
        data.write_audio(trained / f"{source}.wav", beginning, rate, "float")
        held_out[source] = stem[-round(SCORED_SECONDS * rate) :]
    return held_out


def measured(args: argparse.Namespace, held_out: dict[str, np.ndarray], folder: Path) -> dict:
    """The scores of the start and of every way to train."""
    path = RESULTS / "finetune.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    before = load_separator(model_file(args.start))
    about = {
        "start": Path(args.start).name,
        "numbers": int(sum(np.prod(x.shape) for x in before.networks.weights)),
        "clip": args.clip.name,
        "other": args.other and args.other.name,
        "start_seconds": args.start_seconds if args.other else None,
        "seconds": args.seconds,
        "license": before.license,
    }
    if kept.get("about") != about:
        kept = {"about": about, "rows": {}}
    kept["rows"]["mixture"] = {"sdr_db": scores(None, held_out)}
    kept["rows"]["before"] = {"sdr_db": scores(before, held_out)}
    for way in args.ways:
        how = {"lora": {"lora": RANK}, "head": {"train": args.head}}.get(way, {})
        kept["rows"][way] = tuned(args, held_out, folder, way, how)
        path.write_text(json.dumps(kept, indent=1) + "\n")
    return kept


def tuned(args, held_out, folder, way, how) -> dict:
    """Train in one way, and score it."""
    recipe = training.finetune_recipe(
        args.start, args.sources, seconds=args.seconds, batch_size=args.batch_size, **how
    )
    fit = dataclasses.replace(recipe.fit, tensorboard=False, page=False)
    excerpts = dataclasses.replace(recipe.data, excerpts_per_track=20)  # epochs of few steps
    start = dataclasses.replace(recipe.start_from, keep_statistics=way != "statistics")
    recipe = dataclasses.replace(recipe, fit=fit, data=excerpts, start_from=start)
    counted = Counted()
    path = training.train(recipe, folder / "data", folder / way, callbacks=[counted])
    return {**counted.numbers, "sdr_db": scores(load_separator(path), held_out)}


class Counted(training.StopAtNaN):
    """What is trained, and for how many steps."""

    numbers: dict = {}  # noqa: RUF012

    def on_train_end(self, logs=None):
        def size(variables):
            return int(sum(np.prod(variable.shape) for variable in variables))

        self.numbers = {
            "trained": size(self.model.trainable_weights),
            "optimizer": size(self.model.optimizer.variables),
            "steps": int(self.model.optimizer.iterations),
        }


def scores(separator, held_out: dict[str, np.ndarray]) -> dict[str, float]:
    """SDR of each source that is estimated; of the mixture itself without a separator."""
    mixture = np.sum([*held_out.values()], axis=0)
    if separator is None:
        return {name: round(float(metrics.sdr(x, mixture)), 2) for name, x in held_out.items()}
    stems = separate_array(separator, mixture, separator.sample_rate_hz)
    return {
        name: round(float(metrics.sdr(held_out[name], stem)), 2)
        for name, stem in stems.items()
        if name in held_out
    }


def write_page(args: argparse.Namespace, kept: dict) -> None:
    about, rows = kept["about"], kept["rows"]
    names = [name for name in args.sources if name in rows["before"]["sdr_db"]]
    words = {
        "mixture": "the mixture itself",
        "before": "before",
        "all": "all weights",
        "statistics": "all weights, and batch normalisation",
        "lora": f"adapters of rank {RANK}",
        "head": f"the head alone, {', '.join(f'`{x}`' for x in args.head)}",
    }
    lines = []
    for way, row in rows.items():
        cells = [f"{row[key]:,}" if key in row else "" for key in ("trained", "optimizer", "steps")]
        cells += [f"{row['sdr_db'][name]:.2f}" for name in names]
        lines.append(f"| {words[way]} | {' | '.join(cells)} |")
    if about["other"]:
        start = f"an Open-Unmix for vocals, hidden 128, trained on {about['other']}"
        start_words = f"{about['start_seconds']:g} s of training on another clip, no published one"
    else:
        start, start_words = f"`{about['start']}` ({about['license']})", "published weights"
    page = PAGE.format(
        batch=args.batch_size, trained=TRAINED_SECONDS, scored=SCORED_SECONDS, start=start,
        numbers=about["numbers"],
        clip=about["clip"], seconds=about["seconds"], heads=" | ".join(names),
        dashes="|".join(["---"] * len(names)), rows="\n".join(lines), start_words=start_words,
        rate=training.finetune_recipe(args.start, args.sources).fit.learning_rate,
        lora_rate=training.finetune_recipe(args.start, args.sources, lora=1).fit.learning_rate,
        shares="Both clips are of MUSDB18, academic use." if about["other"] else "",
    )  # fmt: skip
    (RESULTS / "finetune.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
