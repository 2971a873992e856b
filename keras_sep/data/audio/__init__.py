"""Audio files and arrays: reading, decoding, resampling, writing."""

from keras_sep.data.audio._examine_audio import RATES_HZ as RATES_HZ
from keras_sep.data.audio.accepting_damage import accepting_damage as accepting_damage
from keras_sep.data.audio.audio_encoding import audio_encoding as audio_encoding
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.audio_error import DamagedAudioError as DamagedAudioError
from keras_sep.data.audio.audio_file import AudioFile
from keras_sep.data.audio.audio_format import AUDIO_FORMATS
from keras_sep.data.audio.audio_format import chosen_bit_rate as chosen_bit_rate
from keras_sep.data.audio.audio_format import held_rate_hz as held_rate_hz
from keras_sep.data.audio.audio_format import require_format as require_format
from keras_sep.data.audio.audio_format import require_known_format as require_known_format
from keras_sep.data.audio.audio_tags import AudioTags, read_tags
from keras_sep.data.audio.audio_writer import AudioWriter, write_audio
from keras_sep.data.audio.channels import match_channels
from keras_sep.data.audio.float_samples import float_samples as float_samples
from keras_sep.data.audio.plain_errors import plain_errors
from keras_sep.data.audio.read_audio import AudioInfo, audio_info, open_audio, read_audio
from keras_sep.data.audio.read_resampled import read_resampled
from keras_sep.data.audio.resample import resample, resampled_length
from keras_sep.data.audio.stem_file import STEMS as STEMS
from keras_sep.data.audio.stem_file import file_and_stem as file_and_stem
from keras_sep.data.audio.stem_file import is_stem_file as is_stem_file
from keras_sep.data.audio.stem_file import stem_streams as stem_streams
from keras_sep.data.audio.stem_file import track_name as track_name

__all__ = [
    "AUDIO_FORMATS",
    "AudioError",
    "AudioFile",
    "AudioInfo",
    "AudioTags",
    "AudioWriter",
    "audio_info",
    "match_channels",
    "open_audio",
    "plain_errors",
    "read_audio",
    "read_resampled",
    "read_tags",
    "resample",
    "resampled_length",
    "write_audio",
]
