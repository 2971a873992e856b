"""Songs per core-hour of `keras_sep.beam`, and what a million songs cost: catalogue.md.

    python benchmarks/catalogue.py --models spleeter_unet

Every model has its published size and random weights, which take as long as trained ones. A process
of its own runs the pipeline over one song and over three: half of the difference is what a song
takes, the rest of the first what a worker takes to start. Seconds are those that the process had a
processor, so other load on the machine counts little. Results of other models are kept. The price
of a core-hour is yours to give (--price).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
RATE = 44100
SONG_SECONDS = 240  # of the songs in the table
MODELS = {
    "spleeter_unet": "Spleeter, 2 stems",
    "open_unmix": "Open-Unmix, 4 stems, Wiener filter",
    "htdemucs": "Hybrid Transformer Demucs, 4 stems",
}
FOUR = ("vocals", "drums", "bass", "other")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="*", default=[*MODELS], help="none: only the page")
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour, in any currency")
    parser.add_argument("--seconds", type=int, default=30, help="length of a song that is timed")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)  # model, threads
    arguments = parser.parse_args()
    if arguments.one:
        model, threads = arguments.one
        print(json.dumps(timed(model, int(threads) or None, arguments.seconds)))
        return
    kept = RESULTS / "catalogue.json"
    found = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    for model in arguments.models:
        found[model] = {
            name: in_a_process(model, threads, arguments.seconds)
            for name, threads in (("one_thread", 1), ("all_cores", 0))
        }
        kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = page(found, arguments.price)
    (RESULTS / "catalogue.md").write_text(text, encoding="utf-8")
    print(text)


def in_a_process(model: str, threads: int, seconds: int) -> dict[str, float]:
    """Threads are set before a backend computes, so each count has a process of its own."""
    command = [sys.executable, __file__, "--one", model, str(threads), "--seconds", str(seconds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def timed(model: str, threads: int | None, seconds: int) -> dict[str, float]:
    """Processor seconds of a song and of the start, and seconds of the clock of a song."""
    import numpy as np

    from keras_sep._threads import set_threads
    from keras_sep.data import write_audio
    from keras_sep.inference import block_grid

    if threads is not None:
        set_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        separator = separator_of(model)
        separator.save(file)
        grid = block_grid(separator)
        songs = []
        for number in range(4):
            noise = np.random.default_rng(number).standard_normal((seconds * RATE, 2))
            songs.append(Path(folder, f"{number}.flac"))
            write_audio(songs[-1], 0.1 * noise, RATE, "flac")
        one = run(file, songs[:1], Path(folder, "one"), threads)
        three = run(file, songs[1:], Path(folder, "three"), threads)
    song = (three["processor"] - one["processor"]) / 2
    return {
        "audio_seconds": seconds,
        "longer": in_blocks(SONG_SECONDS * RATE, grid) / in_blocks(seconds * RATE, grid),
        "song_seconds": song,
        "start_seconds": one["processor"] - song,
        "song_clock_seconds": (three["clock"] - one["clock"]) / 2,
    }


def in_blocks(samples: int, grid: Any) -> int:
    """Samples of all blocks of a song, whose last may be short."""
    more = max(0, -(-(samples - grid.block) // grid.stride))
    return more * grid.block + samples - more * grid.stride


def run(model: Path, songs: list[Path], out: Path, threads: int | None) -> dict[str, float]:
    import apache_beam as beam

    from keras_sep.beam import Separate

    clock, processor = time.perf_counter(), time.process_time()
    with beam.Pipeline("FnApiRunner", argv=[]) as pipeline:
        paths = pipeline | beam.Create([str(song) for song in songs])
        _ = paths | Separate(model, out, "flac", threads=threads)
    if len((out / "manifest.jsonl").read_text().splitlines()) != len(songs):
        raise RuntimeError((out / "failures.jsonl").read_text())
    return {
        "clock": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
    }


def separator_of(model: str) -> Any:
    import keras_sep

    if model == "spleeter_unet":
        front_end = keras_sep.layers.STFT(4096, 1024)
        return keras_sep.Separator(
            keras_sep.zoo.spleeter_unet(("vocals", "accompaniment")),
            RATE,
            ("vocals", "accompaniment"),
            front_end,
        )
    if model == "open_unmix":
        return keras_sep.Separator(
            keras_sep.zoo.open_unmix(FOUR, bandwidth_bins=1487),
            RATE,
            FOUR,
            keras_sep.layers.STFT(4096, 1024),
            keras_sep.layers.WienerFilter(iterations=1, window_frames=300),
        )
    return keras_sep.Separator(keras_sep.zoo.htdemucs(), RATE, FOUR)


def page(found: dict[str, Any], price: float) -> str:
    """The table, and the costs that follow from it."""
    columns = (
        "model",
        "threads of a process",
        "timed, s",
        "hours of audio per core-hour",
        "songs per core-hour",
        "core-hours of a million songs",
        f"their price at {price:g} a core-hour",
        "start, core-seconds",
    )
    lines = [
        "# Catalogues",
        "",
        "Written by `benchmarks/catalogue.py`, TensorFlow on a CPU: FLAC to FLAC, 44.1 kHz stereo.",
        f"A song lasts {SONG_SECONDS / 60:.0f} minutes; its processor seconds are those of shorter",
        "noise, times the length of all blocks of the song over that of the noise's: neighbours",
        "share context. A worker process starts once: the model is loaded and traced. Other work",
        "was on the machine: differences of a quarter mean nothing.",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
    ]
    for model, rows in found.items():
        for name, row in rows.items():
            speed = SONG_SECONDS / (row["song_seconds"] * row["longer"])
            songs = 3600 / SONG_SECONDS * speed
            lines.append(
                f"| {MODELS[model]} | {'1' if name == 'one_thread' else 'one per core'} "
                f"| {row['audio_seconds']} | {speed:.1f} | {songs:,.0f} | {1e6 / songs:,.0f} "
                f"| {1e6 / songs * price:,.0f} "
                f"| {max(0.0, row['start_seconds']):.0f} |"
            )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
