"""The page of an evaluation: excerpts of some tracks, to hear what the scores say."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from keras_sep import metrics
from keras_sep._brief import counted
from keras_sep._printable import printable, say
from keras_sep._progress import waiting
from keras_sep.listening_page import Clip, Section, Table, write_page
from keras_sep.metrics import Scores

EXTREMES = 3  # tracks with the lowest and with the highest scores
SECONDS = 15

Arrays = Mapping[str, np.ndarray]


class Excerpt:
    """What is heard of one track: the seconds in which all its sources are active.

    Args:
        track: Name of the track.
    """

    def __init__(self, track: str):
        self.track = track
        self.score_db = float("nan")
        self.rate = self.start = self.samples = 0
        self._sounds: list[tuple[str, str, np.ndarray]] = []  # label, scored source, samples

    def __call__(
        self, references: Arrays, estimates: Arrays, mixture: np.ndarray | None, rate: int
    ) -> None:
        """Take the excerpt of what is compared.

        Args:
            references: True sources by name, each (samples, channels).
            estimates: Estimates by name, of the same shape.
            mixture: The mixture, if it is known.
            rate: Sample rate in Hz.
        """
        if not self._sounds:
            self.rate = rate
            self.start, self.samples = busiest([references[name] for name in estimates], rate)
            if mixture is not None:
                self._take("mixture", "", mixture)
        for name, estimate in estimates.items():
            self._take(f"{name}, estimate", name, estimate)
            self._take(f"{name}, reference", "", references[name])

    def _take(self, label: str, source: str, array: np.ndarray) -> None:
        part = array[self.start : self.start + self.samples].astype("float32")
        self._sounds.append((label, source, part))

    def section(self, scores: Mapping[str, Scores]) -> Section:
        """Return the section of a page.

        Args:
            scores: Scores of the track by source.
        """
        clips: list[Clip] = []
        for label, source, sound in self._sounds:
            note = f"SI-SDR {scores[source]['si_sdr_db']:.1f} dB" if source else ""
            part_of = "mixture" if clips else ""
            clip = Clip(label, sound, self.rate, note, muted=bool(clips), part_of=part_of)
            clips.append(clip)
        begin = self.start // self.rate
        text = (
            f"{self.samples / self.rate:.0f} s from {begin // 60}:{begin % 60:02d}; mean SI-SDR of "
            f"the whole track {self.score_db:.1f} dB."
        )
        return Section(printable(self.track), text, clips=clips)


class EvaluationPage:
    """Excerpts of the tracks with the lowest and the highest scores, as a page.

    Args:
        path: Path of the page.
    """

    def __init__(self, path: Path):
        self.path = path
        self.excerpts: list[Excerpt] = []  # from the lowest score to the highest

    def keep(self, excerpt: Excerpt, scores: Mapping[str, Scores]) -> None:
        """Keep an excerpt if its scores are among the lowest or the highest.

        Args:
            excerpt: What was heard of a track.
            scores: Scores of the track by source.
        """
        excerpt.score_db = float(np.mean([one["si_sdr_db"] for one in scores.values()]))
        self.excerpts.append(excerpt)
        self.excerpts.sort(key=lambda kept: float(np.nan_to_num(kept.score_db)))
        if len(self.excerpts) > 2 * EXTREMES:
            del self.excerpts[EXTREMES]

    def write(self, report: Mapping[str, Mapping[str, Scores]]) -> None:
        """Write the page.

        Args:
            report: Scores of all tracks.
        """
        header, *rows = metrics.report_cells(report)
        medians = sum(track == "median" for track, *_ in rows) if len(report) > 1 else 0
        table = Table(
            "Decibels over each whole track.",
            ["track and source", *header[2:]],
            [[f"{printable(track)}: {source}", *values] for track, source, *values in rows],
            medians,
        )
        sections = [excerpt.section(report[excerpt.track]) for excerpt in self.excerpts]
        with waiting("listening page"):
            write_page(
                self.path,
                "Evaluation",
                self._text(len(report)),
                [*sections, Section("Scores", metrics.IN_WORDS, table=table)],
                "Made by keras-sep evaluate. The sound here is MP3; scores are of the files.",
            )
        say(f"listening page: {self.path}")

    def _text(self, scored: int) -> str:
        tracks = counted(scored, "track")
        if scored > len(self.excerpts):
            ends = f"the {EXTREMES} with the lowest and the {EXTREMES} with the highest mean SI-SDR"
            tracks = f"{ends} of {tracks}"
        return (
            f"Excerpts of {tracks}, from the lowest score to the highest, where all sources are "
            "active. Solo an estimate and its reference in turn to compare them. The scores are "
            "below."
        )


def busiest(sources: Sequence[np.ndarray], rate: int) -> tuple[int, int]:
    """Return start and length of the excerpt in which the least active source is most active.

    Activity is the share of a source's own energy.

    Args:
        sources: Sources, each (samples, channels).
        rate: Sample rate in Hz.
    """
    samples = len(sources[0])
    seconds = samples // rate
    if seconds <= SECONDS:
        return 0, min(samples, SECONDS * rate)
    squares = (np.square(source[: seconds * rate], dtype="float32") for source in sources)
    energies = np.stack([square.reshape(seconds, -1).sum(axis=1) for square in squares])
    windows = np.lib.stride_tricks.sliding_window_view(energies, SECONDS, axis=1).sum(axis=2)
    shares = windows / np.maximum(energies.sum(axis=1, keepdims=True), 1e-30)
    return int(np.argmax(shares.min(axis=0))) * rate, SECONDS * rate
