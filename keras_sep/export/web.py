"""A `Separator` as a page that separates sound in the browser."""

import json
import os
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from keras_sep._extras import require_extra
from keras_sep._printable import printable
from keras_sep._served_facts import KEY
from keras_sep._whole_files import writing
from keras_sep.export._onnxruntime_web import FILES, onnxruntime_web
from keras_sep.export._whole_folder import whole_folder
from keras_sep.export.onnx import onnx
from keras_sep.listening_page import lane_html, player_html, waveform_html
from keras_sep.separator import Separator

MODEL, FACTS = "model.onnx", "model.json"
# whose names and sounds the page fills in
_PLAYER = player_html("the song", 0, '<div id="lanes"></div>', ("spectrogram", "waveform"))
_LANE = lane_html(
    "",
    "",
    '<canvas class="spectrogram" width="720" height="180" role="img"></canvas>'
    + waveform_html("", ""),
    more='<button type="button" class="save">Save</button>',
)


def web(
    separator: Separator,
    folder: str | os.PathLike,
    overwrite: bool = False,
    stems: Any = None,
    weights: str = "float32",
) -> Path:
    """Write a separator as a page that separates audio in the visitor's browser.

    A file that is dropped onto the page is decoded by the browser, separated block by block with
    onnxruntime-web in its own thread, played with its stems in step, and saved as WAV. Nothing
    is sent anywhere: any server of static files will do, also without a network. See
    docs/browser.md.

    onnxruntime-web (MIT license) is fetched once, by npm, and kept beside the published weights.

    Args:
        separator: Separator to export, new or loaded from a `.keras` file.
        folder: Path of the folder to write.
        overwrite: Whether to replace an existing folder instead of raising; one that was not
            written by this function never is. Default False.
        stems: Names of the stems that the page makes, or mapping from the name of each to gains,
            as for `inference.separate_file`. None for every source. Default None.
        weights: Number format of the weights in the file, as for `keras_sep.export.onnx`: visitors
            load half as much with "float16". Default "float32".

    Returns:
        The folder, which holds `index.html` with its scripts and styles, `model.onnx`, what
        `model.json` says of it (sample rate, channels, names of the stems, blocks, licence), and
        onnxruntime-web.

    Raises:
        ValueError: If onnxruntime-web is not there and npm cannot fetch it, or if ONNX Runtime does
            not give what Keras gives; then no folder is written.
        ImportError: If a package is missing: `pip install 'keras_sep[onnx]'`.

    Example::

        separator = keras_sep.Separator.from_preset("spleeter_2stems")
        keras_sep.export.web(separator, "page", weights="float16")
        # python -m http.server --directory page
    """
    final = Path(folder)
    sources = _sources()
    if overwrite and final.is_dir():
        _require_own(final, {*sources, *FILES, MODEL, FACTS})
    exists = FileExistsError(
        f"{printable(folder)}: this folder already exists; replace it with --overwrite (in Python "
        "`overwrite=True`)"
    )
    with whole_folder(final, overwrite, exists) as filled:
        runtime = onnxruntime_web()
        model = onnx(separator, filled / MODEL, stems=stems, weights=weights)
        facts = {**_described(model), "model": MODEL, "bytes": model.stat().st_size}
        with writing(final):
            text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
            (filled / FACTS).write_text(text, encoding="utf-8")
            for name, content in sources.items():
                (filled / name).write_bytes(content)
            for name, path in runtime.items():
                shutil.copyfile(path, filled / name)
    return final


def _described(model: Path) -> dict[str, Any]:
    """What an ONNX file says of itself, which onnxruntime-web does not pass on."""
    loaded = require_extra("A page for browsers", "onnx", "onnx").load(model)
    return json.loads({item.key: item.value for item in loaded.metadata_props}[KEY])


def _sources() -> dict[str, bytes]:
    """The files of the page, by name; what all pages share is that of the listening page."""
    page = resources.files("keras_sep.export") / "web_page"
    shared = resources.files("keras_sep.listening_page")
    files = [*page.iterdir(), shared / "page.css", shared / "player.js"]
    sources = {file.name: file.read_bytes() for file in files}
    index = sources["index.html"].decode()
    for place, markup in (("<!-- player -->", _PLAYER), ("<!-- lane -->", _LANE)):
        index = index.replace(place, markup)
    return sources | {"index.html": index.encode()}


def _require_own(folder: Path, names: set[str]) -> None:
    """Raise a `FileExistsError` unless there is nothing but a page in a folder."""
    for item in folder.iterdir():
        if item.name not in names or item.is_dir():
            raise FileExistsError(
                f"{printable(folder)}: not replaced, as it holds more than a page of keras_sep: "
                f"{printable(item.name)}"
            )
