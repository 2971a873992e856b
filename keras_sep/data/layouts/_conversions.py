"""Describing how a file is brought to a sample rate and a number of channels."""

from keras_sep._brief import counted
from keras_sep.data.audio.read_audio import AudioInfo


def conversions(info: AudioInfo, sample_rate_hz: int, channels: int) -> list[str]:
    """Describe what is done to a file that is read at this rate in Hz with these channels.

    Example:

    >>> conversions(keras_sep.data.AudioInfo(44100, 1000, 2), 8000, 2)
    ['resampled from 44100 to 8000 Hz']
    """
    done = []
    if info.sample_rate_hz != sample_rate_hz:
        done.append(f"resampled from {info.sample_rate_hz} to {sample_rate_hz} Hz")
    if info.channels != channels:
        done.append(f"converted from {info.channels} to {counted(channels, 'channel')}")
    return done
