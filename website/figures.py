"""Draws the graph of every network of the zoo, and notes its facts.

    python -m website.figures [NAME ...]

writes `website/figures/NAME.svg` and, in `facts.json` there, what the page of a model says of it.
Networks are built with their default arguments, which takes a minute or two and 4 GiB for all.
"""

import json
import sys
from pathlib import Path

import keras

from keras_sep import zoo
from website import drawing, graph

FOLDER = Path(__file__).with_name("figures")


def drawn(name):
    """The drawing of a network, as SVG, and its facts."""
    keras.backend.clear_session()  # names that Keras gives begin anew
    network = getattr(zoo, name)()
    return drawing.svg(graph.boxes(network), f"Graph of {name}"), facts(network)


def facts(network):
    """What a page says of a network: from words to words."""
    known = network.facts
    steps = "samples" if known.reads == "waveform" else "frames"
    returns = known.returns if isinstance(known.returns, str) else " and ".join(known.returns)
    latency = "the whole recording" if known.latency is None else f"{known.latency} {steps}"
    said = {
        "Input to output": f"{known.reads} to {returns}",
        "Parameters": f"{network.count_params():,}".replace(",", " "),
        "Causal": "yes" if known.causal else "no",
        "Latency": latency,
        "Stride": f"{known.stride} {steps if known.stride > 1 else steps[:-1]}",
    }
    if known.segment is not None:
        said["Segment"] = f"{known.segment} {steps}"
    return said


def main(names):
    path = FOLDER / "facts.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in names or zoo.__all__:
        picture, known[name] = drawn(name)
        _write(FOLDER / f"{name}.svg", picture)
    known = {name: known[name] for name in sorted(known) if name in zoo.__all__}
    _write(path, json.dumps(known, indent=1) + "\n")


def _write(path, text):
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
