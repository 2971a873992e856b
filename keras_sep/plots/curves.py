"""Curves of training."""

import html
import math
from collections.abc import Iterable, Mapping, Sequence

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 26, 40  # pixels around the axes
_PIXELS_PER_INCH = 100
# colours that differ for all kinds of colour vision (Okabe and Ito)
_PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def curves_svg(
    curves: Mapping[str, Sequence[float]],
    x: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    x_label: str = "epoch",
    y_label: str = "loss",
    logarithmic: bool = True,
    size_inches: tuple[float, float] = (7.2, 2.8),
) -> str:
    """Plot curves over a common axis, as an SVG whose text stays text, in the colour around it.

    Args:
        curves: Values of each curve by its name in the legend. Those that are NaN or infinite, or
            that a logarithm cannot show, are left out.
        x: Positions of the values, of all curves or of each by name. Default: 1, 2, 3, ...
        x_label: Label of the x axis. Default "epoch".
        y_label: Label of the y axis. Default "loss".
        logarithmic: Whether the y axis is logarithmic. Default True.
        size_inches: Width and height in inches, of 100 pixels. Default (7.2, 2.8).

    Example:

    >>> keras_sep.plots.curves_svg({"training": [3.0, 2.0], "validation": [3.1, 2.4]})[:4]
    '<svg'
    """
    points = {name: _points(name, values, x, logarithmic) for name, values in curves.items()}
    shown = [point for line in points.values() for point in line] or [(1.0, 1.0)]
    width, height = (round(inches * _PIXELS_PER_INCH) for inches in size_inches)
    across = _Axis([place for place, _ in shown], _LEFT, width - _RIGHT)
    up = _Axis([value for _, value in shown], height - _BOTTOM, _TOP, logarithmic)

    parts = []
    for value in up.ticks():
        y = f"{up.pixel(value):.1f}"
        parts.append(
            f'<path d="M{_LEFT} {y}H{width - _RIGHT}" stroke="currentColor" opacity=".15"/>'
        )
        parts.append(_text(_LEFT - 6, f"{float(y) + 4:.1f}", f"{value:g}", "end"))
    for value in across.ticks():
        parts.append(_text(f"{across.pixel(value):.1f}", height - _BOTTOM + 18, f"{value:g}"))
    parts.append(_text((_LEFT + width - _RIGHT) / 2, height - 6, x_label))
    parts.append(_text(_LEFT - 6, 14, y_label, "end"))

    left = _LEFT + 8
    for place, (name, line) in enumerate(points.items()):
        colour = _PALETTE[place % len(_PALETTE)]
        pixels = [(f"{across.pixel(a):.1f}", f"{up.pixel(b):.1f}") for a, b in line]
        path = " ".join(f"{a},{b}" for a, b in pixels)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(line) < 12:
            parts += [f'<circle cx="{a}" cy="{b}" r="3" fill="{colour}"/>' for a, b in pixels]
        if len(points) > 1:
            parts.append(f'<path d="M{left} 10h18" stroke="{colour}" stroke-width="2"/>')
            parts.append(_text(left + 24, 14, name, "start"))
            left += 40 + 7 * len(name)
    label = html.escape(f"{y_label} over {x_label}: {', '.join(points)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{label}" fill="currentColor" '
        f'font-family="system-ui, sans-serif" font-size="12">{"".join(parts)}</svg>\n'
    )


class _Axis:
    """Scale from values to pixels, with a margin on both sides."""

    def __init__(self, values: Iterable[float], first: int, last: int, logarithmic: bool = False):
        self.logarithmic = logarithmic
        values = [*values]
        # between two epochs is nothing to mark
        self.least_step = 1 if all(float(value).is_integer() for value in values) else 0
        scaled = [self._scaled(value) for value in values]
        low, high = min(scaled), max(scaled)
        margin = 0.04 * (high - low) or 0.1
        self.low, self.high = low - margin, high + margin
        self.first, self.last = first, last

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def pixel(self, value: float) -> float:
        share = (self._scaled(value) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def ticks(self) -> list[float]:
        """Round values within the axis: some three to seven."""
        if not self.logarithmic:
            return _round_values(self.low, self.high, self.least_step)
        low, high = 10**self.low, 10**self.high
        if high < 5 * low:
            return _round_values(low, high)
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        factors = (1, 2, 5) if self.high - self.low < 2 else (1,)
        step = max(1, len(decades) // 6)
        ticks = [factor * 10.0**decade for decade in decades[::step] for factor in factors]
        return [value for value in ticks if low <= value <= high]


def _round_values(low: float, high: float, least_step: float = 0) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    round_steps = (factor * power for factor in (1, 2, 5, 10))
    step = max(least_step, next(step for step in round_steps if step >= rough))
    counts = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [round(count * step, 12) for count in counts]


def _points(
    name: str,
    values: Sequence[float],
    x: Sequence[float] | Mapping[str, Sequence[float]] | None,
    logarithmic: bool,
) -> list[tuple[float, float]]:
    given = x[name] if isinstance(x, Mapping) else x
    places = range(1, len(values) + 1) if given is None else given
    return [
        (float(place), float(value))
        for place, value in zip(places, values, strict=True)
        if math.isfinite(value) and (value > 0 or not logarithmic)
    ]


def _text(x: object, y: object, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{html.escape(text)}</text>'
