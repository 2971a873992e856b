"""What is known of the stems in a folder: a file beside them, and a line of the manifest."""

import dataclasses
import json
from typing import Any

from keras_sep.beam import _files
from keras_sep.beam._files import Status
from keras_sep.beam._model import Model
from keras_sep.data import AudioError

ENTRY = "separation.json"
_MOST_BYTES = 2**20

Entry = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What makes one separator's stems of a file differ; as for `separate_file`."""

    audio_format: str
    bit_rate_kbps: int | None
    stems: Any
    clip: str
    block_seconds: float | None
    context_seconds: float | None
    shifts: int

    def as_read(self) -> Entry:
        """The settings as they are read back from JSON."""
        return json.loads(json.dumps(dataclasses.asdict(self)))


def line(entry: Entry) -> str:
    """An entry as a line of JSON in ASCII, where names that are not UTF-8 stay what they are."""
    return json.dumps(entry, allow_nan=False)


def read_entry(path: str) -> Entry | None:
    """Read the entry of a folder, if it has one."""
    if not _files.exists(path):
        return None
    try:
        entry = json.loads(_files.read(path, _MOST_BYTES))
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not isinstance(entry.get("outputs"), dict):
        raise AudioError(path, "not written by keras_sep: move it out of the way")
    return entry


def difference(
    entry: Entry, path: str, known: Status, model: Model, settings: Settings
) -> str | None:
    """Say what else the stems of an entry were made of, or by; None if by nothing else."""
    if entry.get("input") != path:
        return f"those of {entry.get('input')}"
    if entry.get("model_sha256") != model.sha256:
        return f"by another model ({entry.get('model')})"
    if (before := entry.get("settings")) != (now := settings.as_read()):
        before = before if isinstance(before, dict) else {}
        return f"made with another {', '.join(k for k in now if now[k] != before.get(k))}"
    if entry.get("input_bytes") != known.bytes:
        return "of the file as it was before"
    if entry.get("input_modified") != known.modified:
        with _files.local(path) as (_, sha256):
            return None if entry.get("input_sha256") == sha256 else "of the file as it was before"
    return None
