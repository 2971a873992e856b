"""What a checkpoint of somebody else's program is, and how it becomes a separator."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep import convert
from keras_sep._brief import brief, one_line
from keras_sep.commands._facts import Facts
from keras_sep.commands._info_separator import separator_facts
from keras_sep.pretrained import published_files

_MOST_SAID = 40
# what to write behind an option that a message names
_OPTIONS = {"--sources": "NAME NAME", "--sample-rate": "HZ", "--model": "NAME"}


def checkpoint_facts(path: Path) -> Facts:
    """Facts of a checkpoint, given its file or folder, found out by converting it in memory."""
    files = convert.checkpoint_files(path)
    read = [convert.read_published(file) for file in files]
    known = published_files(files)
    facts: Facts = {
        "kind": "a checkpoint of TensorFlow" if convert.index_of(path) else "a checkpoint",
        "files": [file.name for file in files] if len(files) > 1 else None,
        "published_as": known and known.preset.name,
        "tensors": sum(len(tensors) for tensors, _ in read),
        "numbers": sum(int(np.size(one)) for tensors, _ in read for one in tensors.values()),
        "of_the_class": read[0][1].network,
        "says": _said(read[0][1].named),
    }
    command = f"keras-sep convert {shlex.quote(str(path))}"
    try:
        separator = convert.from_checkpoint(files, **(known.facts if known else {}))
    except ValueError as error:
        options = re.findall(r"\((--[a-z-]+)\)", str(error))
        facts["network"] = convert.recognise(read[0][0]) or "not one that `keras-sep convert` reads"
        facts["converts"] = f"not as it is: {one_line(error, 400)}"
        if options:
            wanted = " ".join(f"{one} {_OPTIONS.get(one, 'VALUE')}" for one in options)
            facts["next"] = f"{command} {wanted}"
        return facts
    facts |= separator_facts(separator)
    facts["next"] = command
    if known is not None and known.whole:
        facts["next"] = (command, f"keras-sep separate song.mp3 --model {known.preset.name}")
    return facts


def _said(named: Mapping[str, Any]) -> str | None:
    """Arguments as the file records them, shortened."""
    said = [f"{name}={brief(value)}" for name, value in [*named.items()][:_MOST_SAID]]
    return ", ".join(said) or None
