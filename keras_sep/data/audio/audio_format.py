"""The formats in which audio is written, and what each can hold."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.stem_file import STEM_SUFFIX


class AudioFormat(NamedTuple):
    """A format of audio files.

    Args:
        suffix: Suffix of its files.
        container: Name of the container, in libsndfile or, where `by_ffmpeg`, in FFmpeg.
        codec: Name of the subtype or encoder there.
        by_ffmpeg: Whether FFmpeg encodes it. Default False.
        bit_rates_kbps: Least and greatest bit rate in kbit/s; None if it is lossless. Default None.
        bit_rate_kbps: Default bit rate of stereo in kbit/s. Default 0.
        rates_hz: Sample rates that it holds, in rising order; audio at another rate is resampled.
            Default: those that libsndfile can write; others are refused.
        channels: Numbers of channels that it holds. Default: those that libsndfile can write.
        one_file: Whether one file holds a mixture and its stems. Default False.
    """

    suffix: str
    container: str
    codec: str
    by_ffmpeg: bool = False
    bit_rates_kbps: tuple[int, int] | None = None
    bit_rate_kbps: int = 0
    rates_hz: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    one_file: bool = False


_MOST_HZ = 1_000_000
_MOST_OF_A_CHANNEL_KBPS = 256  # libopus refuses more, and AAC has no use for it
_MP3_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_RATES_HZ = (*_MP3_RATES_HZ, 64000, 88200, 96000)
_VORBIS_RATES_HZ = (*_AAC_RATES_HZ, 176400, 192000)  # libsndfile crashes above

AUDIO_FORMATS = {
    "wav16": AudioFormat(".wav", "WAV", "PCM_16"),
    "wav24": AudioFormat(".wav", "WAV", "PCM_24"),
    "float": AudioFormat(".wav", "WAV", "FLOAT"),
    "flac": AudioFormat(".flac", "FLAC", "PCM_24"),
    "mp3": AudioFormat(".mp3", "mp3", "libmp3lame", True, (32, 320), 320, _MP3_RATES_HZ, (1, 2)),
    "ogg": AudioFormat(".ogg", "OGG", "VORBIS", False, (64, 500), 256, _VORBIS_RATES_HZ, (1, 2)),
    # FFmpeg's libopus reorders five and seven channels
    "opus": AudioFormat(".opus", "opus", "libopus", True, (16, 510), 192, (48000,), (1, 2, 4, 6)),
    "m4a": AudioFormat(".m4a", "mp4", "aac", True, (32, 512), 256, _AAC_RATES_HZ, (1, 2, 4, 5, 6)),
    "stem.mp4": AudioFormat(
        STEM_SUFFIX, "mp4", "aac", True, (32, 512), 256, _AAC_RATES_HZ, (1, 2), one_file=True
    ),
}


def require_known_format(audio_format: str) -> AudioFormat:
    """Return the format of this name, or raise a `ValueError` that lists all of them."""
    if audio_format not in AUDIO_FORMATS:
        raise ValueError(
            f"`audio_format` must be one of {', '.join(AUDIO_FORMATS)}. Received: {audio_format!r}"
        )
    return AUDIO_FORMATS[audio_format]


def require_format(path: str | Path, audio_format: str, sample_rate_hz: int, channels: int) -> None:
    """Raise an `AudioError` if a format cannot hold this number of channels or this sample rate.

    Args:
        path: Path of the file to write, for the message.
        audio_format: Format, a key of `AUDIO_FORMATS`.
        sample_rate_hz:
            Sample rate in Hz.
        channels: Number of channels.
    """
    if _holds(audio_format, sample_rate_hz, channels):
        return
    what = (
        f"{channels} channels"
        if _holds(audio_format, sample_rate_hz, 1)
        else f"{sample_rate_hz} Hz"
    )
    others = [
        name
        for name, form in AUDIO_FORMATS.items()
        if not form.one_file and _holds(name, sample_rate_hz, channels)
    ]
    advice = f"choose the format {' or '.join(others)}" if others else "no other format does either"
    raise AudioError(path, f"{audio_format} does not support {what}; {advice}")


def held_rate_hz(audio_format: str, sample_rate_hz: int) -> int:
    """Sample rate in Hz of a file in this format: the next one that the format holds.

    Args:
        audio_format: Format, a key of `AUDIO_FORMATS`.
        sample_rate_hz: Sample rate of the audio in Hz.

    Example:

    >>> held_rate_hz("flac", 96000), held_rate_hz("mp3", 96000), held_rate_hz("opus", 44100)
    (96000, 48000, 48000)
    """
    rates = AUDIO_FORMATS[audio_format].rates_hz
    if not rates or sample_rate_hz in rates:
        return sample_rate_hz
    return next((rate for rate in rates if rate > sample_rate_hz), rates[-1])


def chosen_bit_rate(audio_format: str, channels: int, bit_rate_kbps: int | None) -> int | None:
    """Bit rate of a file in kbit/s; None for a lossless format.

    Args:
        audio_format: Format, a key of `AUDIO_FORMATS`.
        channels: Number of channels.
        bit_rate_kbps: Bit rate wanted, in kbit/s; None for the format's default, which grows with
            the number of channels. No channel gets more than 256 kbit/s.

    Raises:
        ValueError: If the format has no bit rate, or not this one.
    """
    found = require_known_format(audio_format)
    if found.bit_rates_kbps is None:
        if bit_rate_kbps is not None:
            lossy = [name for name, form in AUDIO_FORMATS.items() if form.bit_rates_kbps]
            raise ValueError(
                f"`bit_rate_kbps` is for the formats {', '.join(lossy)}; {audio_format} has none. "
                f"Received: {bit_rate_kbps!r}"
            )
        return None
    least, most = found.bit_rates_kbps
    if bit_rate_kbps is None:
        return min(most, found.bit_rate_kbps * channels // 2)
    if not (isinstance(bit_rate_kbps, int) and least <= bit_rate_kbps <= most):
        raise ValueError(
            f"`bit_rate_kbps` of {audio_format} must be a whole number from {least} to {most}. "
            f"Received: {bit_rate_kbps!r}"
        )
    return min(bit_rate_kbps, _MOST_OF_A_CHANNEL_KBPS * channels)


def _holds(audio_format: str, sample_rate_hz: int, channels: int) -> bool:
    """Whether a file of this rate and these channels can be written and reads back as such."""
    form = AUDIO_FORMATS[audio_format]
    if form.channels and channels not in form.channels:
        return False
    if form.rates_hz:  # others are resampled
        return 1 <= sample_rate_hz <= _MOST_HZ
    return _written_by_soundfile(form, sample_rate_hz, channels)


def _written_by_soundfile(form: AudioFormat, sample_rate_hz: int, channels: int) -> bool:
    try:
        file = io.BytesIO()
        soundfile.write(
            file,
            np.zeros((1, channels)),
            sample_rate_hz,
            subtype=form.codec,
            format=form.container,
        )
        file.seek(0)
        info = soundfile.info(file)
    except (OSError, ValueError, OverflowError, soundfile.SoundFileError):
        return False
    return (info.samplerate, info.channels) == (sample_rate_hz, channels)
