"""Encoding pieces of sound as MP3, which every browser plays."""

import io

import av
import numpy as np


def mp3(samples: np.ndarray, sample_rate_hz: int, bit_rate_kbps: int) -> bytes:
    """Encode a signal as an MP3 file.

    Args:
        samples: Samples, (samples, 1 or 2 channels).
        sample_rate_hz: Sample rate in Hz, one of MP3's.
        bit_rate_kbps: Bit rate in kbit/s; the next lower one where MP3 does not have it.
    """
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    planes = np.ascontiguousarray(samples.T, "float32")
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.sample_rate = sample_rate_hz
    file = io.BytesIO()
    with av.open(file, "w", format="mp3", options={"id3v2_version": "0"}) as container:
        # compression_level is LAME's speed: 7 takes half the time of its default
        stream = container.add_stream(
            "libmp3lame", rate=sample_rate_hz, layout=layout, options={"compression_level": "7"}
        )
        stream.bit_rate = 1000 * bit_rate_kbps
        for encoded in (frame, None):
            container.mux(stream.encode(encoded))
    return file.getvalue()
