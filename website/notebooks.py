"""Notebooks of the tutorial that `make notebooks` has run: to download, and their sounds.

Each of its pages offers its notebook, and has a player below every cell that plays. Where they
have not been run, the pages are as they stand in docs/tutorial.
"""

import base64
import json
import re
from pathlib import Path

FOLDER = Path(__file__).with_name("executed")
CELL = re.compile(r"^```python\n(.*?)\n```\n", re.MULTILINE | re.DOTALL)
SOUND = re.compile(r'src="data:audio/wav;base64,([^"]+)"')
PLAYER = '<audio controls preload="none" aria-label="What the code plays" src="{name}"></audio>'
OFFER = "[This page as a notebook]({name}.ipynb){{ .md-button download }}\n"


def files():
    """Name on the site, and content, of all notebooks and sounds."""
    found = {}
    for path in sorted(FOLDER.glob("*.ipynb")):
        found[f"tutorial/{path.name}"] = path.read_bytes()
        for place, sound in enumerate(_sounds(path).values()):
            found[f"tutorial/{path.stem}-{place}.wav"] = sound
    return found


def with_sounds(markdown, page):
    """A page of the tutorial with its notebook to download, and a player below each sound."""
    path = FOLDER / f"{page}.ipynb"
    if not path.is_file():
        return markdown
    played = [*_sounds(path)]

    def with_player(cell):
        if cell[1] not in played:
            return cell[0]
        name = f"../{page}-{played.index(cell[1])}.wav"  # a page is a folder of its own
        return f"{cell[0]}\n{PLAYER.format(name=name)}\n"

    title, _, rest = CELL.sub(with_player, markdown).partition("\n\n")
    return f"{title}\n\n{OFFER.format(name=page)}\n{rest}"


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
