"""DeepClusteringLoss beside Asteroid's, memory and time: rewrites results/deep_clustering.md.

Run it with the parity environment (`make bench`): Asteroid is measured in the same run. Each memory
figure comes from a process of its own, times are interleaved in one.
"""

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from timing import interleaved, two_threads

BINS, DIMS, SOURCES = 513, 20, 2
FRAMES = 400
OURS, PEER = "DeepClusteringLoss", "Asteroid"
RESULT = Path(__file__).parent / "results" / "deep_clustering.md"


def data(frames, batch):
    """Unit embeddings and each bin's source, made frame by frame to save memory."""
    rng = np.random.default_rng(0)
    embeddings = np.empty((batch, frames, BINS, DIMS), "float32")
    which = np.empty((batch, frames, BINS), "int64")
    for n, t in np.ndindex(batch, frames):
        x = rng.standard_normal((BINS, DIMS), "float32")
        embeddings[n, t] = x / np.linalg.norm(x, axis=-1, keepdims=True)
        which[n, t] = rng.integers(SOURCES, size=BINS)
    return embeddings, which


def our_step(embeddings, which, jit_compile=False):
    """Loss and gradient, as a function of no argument."""
    import tensorflow as tf

    from keras_sep.losses import DeepClusteringLoss

    loss = DeepClusteringLoss(normalize=False)
    target = tf.one_hot(which, SOURCES)
    embeddings = tf.constant(embeddings)

    @tf.function(jit_compile=jit_compile)
    def step(target, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(target, x)
        return value, tape.gradient(value, x)

    return lambda: tuple(x.numpy() for x in step(target, embeddings))


def peer_step(embeddings, which):
    """The same for Asteroid, whose loss is the sum divided by the number of bins."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "parity"))
    import asteroid_peer

    torch = asteroid_peer.torch  # Asteroid's modules exist only now
    from asteroid.losses.cluster import deep_clustering_loss

    batch, frames = which.shape[:2]
    x = torch.from_numpy(embeddings.reshape(batch, frames * BINS, DIMS)).requires_grad_()
    which = torch.from_numpy(which)

    def step():
        x.grad = None
        value = deep_clustering_loss(x, which).mean() * (frames * BINS)
        value.backward()
        return value.detach().numpy(), x.grad.numpy()

    return step


STEPS = {OURS: our_step, PEER: peer_step}


def measure_memory(name, frames, batch):
    """Print the peak memory of a step in bytes, without its inputs."""
    two_threads()
    STEPS[name](*data(7, 1))()  # loads and traces everything
    step = STEPS[name](*data(frames, batch))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    before = pages * os.sysconf("SC_PAGE_SIZE")
    step()
    print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def memory_in_mb(name, frames, batch):
    """Result of `measure_memory` in a process of its own, with the default allocator."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    command = [sys.executable, __file__, "--measure", name, str(frames), str(batch)]
    answer = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )  # fmt: skip
    return int(answer.stdout.split()[-1]) / 1e6


def memory_rows():
    lines = []
    for batch, frames in [(1, 100), (1, 200), (1, 400), (1, 800), (4, FRAMES)]:
        ours, peer = (memory_in_mb(name, frames, batch) for name in (OURS, PEER))
        affinity = batch * (frames * BINS) ** 2 * 4 / 1e9
        lines.append(
            f"| {batch} | {frames} | {ours:.0f} | {ours / frames / batch:.2f} | {peer:.0f} | "
            f"{peer / frames / batch:.2f} | {affinity:.0f} |"
        )
        print(lines[-1], flush=True)
    return lines


def time_rows(batch, repeats):
    embeddings, which = data(FRAMES, batch)
    steps = {
        PEER: peer_step(embeddings, which),
        OURS: our_step(embeddings, which),
        f"{OURS}, jit": our_step(embeddings, which, jit_compile=True),
    }
    wanted, slope = steps[PEER]()
    slope = slope.reshape(embeddings.shape)
    deviations = {PEER: ""}
    for name in list(steps)[1:]:
        value, gradient = steps[name]()
        distance = np.abs(gradient - slope).max() / np.abs(slope).max()
        deviations[name] = f"{abs(value / wanted - 1):.1e}, {distance:.1e}"
    seconds = interleaved(steps, repeats)
    peer = seconds[PEER]
    lines = [
        f"| {batch} | {name} | {least:.3f} | {middle:.3f} | {least / peer[0]:.2f} | "
        f"{middle / peer[1]:.2f} | {deviations[name]} |"
        for name, (least, middle) in seconds.items()
    ]
    print("\n".join(lines), flush=True)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--measure", nargs=3, metavar=("NAME", "FRAMES", "BATCH"))
    arguments = parser.parse_args()
    if arguments.measure:
        name, frames, batch = arguments.measure
        measure_memory(name, int(frames), int(batch))
        return
    memory = memory_rows()
    two_threads()
    times = [*time_rows(1, arguments.repeats), *time_rows(4, arguments.repeats)]
    text = (
        "# Deep clustering loss\n\n"
        f"Value and gradient for embeddings of {BINS} bins in {DIMS} dimensions and {SOURCES} "
        "sources, in float32, two threads, beside Asteroid's `deep_clustering_loss`. Made by "
        "`benchmarks/deep_clustering.py`.\n\n"
        "## Memory\n\n"
        "The peak beyond the inputs, each in a process of its own, beside what the affinities "
        "alone would take. It grows with the frames; theirs with the square.\n\n"
        "| batch | frames | DeepClusteringLoss MB | MB a frame | Asteroid MB | MB a frame | "
        "affinities GB |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(memory)
        + f"\n\n## Time\n\n{FRAMES} frames. Seconds, and ratios to Asteroid in the same run; the "
        "deviations from its value and, relative to the largest, its gradient.\n\n"
        "| batch | by | least s | median s | least / peer | median / peer | deviation |\n"
        "|---|---|---|---|---|---|---|\n" + "\n".join(times) + "\n"
    )
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
