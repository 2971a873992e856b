"""The listening page, made of sections of sounds, tables and curves."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from keras_sep._whole_files import replace_whole
from keras_sep.listening_page._style import CSS, SCRIPT
from keras_sep.listening_page.clip import Clip


@dataclass(frozen=True)
class Table:
    """Table of scores: column names, and rows of cells, of which the last is a summary."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def to_html(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        body = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        return (
            f'<div class="card scroll"><table><caption>{html.escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


@dataclass(frozen=True)
class Section:
    """Section of a page; everything except the heading is optional.

    Args:
        title: Heading.
        text: Text under the heading.
        clips: Sounds, side by side.
        table: Table of scores.
        curve_svg: Picture of curves, as from `keras_sep.plots.curves_svg`.
        facts: Pairs of names and values.
    """

    title: str
    text: str = ""
    clips: Sequence[Clip] = ()
    table: Table | None = None
    curve_svg: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_html(self, top_db: float) -> str:
        parts = [f"<section><h2>{html.escape(self.title)}</h2>"]
        if self.text:
            parts.append(f"<p>{html.escape(self.text)}</p>")
        if self.table is not None:
            parts.append(self.table.to_html())
        if self.clips:
            figures = "".join(clip.to_html(self.title, top_db) for clip in self.clips)
            parts.append(f'<div class="card clips">{figures}</div>')
        if self.curve_svg:
            parts.append(f'<div class="card curve">{self.curve_svg}</div>')
        if self.facts:
            pairs = "".join(
                f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
                for name, value in self.facts.items()
            )
            parts.append(f'<div class="card"><dl>{pairs}</dl></div>')
        return "".join([*parts, "</section>"])


def write_page(
    path: str | Path, title: str, text: str, sections: Sequence[Section], footer: str = ""
) -> Path:
    """Write a page as one self-contained HTML file.

    Args:
        path: Path of the file, which is written complete or not at all.
        title: Heading of the page.
        text: Text under the heading.
        sections: Sections of the page. All pictures share one colour scale, set by the loudest
            sound.
        footer: Last line. Default "".

    Returns:
        `path`.
    """
    peaks = [np.max(np.abs(clip.waveform)) for section in sections for clip in section.clips]
    top_db = float(20 * np.log10(max(*peaks, 1e-3))) - 10 if peaks else 0.0
    body = "".join(section.to_html(top_db) for section in sections)
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{html.escape(title)}</title><style>{CSS}</style></head><body><main>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>{body}"
        f"<footer>{html.escape(footer)}</footer></main><script>{SCRIPT}</script></body></html>\n"
    )
    path = Path(path)
    replace_whole(path, lambda partial: partial.write_text(document, encoding="utf-8"))
    return path
