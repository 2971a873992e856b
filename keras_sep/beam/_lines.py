"""Lines of text, gathered in files that appear complete."""

import zlib
from collections.abc import Iterable
from typing import Any

import apache_beam as beam

from keras_sep.beam import _files


class WriteLines(beam.PTransform):
    """Write lines to `<folder>/<name>.jsonl`, sorted, so that the same lines make the same file.

    Args:
        folder: Folder of the files.
        name: Name of the files.
        shards: Number of files; of several, each has its number in its name.
    """

    def __init__(self, folder: str, name: str, shards: int):
        super().__init__()
        self.folder, self.name, self.shards = folder, name, shards

    def expand(self, lines: beam.PCollection) -> Any:
        """Write a PCollection of lines; gives the path of each file."""
        shards, folder, name = self.shards, self.folder, self.name
        # an empty line for each file, so that one without lines replaces that of the last run
        all_files = lines.pipeline | "Files" >> beam.Create([(n, "") for n in range(shards)])
        numbered = lines | "Number" >> beam.Map(
            lambda line: (zlib.crc32(line.encode()) % shards, line)
        )
        return (
            (numbered, all_files)
            | beam.Flatten()
            | beam.GroupByKey()
            | "Write" >> beam.MapTuple(lambda n, found: _write(folder, name, n, shards, found))
        )


def _write(folder: str, name: str, number: int, shards: int, lines: Iterable[str]) -> str:
    of_several = f"-{number:05}-of-{shards:05}" if shards > 1 else ""
    path = _files.join(folder, f"{name}{of_several}.jsonl")
    _files.write(path, "".join(f"{line}\n" for line in sorted(filter(None, lines))).encode())
    return path
