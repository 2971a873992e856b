"""Links between files of the repository as links between pages of the site."""

import html
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

CODE = re.compile(r"^( *)(```|~~~).*?^\1\2", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[((?:[^][]|\[[^]]*\])*)\]\(([^()\s]+)\)")
NAME = re.compile(rf"{LINK.pattern}|`(keras_sep(?:\.\w+)+)((?:\([^`\n]*\))?)`")
HEADING = re.compile(r"(?m)^(#.*)$")
LIST = re.compile(r"^(?=[^\s|>#-])(.+)\n(?=(?:[-*]|\d+\.) )", re.MULTILINE)
LANGUAGES = {".py": "python", ".yaml": "yaml", ".json": "json", ".sh": "bash", ".toml": "toml"}
HIDDEN = {"__pycache__", "README.md"}


class Links:
    """Where every file of the repository is on the site.

    Args:
        root: Folder of the repository.
        places: From path in the repository to path of the page or picture on the site.
        names: Public names, such as "keras_sep.layers.STFT", from each to its page.
        sources: Files, by path in the repository, that get a page also where nothing links to them.
    """

    def __init__(self, root, places, names, sources):
        self.root, self.places, self.names = root, places, names
        self.sources = {page: name for name, page in places.items()}
        self.files = sorted(self._linked_sources() | sources)
        for name in self.files:
            folder = (root / name).is_dir()
            places[name] = f"source/{name}/index.md" if folder else f"source/{name}.md"

    def _linked_sources(self):
        """Files and folders that pages link to, and that are not pages."""
        found = set()
        for name in [name for name in self.places if name.endswith(".md")]:
            text = CODE.sub("", (self.root / name).read_text(encoding="utf-8"))
            for _, label, target in LINK.findall(text):
                path = self._path(name, target)
                if path in self.places or not path or not (self.root / path).exists():
                    continue
                if not self._public(path, label):
                    found.add(path)
        for name in list(found):
            folder = self.root / name
            if folder.is_dir():
                found |= {f"{name}/{path.name}" for path in _files(folder)} - self.places.keys()
        return found

    def source_pages(self):
        """Path and text of a page for each of those."""
        for name in self.files:
            path = self.root / name
            if path.is_dir():
                rows = [f"- [`{file.name}`]({file.name})" for file in _files(path)]
                text = "\n".join(rows)
            else:
                code = path.read_text(encoding="utf-8")
                language = LANGUAGES.get(path.suffix, "text")
                text = f'````{language} linenums="1"\n{code}\n````'
            page = self.places[name]
            self.sources[page] = f"{name}/" if path.is_dir() else name
            yield page, f"---\nsearch: {{exclude: true}}\nhide: [toc]\n---\n# `{name}`\n\n{text}\n"

    def turned(self, markdown, page):
        """A page whose links lead to pages, and whose lists all are lists."""
        source = self.sources.get(page)
        if source is None or (page.startswith("source/") and not source.endswith("/")):
            return markdown
        parts, end = [], 0
        for code in CODE.finditer(markdown):
            parts += [self._prose(markdown[end : code.start()], source, page), code.group()]
            end = code.end()
        return "".join([*parts, self._prose(markdown[end:], source, page)])

    def _prose(self, text, source, page):
        text = LIST.sub(r"\1\n\n", text)
        parts = HEADING.split(text)
        for i, part in enumerate(parts):
            pattern = LINK if HEADING.match(part) else NAME
            parts[i] = pattern.sub(lambda found: self._link(found, source, page), part)
        return "".join(parts)

    def _link(self, link, source, page):
        picture, label, target = link.groups()[:3]
        if label is None:  # a name in code
            name = link[4]
            way = self._way(self.names[name], page, name) if name in self.names else None
            return f"[{link[0]}]({way})" if way else link[0]
        path = self._path(source, target)
        if path is None:
            return link.group()
        place, anchor = self.places.get(path), urlsplit(target).fragment
        public = None if picture else self._public(path, label)
        if public:
            place, anchor = self.names[public], public
        if place is None:
            return link.group()  # MkDocs says that it leads nowhere
        if label.strip("`") == target and path.endswith(".md"):  # pages have titles, not paths
            label = self._title(path)
        return f"{picture}[{label}]({self._way(place, page, anchor)})"

    def _title(self, path):
        text = (self.root / path).read_text(encoding="utf-8")
        return re.search(r"(?m)^# (.+)$", text)[1]

    def _way(self, place, page, anchor):
        way = posixpath.relpath(place, posixpath.dirname(page) or ".")
        return f"{way}#{anchor}" if anchor else way

    def _path(self, source, target):
        """Path in the repository, or None for what is elsewhere or on the same page."""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or not parts.path:
            return None
        folder = source if source.endswith("/") else posixpath.dirname(source)
        return posixpath.normpath(posixpath.join(folder, unquote(parts.path)))

    def _public(self, path, label):
        """The public name that a link to a module means."""
        found = re.fullmatch(r"keras_sep/(\w+)(?:/\w+)*\.py", path)
        name = f"keras_sep.{found[1]}.{label.strip('`')}" if found else None
        return name if name in self.names else None


def _files(folder):
    paths = (path for path in sorted(folder.iterdir()) if path.is_file())
    return [path for path in paths if path.name not in HIDDEN and not path.name.startswith(".")]


ADDRESS = re.compile(r'<[^>]+?\s(?:href|src)="?([^"\s>]*)"?[^>]*>')
NAMED = re.compile(r'\s(?:id|name)="?([^"\s>]+)"?')


def broken(site):
    """Links of a built site, with anchors, to pages or places in them that are not there."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    places = {path: set(NAMED.findall(text)) for path, text in texts.items()}
    wrong = []
    for path, text in texts.items():
        if path.name == "404.html":  # its links begin at the root of the site
            continue
        for address in sorted(set(ADDRESS.findall(text))):
            parts = urlsplit(html.unescape(address))
            if parts.scheme or parts.netloc or address.startswith("data:"):
                continue
            target = Path(posixpath.normpath(path.parent / unquote(parts.path)))
            if not parts.path:
                target = path
            elif target.is_dir():
                target /= "index.html"
            anchor = unquote(parts.fragment)
            if not target.exists() or (
                anchor and target in places and anchor not in places[target]
            ):
                wrong.append(f"{path.relative_to(site)}: {address}")
    return wrong
