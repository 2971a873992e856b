"""Validation by a score: whole songs separated after an epoch, and their stems scored."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_sep import metrics
from keras_sep._brief import brief_names, one_line
from keras_sep._printable import say
from keras_sep.inference import CompiledSeparator
from keras_sep.training._current_weights import current_weights
from keras_sep.training._processes import agreed, by_itself, from_first, is_first, processes
from keras_sep.training._scored_songs import read_song, separated
from keras_sep.training._song_pictures import log_song
from keras_sep.training.score_settings import ScoreSettings

_RATIOS = {"si_sdr": metrics.si_sdr, "sdr": metrics.sdr}


class SongScores(keras.callbacks.Callback):
    """Logs how well the network separates whole validation songs.

    After an epoch the songs are separated block by block, as `keras-sep separate` does, with the
    moving average of the weights if there is one. Logged are `val_si_sdr_<target>`, the median over
    songs as in `keras-sep evaluate`, and `val_si_sdr`, their mean over the targets, in dB; or
    `val_sdr` of `sdr`. A target that is silent in a song is not scored there. A silent estimate has
    no SI-SDR and counts as minus infinity, which is not logged.

    Must be called before the callbacks that monitor the score, and `NewScores` after them: for
    epochs that are not scored they see the last score. Of several processes the first separates,
    with its own network, and tells the others, so that all decide alike.

    Args:
        separator: Separator of the network.
        songs: Validation songs, `data.Track` or `data.Mixture`.
        sources: Names of the sources that add up to a mixture.
        settings: What is scored, and when.
        network: Network that is trained, if the separator has a copy of it in another precision,
            which then takes its weights. Default None.
        average: Callback that replaces the weights by their moving average. Default None.
        log_dir: Folder for TensorBoard, which gets five seconds of the first song as sounds,
            spectrograms and masks whenever the score is the best so far; None for none. Default
            None.

    Attributes:
        last: Last score in dB; minus infinity before there is one.
        best: Best score in dB.
        new: Whether the last epoch was scored.
        by_song: Last score of each target by song, without those that are silent there.
    """

    def __init__(
        self,
        separator: Any,
        songs: Sequence[Any],
        sources: Sequence[str],
        settings: ScoreSettings,
        network: keras.Model | None = None,
        average: keras.callbacks.SwapEMAWeights | None = None,
        log_dir: str | Path | None = None,
    ) -> None:
        super().__init__()
        self.separator = separator
        self.songs = songs
        self.sources = sources
        self.settings = settings
        self.network = network
        self.average = average
        self.log_dir = None if log_dir is None else Path(log_dir)
        self.last = self.best = -math.inf
        self.new = False
        self.by_song: dict[str, dict[str, float]] = {}

    @property
    def state(self) -> dict[str, float]:
        return {"last": self.last, "best": self.best}

    @state.setter
    def state(self, state: dict[str, float]) -> None:
        self.last, self.best = state["last"], state["best"]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        self.new = epoch % self.settings.every == 0 and self._finite(logs)
        if self.new:
            with current_weights(self.model, self.separator, self.network, self.average):
                scores = self._told_scores()
                self.last = float(np.mean([*scores.values()]))
                self.new = math.isfinite(self.last)
                if self.last > self.best:
                    self.best = self.last
                    self._log_first_song(epoch + 1)
            finite = {name: value for name, value in scores.items() if math.isfinite(value)}
            logs |= {f"{self.settings.monitor}_{name}": value for name, value in finite.items()}
        logs[self.settings.monitor] = self.last

    def scores(self) -> dict[str, float]:
        """Separate the songs with the separator as it is, and return each target's score in dB."""
        compiled = CompiledSeparator(self.separator)
        ratio = _RATIOS[self.settings.metric]
        found: dict[str, list[float]] = {name: [] for name in self.separator.source_names}
        self.by_song = {}
        for item in self.songs:
            of_song = self.by_song.setdefault(item.name, {})
            song = read_song(item, self.sources, self.separator.source_names)
            estimates = separated(compiled, song, self.separator.interchangeable_sources)
            for name, reference in song.references.items():
                if np.any(reference):
                    value = float(ratio(reference, estimates[name]))
                    of_song[name] = -math.inf if math.isnan(value) else value
                    found[name].append(of_song[name])
        silent = [name for name, values in found.items() if not values]
        if silent:
            raise ValueError(
                "`fit.score` must have validation songs in which every target is heard. "
                f"Received: silence in {brief_names(silent)}"
            )
        return {name: float(np.median(values)) for name, values in found.items()}

    def _told_scores(self) -> dict[str, float]:
        """The scores that the first process finds, in all of them."""
        if processes() == 1:
            return self.scores()
        found: dict[str, float] = {}
        with agreed():  # the others wait here
            if is_first():
                with by_itself():
                    found = self.scores()
        told = from_first(lambda: np.array([*found.values()]))
        return {
            name: float(value)
            for name, value in zip(self.separator.source_names, told, strict=True)
        }

    def _finite(self, logs: dict[str, Any]) -> bool:
        """Whether there is anything to score: `StopAtNaN` says what is wrong otherwise."""
        weights = (keras.ops.convert_to_numpy(weight) for weight in self.model.weights)
        return all(map(math.isfinite, logs.values())) and all(
            np.isfinite(weight).all() for weight in weights
        )

    def _log_first_song(self, epoch: int) -> None:
        if self.log_dir is None:
            return
        song = read_song(self.songs[0], self.sources, self.separator.source_names)
        any_order = self.separator.interchangeable_sources
        try:
            with by_itself():
                log_song(self.log_dir, CompiledSeparator(self.separator), song, any_order, epoch)
        except OSError as error:
            say(f"{self.log_dir}: sounds and pictures not written ({one_line(error)})")
            self.log_dir = None


class NewScores(keras.callbacks.Callback):
    """Takes the score of an earlier epoch out of the logs, after those that monitor it.

    Args:
        scores: Callback that logged it.
    """

    def __init__(self, scores: SongScores) -> None:
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None and not self.scores.new:
            logs.pop(self.scores.settings.monitor, None)
