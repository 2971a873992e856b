"""What MkDocs calls: pages from all over the repository, the navigation, and a check of the end.

Pages lie where they are read on their own, beside what they are about. `SOURCES` says where on the
site they go, and `links.py` turns links between them. Pages that are no file are written: of the
API by `api.py`, of commands by `commands.py`; `models.py` adds to the cards of models.
"""

import fnmatch
import re
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from website import api, commands, links, models, notebooks, sounds

ROOT = Path(__file__).resolve().parents[1]
# from a pattern in the repository to the folder, or page, of the site
SOURCES = {
    "README.md": "index.md",
    "CHANGELOG.md": "project/changelog.md",
    "ROADMAP.md": "project/roadmap.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CODE_OF_CONDUCT.md": "project/code_of_conduct.md",
    "zoo/README.md": "models/index.md",
    "zoo/*.md": "models/",
    "zoo/curves/*": "models/curves/",
    "benchmarks/results/*.md": "benchmarks/",
    "website/style.css": "website/",
}
NAVIGATION: dict = {}  # as it stands in mkdocs.yml, to be filled in when the files are known


def on_config(config):
    NAVIGATION["entries"] = config.nav
    config.watch += [str(ROOT / name) for name in ("keras_sep", "zoo", "README.md", "website")]
    return config


def on_files(files, config):
    places = {f"docs/{file.src_uri}": file.src_uri for file in files}
    for pattern, target in SOURCES.items():
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            if name not in places:
                places[name] = target + path.name if target.endswith("/") else target
                files.append(_of_file(config, places[name], path))

    written = {"commands.md": commands.page(), **api.pages()}
    for name, text in written.items():
        files.append(File.generated(config, name, content=text))

    for name, content in {**notebooks.files(), **sounds.files()}.items():
        files.append(File.generated(config, name, content=content))

    listed = links.Links(ROOT, places, api.public_names(), api.sources())
    for name, text in listed.source_pages():
        files.append(File.generated(config, name, content=text))
    NAVIGATION["links"] = listed
    names = [file.src_uri for file in files.documentation_pages()]
    config.nav = _filled_in(NAVIGATION["entries"], names)
    return files


def _of_file(config, name, path):
    if path.suffix == ".md":
        return File.generated(config, name, content=path.read_text(encoding="utf-8"))
    return File.generated(config, name, abs_src_path=str(path))


def _filled_in(entries, pages):
    """The navigation with pages in the place of patterns."""
    named = set(_leaves(entries))

    def fill(entries):
        for entry in entries:
            if isinstance(entry, dict):
                ((title, inside),) = entry.items()
                inside = list(fill(inside)) if isinstance(inside, list) else inside
                if inside:
                    yield {title: inside}
            elif "*" in entry:
                deep = entry.count("/")
                yield from sorted(
                    page
                    for page in pages
                    if page not in named
                    and page.count("/") == deep
                    and fnmatch.fnmatch(page, entry)
                )
            else:
                yield entry

    return list(fill(entries))


def _leaves(entries):
    for entry in entries:
        if isinstance(entry, dict):
            (inside,) = entry.values()
            yield from _leaves(inside if isinstance(inside, list) else [inside])
        else:
            yield entry


def on_page_markdown(markdown, page, config, files):
    name = page.file.src_uri
    markdown = NAVIGATION["links"].turned(markdown, name)
    if re.fullmatch(r"models/(?!index)\w+\.md", name):
        markdown = models.with_facts(markdown, Path(name).stem, sounds.section(Path(name).stem))
    if name.startswith("tutorial/"):
        markdown = notebooks.with_sounds(markdown, Path(name).stem)
    return markdown


def on_post_build(config):
    wrong = links.broken(Path(config.site_dir))
    if wrong:
        raise PluginError("links that lead nowhere:\n" + "\n".join(wrong))
