"""Seconds that a second of audio takes in Chromium, beside ONNX Runtime in Python.

    python benchmarks/browser.py [--only NAME...] [--seconds 10]

The page that `keras-sep export --web` writes, its worker separating noise: in one thread, and in
those that a page gets which is cross-origin isolated; in Python the same file in one thread and in
two. The sides take turns; medians. Chromium must be installed. Writes a section of
`docs/browser.md`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import runtimes_networks

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "export"))
import chromium  # noqa: E402

PAGE = ROOT / "docs" / "browser.md"
NETWORKS = ("conv_tasnet", "open_unmix", "spleeter_unet")
SIDES = ("Chromium", "Chromium, isolated", "Python, 1 thread", "Python, 2 threads")
SCRIPT = """
(async () => {
  const facts = await (await fetch("model.json")).json();
  const noise = () => Float32Array.from({ length: SAMPLES }, () => 0.2 * (Math.random() - 0.5));
  const signal = Array.from({ length: facts.channels ?? 2 }, noise);
  const worker = new Worker("separate_worker.js", { type: "module" });
  let begun = 0;
  worker.onmessage = ({ data }) => {
    if (data.begun) begun = performance.now();
    else if (data.problem) window.problem = data.problem;
    else if (data.finished) window.seconds = (performance.now() - begun) / 1000;
    if (data.problem || data.finished) worker.terminate();
  };
  worker.postMessage({ signal, facts });
})()
"""


def prepare(name: str, folder: Path) -> None:
    """Write the page of a network."""
    from keras_sep import export

    export.web(runtimes_networks.separator(name, folder / "weights.pth"), folder / "page")


def in_chromium(page: Path, samples: int, isolated: bool) -> float:
    """Seconds of a separation, without those of loading the model."""
    with (
        tempfile.TemporaryDirectory() as downloads,
        chromium.served(page, chromium.ISOLATED if isolated else {}) as address,
    ):
        tab = chromium.Tab(chromium.chromium(), downloads)
        try:
            tab.open(address)
            tab.wait(f"location.href === '{address}' && document.body.dataset.state === 'ready'")
            tab.run(SCRIPT.replace("SAMPLES", str(samples)))
            tab.wait("window.seconds || window.problem", seconds=600)
            problem = tab.run("window.problem")
            if problem:
                raise RuntimeError(problem)
            return tab.run("window.seconds")
        finally:
            tab.close()


def in_python(page: Path, samples: int, threads: int) -> float:
    """Seconds of the same separation, in the same blocks."""
    from keras_sep.inference import ExportedSeparator, block_grid, separate_blocks

    exported = ExportedSeparator(page / "model.onnx", threads)
    channels = exported.separator.channels or 2
    noise = 0.1 * np.random.default_rng(0).normal(size=(samples, channels)).astype("float32")
    start = time.perf_counter()
    for _ in separate_blocks(exported, [noise], block_grid(exported.separator)):
        pass
    return time.perf_counter() - start


def measure(job: dict[str, Any]) -> float | None:
    """In a process of its own."""
    folder, side = Path(job["folder"]), job["side"]
    if side == "prepare":
        return prepare(job["name"], folder)
    if side.startswith("Chromium"):
        return in_chromium(folder / "page", job["samples"], "isolated" in side)
    return in_python(folder / "page", job["samples"], 2 if "2" in side else 1)


def spawn(job: dict[str, Any]) -> float:
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, seconds: float, rounds: int) -> str:
    """The line of a network in the table."""
    with tempfile.TemporaryDirectory() as folder:
        samples = round(seconds * runtimes_networks.sample_rate(name))
        job = {"name": name, "folder": folder, "samples": samples}
        spawn({**job, "side": "prepare"})
        times: dict[str, list[float]] = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side in SIDES:
                times[side].append(spawn({**job, "side": side}))
    cells = [f"{statistics.median(times[side]) / seconds:.2f}" for side in SIDES]
    return f"| `{name}` | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=NETWORKS, metavar="NAME", help="builders")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the noise")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        print(json.dumps(measure(options.job)))
        return
    from cards import write_section

    lines = [f"| | {' | '.join(SIDES)} |", "|---" * (1 + len(SIDES)) + "|"]
    for name in options.only:
        lines.append(row(name, options.seconds, options.rounds))
        print(lines[-1], flush=True)
    write_section(PAGE, Path(__file__).name, "\n".join(lines))


if __name__ == "__main__":
    main()
