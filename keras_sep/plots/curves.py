"""Curves of training."""

import io
from collections.abc import Mapping, Sequence

from keras_sep.plots._matplotlib import matplotlib_or_error


def curves_svg(
    curves: Mapping[str, Sequence[float]],
    x: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    x_label: str = "epoch",
    y_label: str = "loss",
    logarithmic: bool = True,
    size_inches: tuple[float, float] = (7.2, 2.8),
) -> str:
    """Plot curves over a common axis, as an SVG whose text stays text.

    Args:
        curves: Values of each curve by its name in the legend.
        x: Positions of the values, of all curves or of each by name. Default: 1, 2, 3, ...
        x_label: Label of the x axis. Default "epoch".
        y_label: Label of the y axis. Default "loss".
        logarithmic: Whether the y axis is logarithmic. Default True.
        size_inches: Width and height in inches. Default (7.2, 2.8).
    """
    matplotlib_or_error()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "keras_sep", "font.size": 10}):
        figure = Figure(figsize=size_inches, layout="constrained")
        axes = figure.add_subplot()
        for (name, values), colour in zip(curves.items(), _colours(len(curves)), strict=True):
            given = x[name] if isinstance(x, Mapping) else x
            places = range(1, len(values) + 1) if given is None else given
            marker = "o" if len(values) < 12 else None
            axes.plot(places, values, label=name, color=colour, marker=marker, markersize=4)
        if logarithmic:
            axes.set_yscale("log")
        axes.set(xlabel=x_label, ylabel=y_label)
        axes.grid(True, which="both", color="#d9d9e0", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        if len(curves) > 1:
            axes.legend(frameon=False)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]  # without the XML prologue, so that HTML can hold it


def _colours(count: int) -> list[str]:
    """Colours that differ for all kinds of colour vision (Okabe and Ito)."""
    palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
    return [palette[index % len(palette)] for index in range(count)]
