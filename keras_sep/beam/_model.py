"""The separator of a worker."""

from pathlib import PurePosixPath

from keras_sep._runtimes import is_exported
from keras_sep._threads import set_threads
from keras_sep.beam import _files
from keras_sep.inference import CompiledSeparator, ExportedSeparator, load_separator


class Model:
    """A separator, read once, and what is known of its file.

    Args:
        path: File of a separator, here or in an object store.
        shifts: Number of separations that are averaged.
        threads: Number of threads on the CPU; None for one per core.
    """

    def __init__(self, path: str, shifts: int, threads: int | None):
        self.name = PurePosixPath(path).name
        self.separator: CompiledSeparator
        with _files.local(path) as (file, self.sha256):
            if is_exported(file):
                self.separator = ExportedSeparator(file, threads, shifts)
            else:
                if threads is not None:
                    set_threads(threads)
                self.separator = CompiledSeparator(load_separator(file), shifts)
        self.license: str | None = getattr(self.separator.separator, "license", None)
