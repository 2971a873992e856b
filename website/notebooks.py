"""Notebooks of the tutorial, to download from its pages, and their sounds.

Each page offers its notebook. Where `make notebooks` has run it, the notebook has its outputs, and
the page a player below every cell that plays.
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
        path = FOLDER / f"{page}.ipynb"
        if not path.is_file():
            not_run.append(page)
            found[f"tutorial/{path.name}"] = _script().text(page).encode()
            continue
        found[f"tutorial/{path.name}"] = path.read_bytes()
        for place, sound in enumerate(_sounds(path).values()):
            found[f"tutorial/{page}-{place}.wav"] = sound
    if not_run:
        LOG.info("Without sounds, until `make notebooks` runs them: %s", ", ".join(not_run))
    return found


def with_sounds(markdown, page):
    """A page of the tutorial with its notebook to download, and a player below each sound."""
    if page not in _pages():
        return markdown
    path = FOLDER / f"{page}.ipynb"
    played = [*_sounds(path)] if path.is_file() else []

    def with_player(cell):
        if cell[1] not in played:
            return cell[0]
        name = f"../{page}-{played.index(cell[1])}.wav"  # a page is a folder of its own
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


def _sounds(path):
    """From the code of each cell that plays to its WAV file."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = {}
    for cell in cells:
        for output in cell.get("outputs", ()):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if sound := SOUND.search(html):
                found["".join(cell["source"])] = base64.b64decode(sound[1])
    return found
