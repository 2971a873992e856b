"""What the page of a model has above its card: its graph, facts, and published weights."""

import functools
import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
FIGURES = Path(__file__).with_name("figures")
PUBLISHED = ROOT / "keras_sep" / "pretrained" / "published"
COMMERCIAL = {True: "yes", False: "no", None: "not stated"}
LEGEND = (
    "*B* is the batch, *T* any number of time steps. Drawn from the network that "
    "`keras_sep.zoo.{name}()` returns, with its default arguments: a box is a group of layers, "
    "a number says how many such groups follow each other, and lines at the side are skip "
    "connections."
)


def with_facts(markdown, name, sounds=""):
    """A card with facts, published weights, sounds and the figure below its head."""
    head, _, rest = markdown.partition("\n\n")
    reference, _, rest = rest.partition("\n\n")
    card, mark, more = re.match(r"(.*?)(^<!-- begin|^## |\Z)(.*)", rest, re.M | re.S).groups()
    parts = [head, reference, _facts(name), _weights(name), card.rstrip(), sounds, _figure(name)]
    return "\n\n".join([*filter(None, parts), mark + more])


@functools.cache
def _known():
    return json.loads((FIGURES / "facts.json").read_text(encoding="utf-8"))


def _facts(name):
    builder = f"[`keras_sep.zoo.{name}`](../api/zoo.md#keras_sep.zoo.{name})"
    facts = {"Builder": builder, **_known()[name], "Sample rate": _rates(name)}
    rows = [f"| {key} | {value} |" for key, value in facts.items()]
    graph = "| Graph | [drawn below](#graph) |"
    return "\n".join(["| with default arguments | |", "|---|---|", *rows, graph])


def _rates(name):
    """Of the weights that are published, and of the recipes that train it."""
    rates = {said["sample_rate_hz"] for said in presets().get(name, {}).values()}
    trained = {rate for model, rate in _trained() if model == name}
    said = [
        f"{' and '.join(_khz(rate) for rate in sorted(found))} kHz ({words})"
        for found, words in ((rates, "published weights"), (trained, "recipes"))
        if found
    ]
    return "; ".join(said) or "any: that of the training"


@functools.cache
def _trained():
    """Name and sample rate of the model of each recipe."""
    found = []
    for path in sorted((ROOT / "keras_sep" / "recipes").glob("*.yaml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        model = said["model"]
        found.append((model if isinstance(model, str) else model["name"], said["sample_rate_hz"]))
    return found


@functools.cache
def presets():
    """Published weights by name of their builder: from name to what the file says."""
    found = {}
    for path in sorted(PUBLISHED.glob("*.yaml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        network = said["network"]
        found.setdefault(network.get("model", network["converter"]), {})[path.stem] = said
    return found


def _weights(name):
    published = presets().get(name, {})
    if not published:
        return (
            "No published weights can be downloaded for it: "
            "[train it](../training.md), or convert a checkpoint with `keras-sep convert`."
        )
    rows = [
        f"| `{preset}` | {', '.join(said['sources'])} | {_khz(said['sample_rate_hz'])} | "
        f"{said['license']['id']} | {COMMERCIAL[said['license']['commercial_use']]} |"
        for preset, said in published.items()
    ]
    first = next(iter(published))
    return "\n".join(
        [
            "| published weights | stems | sample rate, kHz | licence | commercial use |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"To hear them: `keras-sep recording.wav --model {first} --listen` separates your own "
            "recording and opens a page that plays the stems. "
            "[How weights are downloaded, and their licences](../weights.md).",
        ]
    )


def _khz(rate_hz):
    return f"{rate_hz / 1000:g}"


def _figure(name):
    drawing = (FIGURES / f"{name}.svg").read_text(encoding="utf-8").strip()
    return (
        f"## Graph {{#graph}}\n\n{LEGEND.format(name=name)}\n\n"
        f'<figure class="network" markdown="0">\n{drawing}\n</figure>'
    )
