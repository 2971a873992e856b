"""Audio files to `tf.data`: reading, track layouts, mixing, spectrograms, a synthetic band."""

from keras_sep.data.audio import AudioInfo, audio_info, open_audio, read_audio
from keras_sep.data.audio_error import AudioError
from keras_sep.data.audio_file import AudioFile
from keras_sep.data.audio_writer import AUDIO_FORMATS, AudioWriter, write_audio
from keras_sep.data.augmentation import Augmentation
from keras_sep.data.channels import match_channels
from keras_sep.data.draw_mixtures import draw_mixtures
from keras_sep.data.excerpts import excerpts
from keras_sep.data.find_recordings import find_recordings
from keras_sep.data.find_tracks import find_tracks
from keras_sep.data.librimix_csv_tracks import librimix_csv_tracks
from keras_sep.data.librimix_tracks import librimix_tracks
from keras_sep.data.mixed_excerpts import mixed_excerpts
from keras_sep.data.mixture import Mixture
from keras_sep.data.musdb18 import MUSDB18_VALIDATION
from keras_sep.data.padded_batches import padded_batches
from keras_sep.data.plain_errors import plain_errors
from keras_sep.data.read_resampled import read_resampled
from keras_sep.data.recording import Recording
from keras_sep.data.resample import resample, resampled_length
from keras_sep.data.spectrogram_cache import CacheError, SpectrogramCache
from keras_sep.data.spectrogram_dataset import spectrogram_dataset
from keras_sep.data.synthetic_band import BAND, band_song, synthetic_band
from keras_sep.data.track import Track
from keras_sep.data.wham_tracks import wham_tracks
from keras_sep.data.wsj0_mix_tracks import wsj0_mix_tracks

__all__ = [
    "AUDIO_FORMATS",
    "BAND",
    "MUSDB18_VALIDATION",
    "AudioError",
    "AudioFile",
    "AudioInfo",
    "AudioWriter",
    "Augmentation",
    "CacheError",
    "Mixture",
    "Recording",
    "SpectrogramCache",
    "Track",
    "audio_info",
    "band_song",
    "draw_mixtures",
    "excerpts",
    "find_recordings",
    "find_tracks",
    "librimix_csv_tracks",
    "librimix_tracks",
    "match_channels",
    "mixed_excerpts",
    "open_audio",
    "padded_batches",
    "plain_errors",
    "read_audio",
    "read_resampled",
    "resample",
    "resampled_length",
    "spectrogram_dataset",
    "synthetic_band",
    "wham_tracks",
    "write_audio",
    "wsj0_mix_tracks",
]
