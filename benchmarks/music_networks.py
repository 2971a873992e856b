"""The networks of 2023 and later beside their PyTorch classes, ONNX Runtime and the arithmetic.

    python benchmarks/music_networks.py [--only NAME...] [--kind KIND] [--small]

Equal weights, equal input, two threads. Separation of 8.2 s by the class as it is, compiled by
`torch.compile`, exported to ONNX Runtime where the class allows it, and by ours in float32 and in
bfloat16; a training step of both sides; the peak memory of each process. Every measurement has a
process of its own, the sides taking turns. The floor is what this machine's own matrix products and
copies would take for the same work (`arithmetic.py`). Writes `results/music_networks.md`, sections
of the cards, and what was measured beside the page as JSON: `--only` measures these networks again,
and keeps the others; `--kind` measures this of them alone, and `--only` without a name nothing.

ONNX Runtime is compared where it is installed in the environment that runs this:
`pip install onnxruntime onnxscript`. Its side and the compiled one are stopped after `--limit`
seconds. `--small` runs tiny networks, to try the script.
"""

import argparse
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from arithmetic import this_machine, work_of
from music_networks_page import SIDES, card, page
from music_networks_peers import NETWORKS, RATE, Network
from waveform import THREADS

RESULTS = Path(__file__).parent / "results" / "music_networks.md"
MEASURED = RESULTS.with_suffix(".json")
# 8.2 and 3.7 s: the class of MDX23C takes only lengths whose frames its strides divide
SAMPLES, TRAINING_SAMPLES = 351 * 1024, 159 * 1024
MAY_FAIL = ("compiled", "ONNX Runtime")
SECONDS = SAMPLES / RATE, TRAINING_SAMPLES / RATE


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: seconds of every repeat, and the peak memory in GiB."""
    network, folder = NETWORKS[job["name"]], Path(job["folder"])
    prepare = {"separate": separation, "train": training_step, "count": counted}[job["kind"]]
    run = prepare(network, folder, job["side"], job["small"])
    if job["kind"] == "count":
        return run
    seconds, result = [], None
    for _ in range(job["repeats"]):
        del result
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    np.save(job["output"], result)
    return {"seconds": seconds, "peak": peak}


def their_network(network: Network, folder: Path, small: bool) -> Any:
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    made, weights = network.make(small), folder / "weights.pth"
    if weights.exists():
        made.load_state_dict(torch.load(weights))
    else:  # the first side that runs is a peer's
        torch.save(made.state_dict(), weights)
    return made


def our_network(network: Network, folder: Path, small: bool) -> Any:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    from keras_sep import convert

    return network.ours(convert.read_checkpoint(folder / "weights.pth"), small)


def separation(network: Network, folder: Path, side: str, small: bool) -> Callable[[], Any]:
    """A function that separates, (1, sources, channels, samples) on all sides."""
    x = network.noise(SAMPLES)
    if side.startswith("ours"):
        return _ours(network, folder, side, small, x)
    import torch

    made = their_network(network, folder, small).eval()
    waveform = torch.from_numpy(x).permute(0, 2, 1).contiguous()
    run = {"PyTorch": _eager, "compiled": _compiled, "ONNX Runtime": _onnx}[side]
    separate = run(made, waveform, folder)
    separate()  # compiles, allocates
    return separate


def _eager(made: Any, waveform: Any, folder: Path) -> Callable[[], np.ndarray]:
    import torch

    def separate() -> np.ndarray:
        with torch.inference_mode():
            return made(waveform).numpy()

    return separate


def _compiled(made: Any, waveform: Any, folder: Path) -> Callable[[], np.ndarray]:
    import torch

    return _eager(torch.compile(made), waveform, folder)


def _onnx(made: Any, waveform: Any, folder: Path) -> Callable[[], np.ndarray]:
    import onnxruntime
    import torch

    path = folder / "network.onnx"
    if not path.exists():
        torch.onnx.export(made, (waveform,), path, dynamo=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    name, array = session.get_inputs()[0].name, waveform.numpy()
    return lambda: session.run(None, {name: array})[0]


def _ours(
    network: Network, folder: Path, side: str, small: bool, x: np.ndarray
) -> Callable[[], np.ndarray]:
    """Our separator as users have it: saved, loaded in its precision, compiled."""
    made = our_network(network, folder, small)
    from keras_sep import Separator
    from keras_sep.inference import CompiledSeparator, load_separator

    path = folder / "separator.keras"
    Separator(made, network.rate, network.stems).save(path)
    precision = "bfloat16" if "bfloat16" in side else "float32"
    separate = CompiledSeparator(load_separator(path, precision=precision))
    separate(x[0])
    return lambda: np.asarray(separate(x[0]), "float32").transpose(2, 1, 0)[None]


def training_step(network: Network, folder: Path, side: str, small: bool) -> Callable[[], float]:
    """A function that trains on one example by the L1 distance, and returns the loss."""
    x = network.noise(TRAINING_SAMPLES)
    y = np.stack([x * gain for gain in (0.4, 0.3, 0.2, 0.1)[: len(network.stems)]], axis=-1)
    if side == "ours":
        made = our_network(network, folder, small)
        from keras_sep import losses
        from keras_sep.training import AdamL2

        made.compile(AdamL2(1e-4), losses.WaveformLoss(), jit_compile=False)
        made.optimizer.build(made.trainable_variables)
        run = lambda: made.train_on_batch(x, y)  # noqa: E731
    else:
        import torch

        made = their_network(network, folder, small).train()
        optimizer = torch.optim.Adam(made.parameters(), lr=1e-4)
        mixture = torch.from_numpy(x).permute(0, 2, 1)
        stems = torch.from_numpy(y).permute(0, 3, 2, 1)

        def run() -> float:
            optimizer.zero_grad()
            value = torch.nn.functional.l1_loss(made(mixture), stems)
            value.backward()
            optimizer.step()
            return value.item()

    first = run()  # of equal weights on both sides, and traces

    def step() -> float:
        run()
        return first

    return step


def counted(network: Network, folder: Path, side: str, small: bool) -> dict[str, Any]:
    """The work of a separation, the number of weights, and this machine's rates."""
    import torch

    made = their_network(network, folder, small).eval()
    waveform = torch.from_numpy(network.noise(SAMPLES)).permute(0, 2, 1)
    work = work_of(made, lambda: made(waveform))
    machine = this_machine()
    return {
        "weights": sum(weight.numel() for weight in made.parameters()),
        "flops": work.flops,
        "bytes": work.bytes,
        "rate": machine.flops_per_second,
        "bandwidth": machine.bytes_per_second,
        "floor": work.seconds(machine),
    }


def spawn(job: dict[str, Any], limit: float | None = None) -> dict[str, Any]:
    """What a process of its own measures, or the reason why not.

    Stopped after `limit` seconds with all that it started: `torch.compile` has compilers running.
    """
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": str(THREADS)}
    if job["kind"] == "train":  # measures peak memory: with the default heap
        env = {name: value for name, value in env.items() if not name.startswith("MALLOC_")}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return {"reason": f"not done in {limit / 60:.0f} minutes"}
    if process.returncode:
        return {"reason": _reason(errors)}
    return json.loads(output.splitlines()[-1])


def _reason(errors: str) -> str:
    """The first line of the last exception of a program's standard error."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in errors.splitlines()]
    exception = re.compile(r"[\w.]*(Error|Exception|Failed|Failure)\w*:")
    raised = [line for line in lines if exception.match(line)]
    return (raised or lines or ["no reason given"])[-1][:200]


def compared(
    job: dict[str, Any], sides: tuple[str, ...], rounds: int, limit: float | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Measure the sides in turn: seconds, peaks and the last output, and why a side has none."""
    found: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for _ in range(rounds):
        for side in (side for side in sides if side not in reasons):
            output = f"{job['folder']}/{job['kind']}, {side}.npy"
            timed = limit if side in MAY_FAIL else None
            one = spawn({**job, "side": side, "output": output}, timed)
            if "reason" in one:
                reasons[side] = one["reason"]
                print(f"{job['name']}, {side}: {one['reason']}", file=sys.stderr, flush=True)
                continue
            row = found.setdefault(side, {"seconds": [], "peak": 0.0, "output": output})
            row["seconds"] += one["seconds"]
            row["peak"] = max(row["peak"], one["peak"])
    return found, reasons


def separations(
    job: dict[str, Any], sides: tuple[str, ...], rounds: int, limit: float
) -> dict[str, Any]:
    """A network's work, and seconds, peaks and outputs of all sides that separate."""
    count = spawn({**job, "kind": "count", "side": "PyTorch"})
    rows, reasons = compared({**job, "kind": "separate"}, sides, rounds, limit)
    outputs = {side: np.load(row.pop("output")) for side, row in rows.items()}
    ours = outputs["ours"]
    theirs = outputs["PyTorch"].reshape(ours.shape)
    half = outputs.get("ours, bfloat16")
    return {
        "count": count,
        "separate": rows,
        "reasons": reasons,
        "deviation": float(np.abs(ours - theirs).max() / np.abs(theirs).max()),
        "bfloat16_db": None if half is None else _sdr(ours, half),
    }


def training_steps(job: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Seconds, peaks and first losses of a training step on both sides."""
    rows, _ = compared({**job, "kind": "train"}, ("PyTorch", "ours"), rounds)
    first = {side: float(np.load(row.pop("output"))) for side, row in rows.items()}
    return {"train": rows, "loss_deviation": abs(first["ours"] / first["PyTorch"] - 1)}


def _sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    error = np.square(estimate - reference).sum(dtype="float64")
    return float(10 * np.log10(np.square(reference).sum(dtype="float64") / error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=NETWORKS, default=[*NETWORKS])
    parser.add_argument("--kind", choices=["separate", "train"], help="measure this alone again")
    parser.add_argument("--limit", type=float, default=600, help=f"seconds for {MAY_FAIL}")
    parser.add_argument("--without", nargs="+", choices=SIDES, default=[], help="sides left out")
    parser.add_argument("--small", action="store_true", help="tiny networks; print, do not write")
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        print(json.dumps(measure(options.job)))
        return
    sides = tuple(side for side in SIDES if side not in options.without)
    earlier = MEASURED.is_file() and not options.small
    found = json.loads(MEASURED.read_text(encoding="utf-8")) if earlier else {}
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            job = {"name": name, "folder": folder}
            job |= {"repeats": options.repeats, "small": options.small}
            row = found.setdefault(name, {})
            if options.kind in (None, "separate"):
                row |= separations(job, sides, options.rounds, options.limit)
            if options.kind in (None, "train"):
                row |= training_steps(job, options.rounds)
        if not options.small:
            MEASURED.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if options.small:
        print(json.dumps(found, indent=1))
        return
    shown = page({name: found[name] for name in NETWORKS if name in found}, *SECONDS)
    RESULTS.write_text(shown, encoding="utf-8")
    from cards import ZOO, write_section

    for name, row in found.items():
        write_section(ZOO / f"{name}.md", Path(__file__).name, card(row, *SECONDS))


if __name__ == "__main__":
    main()
