"""`song_scores.csv`: the score of each validation song and target, in each epoch that is scored."""

import csv
import io
import math
from pathlib import Path
from typing import Any, NamedTuple

import keras

from keras_sep._printable import say
from keras_sep._whole_files import replace_whole

SONG_SCORES = "song_scores.csv"
_COLUMNS = ("epoch", "song", "target", "score_db")
_MOST_BYTES = 1 << 26


class SongScore(NamedTuple):
    """Score of a target in a song; epochs are counted from 0, as in `log.csv`."""

    epoch: int
    song: str
    target: str
    score_db: float


class SongScoreLog(keras.callbacks.Callback):
    """Adds the scores of an epoch to the file; rows of epochs that come again are replaced.

    Args:
        path: Path of the file.
        scores: Callback that scores, called before this one.
    """

    def __init__(self, path: str | Path, scores: Any) -> None:
        super().__init__()
        self.path, self.scores = Path(path), scores

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self.scores.new:
            return
        rows = [row for row in read_song_scores(self.path) if row.epoch < epoch]
        for song, values in self.scores.by_song.items():
            rows += [SongScore(epoch, song, target, value) for target, value in values.items()]
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(_COLUMNS)
        table.writerows((*row[:3], f"{row.score_db:.6g}") for row in rows)
        try:
            replace_whole(self.path, lambda file: file.write_bytes(text.getvalue().encode()))
        except ValueError as error:
            say(f"{error}; training goes on")


def read_song_scores(path: Path) -> list[SongScore]:
    """Return the rows of the file; none if it is missing, and none of what is not a score."""
    rows = []
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode(errors="replace")
        for row in csv.DictReader(text.splitlines()):
            try:
                score_db = float(row["score_db"])
                found = SongScore(int(row["epoch"]), row["song"], row["target"], score_db)
            except (KeyError, TypeError, ValueError):
                continue
            if found.song and found.target and not math.isnan(score_db):
                rows.append(found)
    except (OSError, csv.Error):
        return rows
    return rows
