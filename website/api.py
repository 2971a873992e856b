"""Pages of the API: one for each public package, with everything that it exports."""

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# in the order of the index
PACKAGES = {
    "keras_sep": "A network with its front end and post-filter, from waveform to stems",
    "keras_sep.zoo": "Networks of the literature, one builder each",
    "keras_sep.layers": "Keras layers",
    "keras_sep.losses": "Keras losses",
    "keras_sep.ops": "Tensor functions",
    "keras_sep.data": "Audio files to `tf.data`",
    "keras_sep.data.augmentations": "Augmentations of stems",
    "keras_sep.training": "From a recipe to a trained separator",
    "keras_sep.inference": "Files and arrays to stems",
    "keras_sep.streaming": "Causal networks, chunk by chunk",
    "keras_sep.metrics": "Scores",
    "keras_sep.pretrained": "Published weights by name",
    "keras_sep.convert": "Published checkpoints to networks of the zoo",
    "keras_sep.export": "Exports that run without Keras",
    "keras_sep.client": "Client of a TensorFlow Serving server",
    "keras_sep.beam": "Catalogues, with Apache Beam",
    "keras_sep.plots": "Plots",
    "keras_sep.listening_page": "Pages with players",
    "keras_sep.app": "The web app",
    "keras_sep.testing": "Tests for your own layers, losses and networks",
}
# public as modules, but all that they have is in `keras_sep.data`, or in a command
WITHIN = {f"keras_sep.data.{name}" for name in ("audio", "layouts", "pipelines", "shards")} | {
    "keras_sep.data.synthetic",
    "keras_sep.commands",
}
INTRODUCTION = """# API

Everything that is public, from the docstrings. Import names from the package that a page is about:
`from keras_sep.layers import STFT`.

| | |
|---|---|
"""


def place(package):
    """The page of a package."""
    return f"api/{package.removeprefix('keras_sep').lstrip('.') or 'keras_sep'}.md"


@functools.cache
def exported(package):
    """Names that a package exports, each with its file and line.

    These are the names in `__all__`, and those that are imported `as` themselves. Packages and
    modules among them are left out: they have pages of their own.
    """
    tree = _tree(_face(package))
    listed = [ast.literal_eval(value) for name, value in _constants(tree) if name == "__all__"]
    again = [alias.name for _, alias in _imports(tree) if alias.asname == alias.name]
    names = [*(listed[0] if listed else []), *sorted(again)]
    places = {name: defined(_face(package), name) for name in names}
    return {name: place for name, place in places.items() if place}


def public_names():
    """From every public name to its page."""
    return {
        f"{package}.{name}": place(package) for package in PACKAGES for name in exported(package)
    }


def sources():
    """Files in which something public is defined."""
    places = [place for package in PACKAGES for place in exported(package).values()]
    return {str(path.relative_to(ROOT)) for path, _ in places}


def defined(path, name):
    """File and line of what a module calls by a name; None for a module."""
    tree = _tree(path)
    for node in tree.body:
        own = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        if own or any(constant == name for constant, _ in _constants([node])):
            return path, node.lineno
    for module, alias in _imports(tree):
        if (alias.asname or alias.name) == name:
            folder = ROOT.joinpath(*module.split("."))
            file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
            return None if file == path else defined(file, alias.name)
    return None


def _face(package):
    return ROOT.joinpath(*package.split("."), "__init__.py")


@functools.cache
def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _constants(tree):
    for node in getattr(tree, "body", tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield getattr(target, "id", None), node.value


def _imports(tree):
    """Modules of keras_sep and what is imported of each, also where only type checkers look."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_sep"):
            for alias in node.names:
                yield node.module, alias


def pages():
    """Path and text of each page."""
    rows = [
        f"| [`{package}`]({Path(place(package)).name}) | {text} |\n"
        for package, text in PACKAGES.items()
    ]
    texts = {"api/index.md": INTRODUCTION + "".join(rows)}
    for package in PACKAGES:
        texts[place(package)] = "\n".join(_page(package))
    return texts


def _page(package):
    yield f"# {package}\n"
    yield f"{ast.get_docstring(_tree(_face(package)))}\n"
    names = sorted(exported(package), key=lambda name: (_kind(name), name.lower()))
    yield " · ".join(f"[`{name}`](#{package}.{name})" for name in names) + "\n"
    for name in names:
        path, line = exported(package)[name]
        path = path.relative_to(ROOT)
        yield f"::: {package}.{name}\n"
        address = f"../../source/{path}/#__codelineno-0-{line}"  # which MkDocs does not know
        yield f'<a class="source" href="{address}">{path}, line {line}</a>\n'


def _kind(name):
    """Classes, then functions, then constants."""
    return 2 if name.isupper() and len(name) > 6 else 0 if name[0].isupper() else 1
