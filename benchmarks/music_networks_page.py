"""The results page of `music_networks.py`."""

import statistics
from typing import Any

from waveform import THREADS

SIDES = ("PyTorch", "compiled", "ONNX Runtime", "ours", "ours, bfloat16")


def page(found: dict[str, dict[str, Any]], seconds: float, training_seconds: float) -> str:
    """The results page, of so many seconds of audio in separation and in a training step."""
    lines = [
        "# Networks of 2023 and later beside their PyTorch classes",
        "",
        f"Made by `benchmarks/music_networks.py`: {THREADS} threads, equal weights, "
        f"{seconds:.1f} s of stereo at 44.1 kHz (of one channel for BandIt, and at 8 kHz for "
        "TF-GridNet), medians in seconds; sides in turn. "
        "A quotient is the fastest other side's median over ours; differences under 15 % are ties. "
        "Deviation: largest difference from the class over the largest sample; of bfloat16, SDR "
        "against our float32. Floor: "
        "the larger of FLOPs over this machine's rate of matrix products and bytes over its rate "
        "of copies, both measured in the same run; distance: our median over it. A dash: "
        "not measured, or the side does not run, for the reason below.",
        "",
        "| | " + " | ".join(SIDES) + " | quotient | bfloat16, dB | deviation | their peak, GiB | "
        "our peak, GiB |",
        "|---|" + "---|" * (len(SIDES) + 5),
    ]
    for name, row in found.items():
        medians = _medians(row["separate"])
        others = [value for side, value in medians.items() if not side.startswith("ours")]
        peaks = [_number(row["separate"].get(side, {}).get("peak")) for side in ("PyTorch", "ours")]
        cells = [
            *(_number(medians.get(side), 2) for side in SIDES),
            f"{min(others) / medians['ours']:.2f}",
            _number(row["bfloat16_db"], 0),
            f"{row['deviation']:.0e}",
            *peaks,
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    lines += _what_does_not_run(found)
    lines += [
        "",
        "| | weights, M | GFLOPs | GB moved | GFLOP/s here | GB/s here | floor, s | distance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in found.items():
        count, ours = row["count"], _medians(row["separate"])["ours"]
        cells = [
            f"{count['weights'] / 1e6:.2f}",
            *(f"{count[key] / 1e9:.1f}" for key in ("flops", "bytes", "rate", "bandwidth")),
            f"{count['floor']:.2f}",
            f"{ours / count['floor']:.1f}",
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    lines += [
        "",
        f"A training step on one excerpt of {training_seconds:.1f} s: forward, backward, "
        "Adam; ours without jit.",
        "",
        "| | PyTorch, s | ours, s | quotient | their peak, GiB | our peak, GiB | deviation of the "
        "loss |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in found.items():
        medians = _medians(row["train"])
        cells = [
            *(f"{medians[side]:.2f}" for side in ("PyTorch", "ours")),
            f"{medians['PyTorch'] / medians['ours']:.2f}",
            *(f"{row['train'][side]['peak']:.1f}" for side in ("PyTorch", "ours")),
            f"{row['loss_deviation']:.0e}",
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _what_does_not_run(found: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each side that did not run, with what it said."""
    reasons = [
        f"- `{name}`, {side}: {reason}"
        for name, row in found.items()
        for side, reason in row.get("reasons", {}).items()
    ]
    return ["", "Does not run:", "", *reasons] if reasons else []


def card(row: dict[str, Any], seconds: float, training_seconds: float) -> str:
    """The section of a network's card."""
    from cards import paragraph  # brings TensorFlow, which the peers' processes must not hold

    separate, train = _medians(row["separate"]), _medians(row["train"])
    theirs = min(value for side, value in separate.items() if not side.startswith("ours"))
    peaks = {kind: [_number(row[kind][side]["peak"]) for side in ("PyTorch", "ours")]
             for kind in ("separate", "train")}  # fmt: skip
    return "\n".join(
        [
            "## Speed",
            "",
            paragraph(
                f"""On {THREADS} cores, in float32, with equal weights
                ({row["count"]["weights"] / 1e6:.1f} million): {seconds:.1f} s of audio separated,
                and a training step on {training_seconds:.1f} s. The arithmetic alone takes
                {row["count"]["floor"]:.1f} s of a separation, at this machine's rates. All networks
                side by side, and how this was measured:
                [benchmarks/results/music_networks.md](../benchmarks/results/music_networks.md).
                Written by `benchmarks/music_networks.py`."""
            ),
            "",
            "| | class in PyTorch, s | here, s | times as fast | its peak, GiB | peak here, GiB |",
            "|---|---|---|---|---|---|",
            f"| separation | {theirs:.2f} | {separate['ours']:.2f} "
            f"| **{theirs / separate['ours']:.2f}** | {' | '.join(peaks['separate'])} |",
            f"| training step | {train['PyTorch']:.2f} | {train['ours']:.2f} "
            f"| **{train['PyTorch'] / train['ours']:.2f}** | {' | '.join(peaks['train'])} |",
        ]
    )


def _medians(sides: dict[str, Any]) -> dict[str, float]:
    return {side: statistics.median(row["seconds"]) for side, row in sides.items()}


def _number(value: float | None, places: int = 1) -> str:
    return "-" if value is None else f"{value:.{places}f}"
