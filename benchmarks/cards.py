"""Parts shared by scripts that train: snapshots of weights, and sections of the zoo's cards."""

import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

ZOO = Path(__file__).resolve().parents[1] / "zoo"


class Snapshots(keras.callbacks.Callback):
    """Keeps the model's weights at given times of training, or after given numbers of steps.

    Args:
        marks_seconds: Times in seconds from the start of `fit`. Default: none.
        marks_steps: Numbers of steps, in place of times. Default: none.
    """

    def __init__(
        self, marks_seconds: Sequence[float] = (), marks_steps: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.marks = marks_steps or marks_seconds
        self.by_steps = bool(marks_steps)
        self.kept: list[tuple[float, int, list[np.ndarray]]] = []  # seconds, steps, weights
        self.started = 0.0
        self.steps = 0  # in all

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        seconds, done = time.monotonic() - self.started, len(self.kept)
        if done == len(self.marks):
            return
        steps = int(self.model.optimizer.iterations)
        if (steps if self.by_steps else seconds) >= self.marks[done]:
            self.kept.append((seconds, steps, self.model.get_weights()))

    def on_train_end(self, logs: dict | None = None) -> None:
        self.steps = int(self.model.optimizer.iterations)


def paragraph(text: str) -> str:
    """Wrap a text to the line length of the cards."""
    return textwrap.fill(" ".join(text.split()), 103, break_on_hyphens=False)


def write_section(card: Path, script: str, section: str) -> None:
    """Put the section between the script's marks, or at the end if the card has none."""
    begin, end = (f"<!-- {mark}: benchmarks/{script} -->" for mark in ("begin", "end"))
    text = card.read_text(encoding="utf-8") if card.exists() else ""
    if begin not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    card.write_text(f"{before}{begin}\n{section}\n{end}{after}", encoding="utf-8")
