"""Notebooks of the tutorial, to download from its pages, and their sounds.

Each page offers its notebook. Where `make notebooks` has run it as it stands, the notebook has its
outputs, and the page a player below every cell that plays.
"""

import base64
import functools
import importlib.util
import json
import logging
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = Path(__file__).with_name("executed")
LOG = logging.getLogger("mkdocs.website.notebooks")
CELL = re.compile(r"^```python\n(.*?)\n```\n", re.MULTILINE | re.DOTALL)
SOUND = re.compile(r'src="data:audio/wav;base64,([^"]+)"')
PLAYER = '<audio controls preload="metadata" aria-label="What the code plays" src="{name}"></audio>'
OFFER = '[This page as a notebook]({name}.ipynb){{ .md-button download="{name}.ipynb" }}\n'


def files():
    """Name on the site, and content, of all notebooks and sounds."""
    found, not_run = {}, []
    for page in _pages():
        executed = _executed(page)
        if executed is None:
            not_run.append(page)
        found[f"tutorial/{page}.ipynb"] = (executed or _script().text(page)).encode()
        for place, sound in enumerate(_sounds(executed).values()):
            found[f"tutorial/{page}-{place}.wav"] = sound
    if not_run:
        LOG.info("Without sounds, until `make notebooks` runs them: %s", ", ".join(not_run))
    return found


def with_sounds(markdown, page):
    """A page of the tutorial with its notebook to download, and a player below each sound."""
    if page not in _pages():
        return markdown
    played = [*_sounds(_executed(page))]

    def with_player(cell):
        if cell[1] not in played:
            return cell[0]
        name = f"../{page}-{played.index(cell[1])}.wav"  # a page is its own folder
        return f"{cell[0]}\n{PLAYER.format(name=name)}\n"

    title, _, rest = CELL.sub(with_player, markdown).partition("\n\n")
    return f"{title}\n\n{OFFER.format(name=page)}\n{rest}"


def _pages():
    return [path.stem for path in sorted(DOCS.glob("tutorial/[0-9]*.md"))]


@functools.cache
def _script():
    spec = importlib.util.spec_from_file_location("docs_notebooks", DOCS / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _executed(page):
    """The notebook of a page with its outputs; None where it was not run since the page changed."""
    path = FOLDER / f"{page}.ipynb"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    sources = [[cell["source"] for cell in _cells(made)] for made in (text, _script().text(page))]
    return text if sources[0] == sources[1] else None


def _cells(text):
    return json.loads(text)["cells"]


def _sounds(text):
    """From the code of each cell that plays to its WAV file."""
    found = {}
    for cell in _cells(text) if text else ():
        for output in cell.get("outputs", ()):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if sound := SOUND.search(html):
                found["".join(cell["source"])] = base64.b64decode(sound[1])
    return found
