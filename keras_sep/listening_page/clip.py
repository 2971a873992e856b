"""A sound on a listening page: a player under a spectrogram."""

import base64
import html
import io
from dataclasses import dataclass

import numpy as np
import soundfile

from keras_sep import plots

TICKS_HZ = (200, 1000, 3000, 8000, 16000)


@dataclass(frozen=True)
class Clip:
    """A sound with its name.

    Args:
        label: Name of the sound, such as "model" or "reference".
        waveform: Samples, (samples, channels), between -1 and 1.
        sample_rate_hz: Sample rate in Hz.
        note: Short text beside the label, such as a score. Default "".
    """

    label: str
    waveform: np.ndarray
    sample_rate_hz: int
    note: str = ""

    def to_html(self, group: str, top_db: float) -> str:
        """Return the figure: label, picture with a moving cursor, player.

        Args:
            group: Title of the section, for screen readers.
            top_db: Level of the picture's brightest colour in dB.
        """
        picture = plots.spectrogram_png(self.waveform, self.sample_rate_hz, top_db)
        title = html.escape(f"{group}, {self.label}")
        note = f'<span class="note">{html.escape(self.note)}</span>' if self.note else ""
        return (
            f'<figure class="clip"><figcaption><b>{html.escape(self.label)}</b>{note}</figcaption>'
            f'<div class="picture"><img alt="Spectrogram: {title}" src="{_data(picture, "png")}">'
            f'<span class="cursor"></span>{self._ticks()}</div>'
            f'<audio controls preload="metadata" aria-label="{title}" '
            f'src="{_data(self._flac(), "flac", "audio")}"></audio></figure>'
        )

    def _ticks(self) -> str:
        """Frequency labels beside the picture."""
        marks = []
        for tick in TICKS_HZ:
            height = plots.frequency_position(tick, self.sample_rate_hz)
            if height < 0.97:
                text = f"{tick // 1000} kHz" if tick >= 1000 else f"{tick} Hz"
                marks.append(f'<i style="bottom:{100 * height:.1f}%">{text}</i>')
        return "".join(marks)

    def _flac(self) -> bytes:
        file = io.BytesIO()
        samples = np.clip(self.waveform, -1.0, 1.0)
        soundfile.write(file, samples, self.sample_rate_hz, format="FLAC", subtype="PCM_16")
        return file.getvalue()


def _data(content: bytes, kind: str, family: str = "image") -> str:
    return f"data:{family}/{kind};base64,{base64.b64encode(content).decode('ascii')}"
