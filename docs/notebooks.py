"""Makes Jupyter notebooks of the tutorial's pages, for Jupyter and Colab.

    python docs/notebooks.py FOLDER

The pages in docs/tutorial are their source, in jupytext's Markdown format. A notebook has no
outputs: what a page shows as printed is left out, since running the cell prints it. Pictures are
inside.
"""

import base64
import re
import sys
from pathlib import Path

import jupytext
from nbformat import NotebookNode

PAGES = Path(__file__).parent / "tutorial"
PRINTED = re.compile(r"^```text\n.*?^```\n", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"(!\[[^\]]*\])\((\.\./images/([\w.]+))\)")
PAGE = re.compile(r"\]\((\d[\w-]+)\.md\)")
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


def notebook(path: Path) -> NotebookNode:
    """The notebook of a page."""
    text = PRINTED.sub("", path.read_text(encoding="utf-8"))
    made = jupytext.reads(PAGE.sub(r"](\1.ipynb)", text), fmt="md")
    for place, cell in enumerate(made.cells):
        cell["id"] = f"cell-{place}"  # the same file whenever it is made
        if cell.cell_type != "markdown":
            continue
        for _, link, name in PICTURE.findall(cell.source):
            content = base64.b64encode((path.parent / link).read_bytes()).decode()
            cell.setdefault("attachments", {})[name] = {KINDS[Path(name).suffix]: content}
        cell.source = PICTURE.sub(r"\1(attachment:\3)", cell.source)
    return made


def main(out: str) -> None:
    """Write all notebooks into a folder."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(PAGES.glob("[0-9]*.md")):
        written = folder / f"{path.stem}.ipynb"
        jupytext.write(notebook(path), written, fmt="ipynb")
        print(written)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
