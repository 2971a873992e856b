"""A clip made ready for a page: its sound in pieces and its picture."""

import base64
import html
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from keras_sep.data import AudioInfo, match_channels, resample
from keras_sep.data.audio import held_rate_hz
from keras_sep.listening_page._mp3 import mp3
from keras_sep.listening_page.clip import Clip
from keras_sep.listening_page.player import lane_html, waveform_html
from keras_sep.plots import (
    SpectrogramPicture,
    WaveformPicture,
    frequency_position,
    levels_png,
    mask_levels_png,
)

PIECE_SECONDS = 6
PIECES_PER_SCRIPT = 10  # a minute
MARGIN_SECONDS = 0.2  # of sound before and after a piece, longer than what an encoder smears
_TICKS_HZ = (500, 2000, 8000)

Store = Callable[[str, str], object]  # takes the name and the text of a script


@dataclass
class Lane:
    """A clip of a page with its number there.

    Args:
        number: Place among all clips of the page.
        clip: The clip.
    """

    number: int
    clip: Clip
    peak: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.info: AudioInfo = self.clip.info()
        self.picture = SpectrogramPicture(self.info.samples, self.info.sample_rate_hz)
        self.waveform = WaveformPicture(self.info.samples)
        self.levels_db = np.zeros((0, 0))  # of the picture, once rendered
        self._margin = round(MARGIN_SECONDS * self.info.sample_rate_hz)
        self._piece = PIECE_SECONDS * self.info.sample_rate_hz
        self._pieces = math.ceil(self.info.samples / self._piece)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.info.samples / self.info.sample_rate_hz

    @property
    def encoded_seconds(self) -> float:
        """Seconds of stereo that take as many bytes: pieces overlap, and mono takes half."""
        overlap = 1 + 2 * MARGIN_SECONDS / PIECE_SECONDS
        return self.seconds * overlap * (0.5 if self._channels == 1 else 1.0)

    @property
    def _channels(self) -> int:
        return self.info.channels if self.info.channels <= 2 else 1

    def render(self, bit_rate_kbps: int, store: Store) -> None:
        """Read the clip once: draw its picture and store its sound in scripts of a minute each.

        Args:
            bit_rate_kbps: Bit rate of stereo in kbit/s.
            store: Function that keeps a script.
        """
        texts: list[str] = []
        rate = held_rate_hz("mp3", self.info.sample_rate_hz)
        bit_rate_kbps = bit_rate_kbps if self._channels == 2 else bit_rate_kbps // 2
        for number, window in enumerate(self._windows(self._heard())):
            window = resample(window, self.info.sample_rate_hz, rate)
            content = mp3(window, rate, bit_rate_kbps)
            texts.append(base64.b64encode(content).decode("ascii"))
            if len(texts) == PIECES_PER_SCRIPT or number == self._pieces - 1:
                first = number + 1 - len(texts)
                name = f"{self.number}-{first // PIECES_PER_SCRIPT}.js"
                store(name, f"put({self.number},{first},{json.dumps(texts)})")
                texts = []
        self.levels_db = self.picture.levels()

    def _heard(self) -> Iterator[np.ndarray]:
        """The clip in one or two channels; what passes is drawn."""
        for part in self.clip.read(self._piece):
            self.picture.add(part)
            self.waveform.add(part)
            self.peak = max(self.peak, float(np.abs(part).max()))
            yield match_channels(part, self._channels)

    def _windows(self, parts: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Pieces with their margins, zero-padded beyond the ends."""
        whole = self._piece + 2 * self._margin
        silence = np.zeros((self._margin, self._channels), "float32")
        kept, number = silence, 0
        for part in parts:
            kept = np.concatenate([kept, part])
            while len(kept) >= whole:
                yield kept[:whole]
                kept, number = kept[self._piece :], number + 1
        kept = np.concatenate([kept, silence])
        for _ in range(number, self._pieces):
            yield kept[:whole]
            kept = kept[self._piece :]

    def to_html(self, group: str, key: int, peak: float, whole: "Lane | None") -> str:
        """Return the row of the player.

        Args:
            group: Title of the section, for screen readers.
            key: Place among the lanes of the player, from 1.
            peak: Level of the loudest sample of all that is compared.
            whole: Lane of which this is a part, whose mask is shown; None for none.
        """
        title = f"{group}, {self.clip.label}"
        top_db = 20 * np.log10(max(1e-3, peak)) - 10
        pictures = [
            _image("spectrogram", f"Spectrogram: {title}", levels_png(self.levels_db, top_db)),
            f'<span class="ticks">{self._ticks()}</span>',
            waveform_html(title, self.waveform.svg_path(peak)),
        ]
        if masked := whole is not None and self._comparable(whole):
            mask = mask_levels_png(self.levels_db, whole.levels_db)
            pictures.append(_image("mask", f"Mask: {title}", mask))
        return lane_html(
            self.clip.label,
            title,
            "".join(pictures),
            note=self.clip.note,
            key=key,
            muted=self.clip.muted,
            masked=masked,
            attributes=f'data-lane="{self.number}" data-pieces="{self._pieces}" '
            f'data-margin-seconds="{self._margin / self.info.sample_rate_hz!r}"',
        )

    def _comparable(self, whole: "Lane") -> bool:
        """Whether columns and rows of both pictures are the same times and frequencies."""
        apart = abs(whole.info.samples - self.info.samples)
        return (
            whole.info.sample_rate_hz == self.info.sample_rate_hz
            and apart <= self.info.samples / self.picture.width
        )

    def _ticks(self) -> str:
        """Frequency labels on the picture."""
        marks = []
        for tick in _TICKS_HZ:
            height = frequency_position(tick, self.info.sample_rate_hz)
            if height < 0.95:
                text = f"{tick // 1000} kHz" if tick >= 1000 else f"{tick} Hz"
                marks.append(f'<i style="bottom:{100 * height:.1f}%">{text}</i>')
        return "".join(marks)


def _image(kind: str, title: str, content: bytes) -> str:
    source = base64.b64encode(content).decode("ascii")
    return f'<img class="{kind}" alt="{html.escape(title)}" src="data:image/png;base64,{source}">'
