"""Makes Jupyter notebooks of the tutorial's pages, for Jupyter and Colab.

    python docs/notebooks.py FOLDER [--execute] [--only PAGE...]

The pages in docs/tutorial are their source, in jupytext's Markdown format. What a page shows as
printed is left out, since running the cell prints it. Pictures are inside. A notebook has no
outputs, unless `--execute` runs it in a kernel of Jupyter: then it has what its cells print, draw
and play.
"""

import argparse
import base64
import re
import sys
import tempfile
from pathlib import Path

import jupytext
from nbformat import NotebookNode

PAGES = Path(__file__).parent / "tutorial"
PRINTED = re.compile(r"^```text\n.*?^```\n", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"(!\[[^\]]*\])\((\.\./images/([\w.]+))\)")
PAGE = re.compile(r"\]\((\d[\w-]+)\.md\)")
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
SECONDS = 600  # that a cell may take


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


def text(name: str) -> str:
    """The file of a page's notebook that has not been run."""
    return jupytext.writes(notebook(PAGES / f"{name}.md"), fmt="ipynb")


def execute(made: NotebookNode) -> None:
    """Run all cells from the first to the last, and keep what they print, draw and play.

    Raises:
        ValueError: If a cell fails, takes too long or ends the kernel.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    with tempfile.TemporaryDirectory() as folder:  # for what they write
        place = {"metadata": {"path": folder}}
        client = NotebookClient(made, timeout=SECONDS, resources=place)
        try:
            client.execute()
        except (CellControlSignal, DeadKernelError) as error:
            raise ValueError(str(error)) from None
    for cell in made.cells:  # without the warnings of libraries
        if cell.cell_type == "code":
            cell.outputs = [x for x in cell.outputs if x.get("name") != "stderr"]


def main(arguments: list[str]) -> None:
    """Write all notebooks into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--execute", action="store_true", help="run them, and keep their outputs")
    pages = {path.stem: path for path in sorted(PAGES.glob("[0-9]*.md"))}
    parser.add_argument("--only", nargs="+", metavar="PAGE", choices=pages, default=[*pages])
    args = parser.parse_args(arguments)
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.only:
        made = notebook(pages[name])
        if args.execute:
            try:
                execute(made)
            except ValueError as error:
                sys.exit(f"{pages[name]}: {error}")
        written = args.folder / f"{name}.ipynb"
        jupytext.write(made, written, fmt="ipynb")
        print(written)


if __name__ == "__main__":
    main(sys.argv[1:])
