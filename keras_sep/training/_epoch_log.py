"""`log.csv`: one row for each epoch."""

import contextlib
import csv
import io
from pathlib import Path
from typing import Any

import keras

from keras_sep._printable import say
from keras_sep._whole_files import replace_whole

LOG = "log.csv"


class EpochLog(keras.callbacks.Callback):
    """Writes each epoch's logged values and learning rate as CSV; epochs are counted from 0.

    The whole file is replaced after every epoch. Unlike `keras.callbacks.CSVLogger`, it continues
    with a resumed training, without rows of lost epochs, even if columns change.

    Args:
        path: Path of the file.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self._rows: dict[int, dict[str, Any]] = {}

    def restore(self, epochs_done: int) -> None:
        """Restore the rows of the first `epochs_done` epochs, without lines that are not rows.

        Raises:
            ValueError: If the file cannot be read as a log.
        """
        try:
            lines = self.path.read_text(encoding="utf-8-sig").splitlines()  # spreadsheets add a BOM
        except FileNotFoundError:
            lines = []
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(getattr(error, "strerror", None) or "not UTF-8") from None
        lines = [line for line in lines if line.strip()]
        if not lines:
            say(f"{self.path}: is missing or empty; the rows of earlier epochs are lost")
            return
        table = csv.DictReader(lines, restkey="", restval="")
        try:
            if "epoch" not in (table.fieldnames or ()):
                raise self._unreadable("its first line names no column `epoch`")
            rows = [*table]
        except csv.Error as error:
            raise self._unreadable(str(error)) from None
        epochs = {str(epoch): epoch for epoch in range(epochs_done)}
        foreign = 0
        for row in rows:
            epoch = row.pop("epoch")
            if epoch in epochs:
                self._rows[epochs[epoch]] = row
            elif not (epoch.isascii() and epoch.isdecimal()):  # otherwise of a lost epoch
                foreign += 1
        if foreign:
            say(f"{self.path}: lines left out, as they are not epochs: {foreign}")

    def values(self) -> dict[str, dict[int, float]]:
        """Return the values of each column by epoch, which are counted from 1 here."""
        columns: dict[str, dict[int, float]] = {}
        for epoch in sorted(self._rows):
            for name, text in self._rows[epoch].items():
                with contextlib.suppress(ValueError):  # what a person has written into the file
                    columns.setdefault(name, {})[epoch + 1] = float(text)
        return columns

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self._rows[epoch] = {"learning_rate": rate, **(logs or {})}
        columns = sorted(set().union(*self._rows.values()) - {""})
        text = io.StringIO()
        table = csv.DictWriter(text, ["epoch", *columns], restval="", extrasaction="ignore")
        table.writeheader()
        for number in sorted(self._rows):
            table.writerow({"epoch": number, **self._rows[number]})
        replace_whole(self.path, lambda partial: partial.write_bytes(text.getvalue().encode()))

    def _unreadable(self, reason: str) -> ValueError:
        return ValueError(
            f"{self.path}: cannot be read as a log ({reason}): mend it, or move it away and the "
            "log begins with the next epoch"
        )
