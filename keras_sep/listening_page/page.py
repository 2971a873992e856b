"""The listening page, made of sections of sounds, tables and curves."""

import contextlib
import html
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from keras_sep._hidden_folder import hidden_folder
from keras_sep._printable import printable
from keras_sep._whole_files import replace_whole, writing
from keras_sep.listening_page._lane import PIECE_SECONDS, PIECES_PER_SCRIPT, Lane
from keras_sep.listening_page.clip import Clip
from keras_sep.listening_page.player import VIEWS, player_html

MOST_BYTES = 20_000_000

_BIT_RATES_KBPS = (192, 160, 128, 112, 96, 80, 64)  # of stereo
_BESIDE_KBPS = 128
_PICTURE_BYTES = 100_000
_PAGE_BYTES = 100_000  # all that is neither sound nor picture
_THREADS = 2


@dataclass(frozen=True)
class Table:
    """Table of scores.

    Args:
        caption: Text above the table.
        columns: Names of the columns.
        rows: Cells of each row.
        summary: Number of rows at the end that sum up those above. Default 1.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    summary: int = 1

    def to_html(self) -> str:
        mark = ' class="summary"'
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        body = "".join(
            f"<tr{mark if place >= len(self.rows) - self.summary else ''}>"
            f'<th scope="row">{html.escape(row[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for place, row in enumerate(self.rows)
        )
        caption = html.escape(self.caption)
        return (
            f'<div class="card"><p>{caption}</p><div class="scroll" tabindex="0" role="region" '
            f'aria-label="{caption}"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>"
        )


@dataclass(frozen=True)
class Section:
    """Section of a page; everything except the heading is optional.

    Args:
        title: Heading.
        text: Text under the heading.
        clips: Sounds of a mixer, which plays them in step.
        table: Table of scores, below the sounds.
        curve_svg: Picture of curves, as from `keras_sep.plots.curves_svg`.
        facts: Pairs of names and values.
        code: Text of a file, shown as it is.
    """

    title: str
    text: str = ""
    clips: Sequence[Clip] = ()
    table: Table | None = None
    curve_svg: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    code: str = ""

    def to_html(self, lanes: Sequence[Lane], peak: float) -> str:
        parts = [f"<section><h2>{html.escape(self.title)}</h2>"]
        if self.text:
            parts.append(f"<p>{html.escape(self.text)}</p>")
        if lanes:
            parts.append(_mixer(self.title, lanes, peak))
        if self.table is not None:
            parts.append(self.table.to_html())
        if self.curve_svg:
            parts.append(
                '<div class="card curve" tabindex="0" role="region" '
                f'aria-label="Curves: {html.escape(self.title)}">{self.curve_svg}</div>'
            )
        if self.facts:
            pairs = "".join(
                f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
                for name, value in self.facts.items()
            )
            parts.append(f'<div class="card"><dl>{pairs}</dl></div>')
        if self.code:
            parts.append(
                f'<div class="card scroll" tabindex="0" role="region" '
                f'aria-label="{html.escape(self.title)}"><pre>{html.escape(self.code)}</pre></div>'
            )
        return "".join([*parts, "</section>"])


def _mixer(title: str, lanes: Sequence[Lane], peak: float) -> str:
    by_label = {lane.clip.label: lane for lane in lanes}
    wholes = [by_label.get(lane.clip.part_of) for lane in lanes]
    rows = "".join(
        lane.to_html(title, key, peak, whole)
        for key, (lane, whole) in enumerate(zip(lanes, wholes, strict=True), start=1)
    )
    views = [view for view in VIEWS if view != "mask" or 'class="mask"' in rows]
    return player_html(title, max(lane.seconds for lane in lanes), rows, views)


def write_page(
    path: str | Path,
    title: str,
    text: str,
    sections: Sequence[Section],
    footer: str = "",
    most_bytes: int = MOST_BYTES,
) -> Path:
    """Write a page as one HTML file that needs nothing else, unless its sounds are too long.

    The sounds are MP3 of at most 192 kbit/s, of fewer where the page would be larger than
    `most_bytes`. Where 64 kbit/s would be too many, they are in a folder beside the page,
    `<name>_audio`, which has to stay there.

    Args:
        path: Path of the file, which is written complete or not at all.
        title: Heading of the page.
        text: Text under the heading.
        sections: Sections of the page. All pictures share one colour scale, set by the loudest
            sound.
        footer: Last line. Default "".
        most_bytes: Largest size of a page that holds its sounds. Default 20 million.

    Returns:
        `path`.

    Raises:
        ValueError: If the page cannot be written, or a sound cannot be read.

    Example:

    >>> import tempfile
    >>> clip = Clip("noise", np.random.default_rng(0).uniform(-0.5, 0.5, (8000, 1)), 8000)
    >>> section = Section("A second of noise", clips=[clip])
    >>> write_page(tempfile.mkdtemp() + "/listen.html", "Noise", "", [section]).name
    'listen.html'
    """
    path = Path(path)
    numbers = iter(range(sum(len(section.clips) for section in sections)))
    lanes = [[Lane(next(numbers), clip) for clip in section.clips] for section in sections]
    every = [lane for some in lanes for lane in some]
    bit_rate = _bit_rate_kbps(every, most_bytes)
    beside = path.with_name(f"{path.stem}_audio")
    _require_own(beside)
    with writing(path), hidden_folder(path.parent) as hidden:
        scripts: dict[str, str] = {}

        def store(name: str, script: str) -> None:
            if bit_rate:
                scripts[name] = script
            else:
                (hidden / name).write_text(script, encoding="ascii")

        with ThreadPoolExecutor(_THREADS) as pool:  # encoding lets go of Python's lock
            rate = bit_rate or _BESIDE_KBPS
            contexts = [copy_context() for _ in every]  # in which damage may be accepted
            list(pool.map(lambda lane, own: own.run(lane.render, rate, store), every, contexts))

        peak = max([0.0, *(lane.peak for lane in every)])
        body = [section.to_html(some, peak) for section, some in zip(sections, lanes, strict=True)]
        document = _document(title, text, body, footer, quote(os.fsencode(beside.name)), scripts)
        shutil.rmtree(beside, ignore_errors=True)
        if not bit_rate:
            beside.mkdir()
            for script in hidden.glob("*.js"):
                script.replace(beside / script.name)
        replace_whole(path, lambda partial: partial.write_text("".join(document), encoding="utf-8"))
    return path


def _bit_rate_kbps(lanes: Sequence[Lane], most_bytes: int) -> int | None:
    """The highest bit rate with which all sounds fit into the page; None if none does."""
    room = most_bytes - _PAGE_BYTES - _PICTURE_BYTES * len(lanes)
    seconds = sum(lane.encoded_seconds for lane in lanes)
    fitting = (rate for rate in _BIT_RATES_KBPS if rate * 125 * seconds * 4 / 3 <= room)
    return next(fitting, None)


def _require_own(beside: Path) -> None:
    """Raise if a folder of sounds holds anything that no page has put there."""
    with contextlib.suppress(FileNotFoundError):
        if any(item.suffix != ".js" for item in beside.iterdir()):
            raise ValueError(
                f"{printable(beside)}: a page's sounds would replace this folder, which holds "
                "something else; move it, or choose another folder for the page"
            )


def _document(
    title: str,
    text: str,
    sections: Sequence[str],
    footer: str,
    folder: str,
    scripts: Mapping[str, str],
) -> Iterator[str]:
    style = _packaged("page.css")
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head>"
        f'<body data-audio="{html.escape(folder)}" data-piece-seconds="{PIECE_SECONDS}" '
        f'data-pieces-per-script="{PIECES_PER_SCRIPT}"><main>'
        f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
    )
    if any('class="card mixer"' in section for section in sections):
        yield (
            '<p class="keys"><kbd>Space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> move by '
            "5 seconds. In a player <kbd>↑</kbd> <kbd>↓</kbd> go to another sound, which "
            "<kbd>S</kbd> plays alone and <kbd>M</kbd> mutes; <kbd>1</kbd> to <kbd>9</kbd> play "
            "one alone, <kbd>0</kbd> all again, <kbd>Shift</kbd> and a number mutes.</p>"
            "<noscript><p>The players of this page need JavaScript.</p></noscript>"
        )
    yield from sections
    yield f"<footer>{html.escape(footer)}</footer></main>"
    if any('class="card mixer"' in section for section in sections):
        yield f"<script>{_packaged('sounds.js')}</script>"
        for script in scripts.values():
            yield f"<script>{script}</script>"
        # one script, as a page that is opened as a file may import none
        yield f'<script type="module">{_packaged("player.js")}{_packaged("page.js")}</script>'
    yield "</body></html>\n"


def _packaged(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
