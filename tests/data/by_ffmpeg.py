"""Sounds, and what FFmpeg alone reads of a file."""

import av
import numpy as np


def noise(samples, channels=2):
    """Noise that falls with frequency, which every codec keeps."""
    white = np.random.default_rng(samples).standard_normal((samples + 3, channels))
    return 0.2 * (white[3:] + white[2:-1] + white[1:-2] + white[:-3]).astype(np.float32)


def ffmpeg_stream(path, number=0):
    """Samples of one audio stream by FFmpeg alone, (samples, channels)."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[number]
        packer = av.AudioResampler("flt", stream.codec_context.layout)
        frames = [packed for frame in file.decode(stream) for packed in packer.resample(frame)]
        channels = frames[0].layout.nb_channels
        return np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in frames])


def stated(path):
    """Sample rate and length that a file states, by FFmpeg."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        rate_hz = stream.codec_context.sample_rate
        return rate_hz, round(stream.duration * stream.time_base * rate_hz)


def lag(found, expected):
    """Samples by which the first signal comes after the second, by their cross-correlation."""
    length = min(len(found), len(expected))
    size = 2 ** (2 * length).bit_length()
    product = np.fft.rfft(found[:length, 0], size) * np.fft.rfft(expected[:length, 0], size).conj()
    at = int(np.argmax(np.fft.irfft(product, size)))
    return at if at < size // 2 else at - size
