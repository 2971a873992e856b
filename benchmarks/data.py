"""Excerpts per second: our pipelines beside PyTorch's DataLoader and Grain with two workers each.

Both read six-second excerpts of four stereo stems at 44.1 kHz from the same WAV files with
soundfile, each source from its own track and position, with random gains and channel swaps, and
return batches of 16. With spectrograms, both return the magnitudes of the mixture and of the vocals
at 4096/1024. Grain, where it is installed, reads the same items as the DataLoader in NumPy. The
processor time of an excerpt then says how many cores feed a consumer. Rewrites
benchmarks/results/data.md.
"""

import argparse
import importlib.util
import math
import platform
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import soundfile
import torch

RATE_HZ, SECONDS, BATCH = 44100, 6.0, 16
FRAME, HOP = 4096, 1024
STEMS = ("drums", "bass", "other", "vocals")
WARM, TIMED = 10, 5  # batches: prefetched ones come first, untimed; Grain holds up to ten
# excerpts per second that an accelerator of the class of an H200 takes: assumed, not measured here
CONSUMERS = ("Open-Unmix=100", "Conv-TasNet=400", "HTDemucs=60")


class TorchExcerpts(torch.utils.data.Dataset):
    """The peer: excerpts as a PyTorch user would write them."""

    def __init__(self, root: str, spectrograms: bool):
        self.folders = sorted(path for path in Path(root, "train").iterdir())
        self.lengths = [soundfile.info(folder / "vocals.wav").frames for folder in self.folders]
        self.samples = round(SECONDS * RATE_HZ)
        self.spectrograms = spectrograms
        self.window = torch.hann_window(FRAME)

    def __len__(self) -> int:
        return 1 << 30

    def __getitem__(self, index: int):
        rng = np.random.default_rng(index)
        stems = []
        for name in STEMS:
            track = rng.integers(len(self.folders))
            start = rng.integers(self.lengths[track] - self.samples + 1)
            with soundfile.SoundFile(self.folders[track] / f"{name}.wav") as file:
                file.seek(start)
                stem = torch.from_numpy(file.read(self.samples, dtype="float32").T)
            stem = stem * rng.uniform(0.25, 1.25)
            stems.append(stem.flip(0) if rng.random() < 0.5 else stem)
        stems = torch.stack(stems)
        if not self.spectrograms:
            return stems
        return self.magnitude(stems.sum(0)), self.magnitude(stems[STEMS.index("vocals")])

    def magnitude(self, waveform: torch.Tensor) -> torch.Tensor:
        """(channels, bins, frames)"""
        return torch.stft(waveform, FRAME, HOP, window=self.window, return_complex=True).abs()


class NumPyExcerpts:
    """The same items without PyTorch, for Grain: waveforms alone."""

    def __init__(self, root: str):
        self.folders = sorted(path for path in Path(root, "train").iterdir())
        self.lengths = [soundfile.info(folder / "vocals.wav").frames for folder in self.folders]
        self.samples = round(SECONDS * RATE_HZ)

    def __len__(self) -> int:
        return 1 << 30

    def __getitem__(self, index: int) -> np.ndarray:
        rng = np.random.default_rng(index)
        stems = []
        for name in STEMS:
            track = rng.integers(len(self.folders))
            start = rng.integers(self.lengths[track] - self.samples + 1)
            with soundfile.SoundFile(self.folders[track] / f"{name}.wav") as file:
                file.seek(start)
                stem = file.read(self.samples, dtype="float32")
            stem *= np.float32(rng.uniform(0.25, 1.25))
            stems.append(stem[:, ::-1] if rng.random() < 0.5 else stem)
        return np.stack(stems)


def grain_loader(root: str):
    """Two worker processes, as of the DataLoader."""
    import grain
    from absl import flags

    flags.FLAGS.mark_as_parsed()  # which Grain reads, and programs of absl parse
    dataset = grain.MapDataset.source(NumPyExcerpts(root)).to_iter_dataset(
        grain.ReadOptions(num_threads=1, prefetch_buffer_size=1)
    )
    workers = grain.MultiprocessingOptions(num_workers=2, per_worker_buffer_size=1)
    return iter(dataset.batch(BATCH).mp_prefetch(workers))


def core_seconds(make, batches: int = 6) -> float:
    """Processor time per excerpt of all threads of this process, from a fresh pipeline's start."""
    before = time.process_time()
    pipeline = make()
    for _ in range(batches):
        next(pipeline)
    del pipeline
    return (time.process_time() - before) / (batches * BATCH)


def torch_loader(root: str, spectrograms: bool):
    """Two workers; spawned, so that TensorFlow's threads are not forked."""
    return iter(
        torch.utils.data.DataLoader(
            TorchExcerpts(root, spectrograms),
            batch_size=BATCH,
            num_workers=2,
            multiprocessing_context="spawn",
        )
    )


def items_per_second(iterators: dict, repeats: int) -> dict[str, tuple[float, float]]:
    """Best and median excerpts per second of each, measured in turn."""
    rates: dict[str, list[float]] = {name: [] for name in iterators}
    for _ in range(repeats):
        for name, iterator in iterators.items():
            for _ in range(WARM):
                next(iterator)
            start = time.perf_counter()
            for _ in range(TIMED):
                next(iterator)
            rates[name].append(TIMED * BATCH / (time.perf_counter() - start))
            time.sleep(2.0)  # its queues fill up, and it stops
    return {name: (max(found), median(found)) for name, found in rates.items()}


def deviation(tracks, data) -> float:
    """Largest difference of a magnitude from torch's, over the largest magnitude."""
    seconds = tracks[0].samples / RATE_HZ
    dataset = data.spectrogram_dataset(
        tracks[:1], STEMS, whole_tracks=True, excerpt_seconds=seconds, batch_size=1
    )
    mixture = next(iter(dataset))[0].numpy()[0]
    waveform = torch.from_numpy(tracks[0].read_sources(STEMS).sum(-1).T.copy())
    peer = torch.stft(
        waveform, FRAME, HOP, window=torch.hann_window(FRAME), return_complex=True
    ).abs()
    peer = peer.permute(2, 1, 0).numpy()
    return float(np.abs(mixture - peer).max() / peer.max())


def _limited(data, tracks, **settings):
    """Waveforms, no batch of them made ahead of the last that is read."""
    dataset = data.ExcerptDataset(
        tracks, STEMS, batch_size=BATCH, excerpts_per_track=50_000, ahead=0, **settings
    )
    return iter(dataset)


def demand(costs: dict[str, float], consumers: list[str]) -> list[str]:
    """Lines of a page: the cores that keep consumers fed, computed of the cost of an excerpt."""
    rates = [(name, float(rate)) for name, _, rate in (one.partition("=") for one in consumers)]
    head = " | ".join(f"{name}, {rate:g}/s" for name, rate in rates)
    lines = [
        "",
        "## Cores that feed an accelerator",
        "",
        "Cores = excerpts per second that the training takes, times core-seconds of an excerpt.",
        "The cost is measured here, of files that are in memory. What a training takes is assumed,",
        "for an accelerator of the class of an H200: give yours by `--consumer NAME=EXCERPTS`.",
        "`spectrograms: model` and networks of waveforms have the cost of waveforms.",
        "",
        f"| excerpt | core-seconds | {head} |",
        "|---|---|" + "---|" * len(rates),
    ]
    for what, cost in costs.items():
        cores = " | ".join(str(math.ceil(rate * cost)) for _, rate in rates)
        lines.append(f"| {what} | {cost:.4f} | {cores} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", default=Path(__file__).parent / "results" / "data.md", type=Path)
    parser.add_argument(
        "--consumer",
        action="append",
        metavar="NAME=EXCERPTS",
        help=f"excerpts that a training takes per second; by default {', '.join(CONSUMERS)}",
    )
    options = parser.parse_args()

    import tensorflow as tf

    from keras_sep import data

    tf.config.threading.set_intra_op_parallelism_threads(1)
    with tempfile.TemporaryDirectory() as root:
        data.synthetic_band(root, train=4, valid=0, test=0, seconds=30.0, sample_rate_hz=RATE_HZ)
        tracks = data.find_tracks(root, "train", STEMS)
        endless = {"batch_size": BATCH, "excerpts_per_track": None}
        cache = data.SpectrogramCache(Path(root, "cache"))

        def spectrograms(cache):
            return iter(
                data.spectrogram_dataset(tracks, STEMS, ("vocals",), cache=cache, **endless)
            )

        # of Keras's kind, for JAX and PyTorch: 50,000 excerpts are endless here
        no_tensorflow = data.ExcerptDataset(
            tracks, STEMS, batch_size=BATCH, excerpts_per_track=50_000, ahead=2
        )
        pipelines = {
            "PyTorch DataLoader": torch_loader(root, False),
            "keras_sep, tf.data": iter(data.excerpts(tracks, STEMS, **endless)),
            "keras_sep, ExcerptDataset": iter(no_tensorflow),
        }
        if importlib.util.find_spec("grain"):
            pipelines["Grain"] = grain_loader(root)
        waveforms = items_per_second(pipelines, options.repeats)
        magnitudes = items_per_second(
            {
                "PyTorch DataLoader": torch_loader(root, True),
                "keras_sep, on the fly": spectrograms(None),
                "keras_sep, cached": spectrograms(cache),
            },
            options.repeats,
        )
        error = deviation(tracks, data)
        costs = {
            "waveforms": core_seconds(lambda: _limited(data, tracks)),
            "magnitudes, on the fly": core_seconds(lambda: spectrograms(None)),
        }
        for name in ("Equalizer", "Reverb", "Codec"):
            kind = getattr(data.augmentations, name)
            vary = kind(sample_rate_hz=RATE_HZ, probability=1.0)
            costs[f"waveforms, `{name}` of every source"] = core_seconds(
                lambda vary=vary: _limited(data, tracks, augment=[vary]), batches=1
            )

    lines = [
        "# Excerpts per second",
        "",
        "Written by `benchmarks/data.py`: six seconds of four stereo stems at 44.1 kHz, mixed at",
        "random from WAV files, batches of 16, two parallel calls or two worker processes each, in",
        "turn in one run. Best and median of "
        f"{options.repeats}; the ratio is of the medians. PyTorch {torch.__version__}, TensorFlow",
        f"{tf.__version__}, {platform.machine()}. Run by `make bench`, whose heap is kept.",
        "",
        "| what | pipeline | best | median | to PyTorch |",
        "|---|---|---|---|---|",
    ]
    for what, found in (("waveforms", waveforms), ("magnitudes of mixture and vocals", magnitudes)):
        peer = found["PyTorch DataLoader"][1]
        for name, (best, middle) in found.items():
            lines.append(f"| {what} | {name} | {best:.0f} | {middle:.0f} | {middle / peer:.2f} |")
    lines += [
        "",
        f"Largest deviation of our magnitudes from `torch.stft`: {error:.1e} of the peak.",
        *demand(costs, options.consumer or [*CONSUMERS]),
    ]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
