"""A TensorFlow Serving version folder that is complete or absent."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from keras_sep._printable import printable
from keras_sep.export._whole_folder import whole_folder


@contextlib.contextmanager
def version_folder(path: str | os.PathLike, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes `<name>/<version>/` if the block succeeds.

    A server that watches `<name>/` loads a version as soon as its folder appears, so the folder
    must appear complete. The block fills a hidden folder beside it, which the server ignores since
    its name is not a number, and which is renamed at the end. If the block raises, the hidden
    folder is removed and whatever was at `path` stays; if the process is killed, the next export
    beside it removes the hidden folder.

    Args:
        path: The version folder, `<name>/<version>`, where the version is a whole number.
        overwrite: Whether to replace an existing version. An empty folder is always replaced.
            Default False.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from keras_sep.export._version_folder import version_folder
        >>> name = Path(tempfile.mkdtemp())
        >>> with version_folder(name / "1") as folder:
        ...     _ = (folder / "saved_model.pb").write_bytes(b"")
        ...     (name / "1").exists()
        False
        >>> [file.name for file in (name / "1").iterdir()]
        ['saved_model.pb']
    """
    final = Path(path)
    if not (final.name.isascii() and final.name.isdecimal()):
        raise ValueError(
            "`path` must end in a version number, as in saved_models/open_unmix/1: "
            f"TensorFlow Serving takes no other folder. Received: {printable(path)}"
        )
    exists = FileExistsError(
        f"{final}: this version already exists; export the next number, or replace this one "
        "with --overwrite (in Python `overwrite=True`)"
    )
    with whole_folder(final, overwrite, exists) as filled:
        yield filled
