"""Open-Unmix beside `openunmix` (PyTorch): the same weights, the same input, two threads.

Separation of stereo with four targets, without jit, at a length neither has seen; the peak memory
of that; and a training step. Every measurement has a process of its own, the two taking turns, and
the table holds the minimum and the median over all rounds. Writes `results/open_unmix.md`.

    python benchmarks/open_unmix.py [--rounds N] [--repeats N]
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

RATE, BINS, BAND, FRAME, HOP = 44100, 2049, 1487, 4096, 1024
TARGETS = ("vocals", "drums", "bass", "other")
THREADS = 2
RESULTS = Path(__file__).parent / "results" / "open_unmix.md"


def mixture(seconds):
    """Stereo noise, its channels 10 dB apart."""
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, int(seconds * RATE), 2)).astype("float32")
    return x * np.array([0.1, 0.03], "float32")


def peer_networks():
    import torch

    # torchaudio need not load: nothing of it is used
    sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
    from openunmix import model

    torch.manual_seed(0)
    torch.set_num_threads(THREADS)
    sizes = {"nb_bins": BINS, "nb_channels": 2, "hidden_size": 512, "max_bin": BAND}
    return {target: model.OpenUnmix(**sizes) for target in TARGETS}


def weights(folder):
    """Both sides read the same state dicts from `folder`."""
    import torch

    for target, network in peer_networks().items():
        torch.save(network.state_dict(), folder / f"{target}.pth")


def their_separation(folder, iterations):
    import torch

    networks = peer_networks()
    from openunmix import model

    for target, network in networks.items():
        network.load_state_dict(torch.load(folder / f"{target}.pth"))
    separator = model.Separator(networks, niter=iterations)
    separator.freeze()

    def separate(x):
        return separator(torch.from_numpy(x).permute(0, 2, 1).contiguous())

    return separate, lambda y: y.permute(0, 3, 2, 1).numpy()


def our_network(folder, targets=TARGETS, **kwargs):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    from keras_sep import convert

    states = {target: convert.read_checkpoint(folder / f"{target}.pth") for target in targets}
    return convert.open_unmix(states, **kwargs)


def our_separation(folder, iterations):
    network = our_network(folder)
    import tensorflow as tf

    from keras_sep import Separator, layers

    post_filter = layers.WienerFilter(iterations) if iterations else None
    separator = Separator(network, RATE, TARGETS, layers.STFT(FRAME, HOP), post_filter)
    function = tf.function(
        lambda x: separator(x, training=False),
        input_signature=[tf.TensorSpec((None, None, 2), tf.float32)],
    )
    return function, lambda y: y.numpy()


def their_training(folder, jit):
    import torch

    network = peer_networks()["vocals"].train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step(x, y):
        x, y = (torch.from_numpy(value).permute(0, 3, 2, 1) for value in (x, y))
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(network(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def our_training(folder, jit):
    network = our_network(folder, ("vocals",))
    import keras

    network.compile(keras.optimizers.Adam(1e-3, epsilon=1e-8), loss="mse", jit_compile=jit)
    return lambda x, y: float(network.train_on_batch(x, y[..., None]))


def measure(job):
    """In a process of its own: seconds of every repeat, and the peak memory in GiB."""
    import numpy as np

    folder, ours = Path(job["folder"]), job["side"] == "ours"
    if job["kind"] == "train":
        step = (our_training if ours else their_training)(folder, job["jit"])
        rng = np.random.default_rng(0)
        x = rng.random((16, 255, BINS, 2), "float32")
        y = x * rng.random(x.shape, "float32")
        step(x, y)
        run, finish = (lambda: step(x, y)), None
    else:
        build = our_separation if ours else their_separation
        separate, finish = build(folder, job["iterations"])
        separate(mixture(3))  # another length: whatever is traced is traced here
        x = mixture(job["seconds"])
        run = lambda: separate(x)  # noqa: E731
    seconds, result = [], None
    for _ in range(job["repeats"]):
        del result
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    if finish and job.get("output"):
        np.save(job["output"], finish(result))
    print(json.dumps({"seconds": seconds, "peak": peak, "result": None if finish else result}))


def spawn(job):
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": str(THREADS)}
    if job.get("seconds", 0) > 30:  # measures peak memory: with the default heap
        env = {name: value for name, value in env.items() if not name.startswith("MALLOC_")}
    run = subprocess.run(command, stdout=subprocess.PIPE, env=env, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def compare(job, rounds):
    """Measure both sides in turn: all their seconds, and the larger peak of each."""
    found = {"theirs": [], "ours": []}
    for _ in range(rounds):
        for side, results in found.items():
            results.append(spawn({**job, "side": side, "output": f"{job['folder']}/{side}.npy"}))
    return {
        side: {
            "seconds": [value for result in results for value in result["seconds"]],
            "peak": max(result["peak"] for result in results),
        }
        for side, results in found.items()
    }


def deviation(folder):
    import numpy as np

    ours, theirs = (np.load(f"{folder}/{side}.npy") for side in ("ours", "theirs"))
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def row(name, found, per, error):
    theirs, ours = (found[side]["seconds"] for side in ("theirs", "ours"))
    cells = [
        name,
        *(f"{min(s) / per:.3f} ({statistics.median(s) / per:.3f})" for s in (theirs, ours)),
        f"{min(theirs) / min(ours):.2f}",
        f"{statistics.median(theirs) / statistics.median(ours):.2f}",
        error,
    ]
    return f"| {' | '.join(cells)} |"


def main(rounds, repeats):
    with tempfile.TemporaryDirectory() as folder:
        weights(Path(folder))
        job = {"folder": folder, "repeats": repeats}
        speed, memory = [], []
        for seconds in (30, 240):
            for iterations in (0, 1):
                name = f"{seconds} s, {iterations} Wiener iterations"
                once = {"repeats": 1} if seconds > 30 else {}
                settings = {"kind": "separate", "seconds": seconds, "iterations": iterations}
                found = compare({**job, **settings, **once}, 1 if once else rounds)
                error = f"{deviation(folder):.1e}"
                print(name, found, error, flush=True)
                if not once:
                    speed.append(row(f"{name}, s per second of audio", found, seconds, error))
                peaks = [f"{found[side]['peak']:.2f}" for side in ("theirs", "ours")]
                memory.append(f"| {name} | {' | '.join(peaks)} |")
        for jit in (False, True):
            found = compare({**job, "kind": "train", "jit": jit}, rounds)
            name = f"training step, 16 x 255 frames{', ours with jit' if jit else ''}, s"
            print(name, found, flush=True)
            speed.append(row(name, found, 1, "see tests/parity"))
    lines = [
        "# Open-Unmix beside openunmix",
        "",
        f"Made by `benchmarks/open_unmix.py`: {THREADS} threads, four targets for separation and",
        "one for training, equal weights, minimum (median). A quotient above 1 is in our favour;",
        "differences under 15 % are ties. Deviation: largest difference over largest sample.",
        "Run by `make bench`, whose heap is kept, but for the 240 seconds.",
        "",
        "| | openunmix | keras_sep | quotient of minima | of medians | deviation |",
        "|---|---|---|---|---|---|",
        *speed,
        "",
        "Peak memory of the process, GiB:",
        "",
        "| | openunmix | keras_sep |",
        "|---|---|---|",
        *memory,
        "",
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        measure(arguments.job)
    else:
        main(arguments.rounds, arguments.repeats)
