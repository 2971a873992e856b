"""Draws docs/images/field_scores.svg: what publishers state of weights, by definition and data.

    python docs/field_scores.py [--out FOLDER]

Scores, definitions and sources are those of `keras_sep/pretrained/published`. Only scores of one
definition on the same data are beside each other, and only where there are two or more.
"""

import argparse
import sys
import textwrap
from pathlib import Path

import matplotlib
import yaml
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

ROOT = Path(__file__).resolve().parents[1]
NAME = "field_scores.svg"
COLOURS = {
    "vocals": "#d55e00", "drums": "#0072b2", "bass": "#009e73", "other": "#cc79a7",
    "all": "#555555",
}  # fmt: skip
MARKS = {"vocals": "o", "drums": "s", "bass": "^", "other": "D", "all": "o"}  # beside colours
SPAN_DB = 6  # of every panel, so that a decibel is as wide in all
matplotlib.rcParams.update(
    {
        "font.size": 9,
        "svg.hashsalt": "keras_sep",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
)


def groups():
    """From each definition to the weights that are stated by it, and their scores by stem."""
    found = {}
    for path in sorted((ROOT / "keras_sep" / "pretrained" / "published").glob("*.yaml")):
        scores = yaml.safe_load(path.read_text(encoding="utf-8")).get("scores")
        if scores:
            found.setdefault(scores["definition"], {})[path.stem] = scores["values"]
    return {definition: rows for definition, rows in found.items() if len(rows) > 1}


def drawn():
    """The figure: a panel for each definition, a row for each set of weights."""
    found = sorted(groups().items(), key=lambda group: -len(group[1]))
    figure = Figure(figsize=(7.2, 0.6 * len(found) + 0.24 * sum(len(rows) for _, rows in found)))
    figure.set_layout_engine("constrained")
    all_axes = figure.subplots(len(found), 1, height_ratios=[len(rows) + 1 for _, rows in found])
    for axes, (definition, rows) in zip(all_axes, found, strict=True):
        ordered = sorted(rows.items(), key=lambda row: sum(row[1].values()) / len(row[1]))
        for place, (_, values) in enumerate(ordered):
            for stem, value in values.items():
                axes.plot(value, place, MARKS[stem], color=COLOURS[stem], markersize=5)
        axes.set_title("\n".join(textwrap.wrap(definition, 90)), loc="left", fontsize=9)
        axes.set_yticks(range(len(ordered)), [name for name, _ in ordered])
        axes.set_ylim(-0.6, len(ordered) - 0.4)
        stated = [value for values in rows.values() for value in values.values()]
        middle = (min(stated) + max(stated)) / 2
        axes.set_xlim(middle - SPAN_DB / 2, middle + SPAN_DB / 2)
        axes.xaxis.set_major_locator(MultipleLocator(1))
        axes.grid(axis="x", color="#dddddd")
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(left=False)
    stems = [stem for stem in COLOURS if stem != "all"]
    marks = [
        matplotlib.lines.Line2D([], [], color=COLOURS[x], marker=MARKS[x], ls="") for x in stems
    ]
    figure.legend(marks, stems, loc="outside lower center", ncols=len(stems), frameon=False)
    return figure


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", metavar="FOLDER")
    path = parser.parse_args(arguments).out / NAME
    drawn().savefig(path, metadata={"Date": None}, facecolor="white")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
