"""A separator as a folder to hand on."""

from pathlib import Path
from typing import Any

from keras_sep._whole_files import replace_whole, writing
from keras_sep.pretrained.model_file import MODEL

CARD = "README.md"


def save_to_preset(separator: Any, folder: str | Path) -> None:
    """Write a separator and a card into a folder: see `Separator.save_to_preset`.

    A card that is there already stays as it is.
    """
    folder = Path(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    replace_whole(folder / MODEL, separator.save)
    if not (folder / CARD).exists():
        text = _card(separator)
        replace_whole(folder / CARD, lambda path: path.write_text(text, encoding="utf-8"))


def _card(separator: Any) -> str:
    sources = ", ".join(separator.source_names)
    return (
        "---\nlibrary_name: keras_sep\ntags: [audio-source-separation]\n---\n\n"
        f"A separator of {sources} at {separator.sample_rate_hz} Hz, made with keras_sep.\n\n"
        f"Licence of the weights: {separator.license or 'not stated'}.\n\n"
        "```python\n"
        "import keras_sep\n\n"
        'separator = keras_sep.Separator.from_preset("hf://user/repository")\n'
        "```\n"
    )
