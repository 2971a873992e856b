"""Folders of a data set to tracks, recordings and mixtures."""

from keras_sep.data.layouts.audio_files import AUDIO_SUFFIXES as AUDIO_SUFFIXES
from keras_sep.data.layouts.audio_files import audio_files as audio_files
from keras_sep.data.layouts.audio_files import folders_in as folders_in
from keras_sep.data.layouts.audio_files import songs_below as songs_below
from keras_sep.data.layouts.audio_files import stem_files_in as stem_files_in
from keras_sep.data.layouts.find_recordings import find_recordings
from keras_sep.data.layouts.find_tracks import find_tracks
from keras_sep.data.layouts.levels import LEVEL_DB as LEVEL_DB
from keras_sep.data.layouts.levels import MOST_DB as MOST_DB
from keras_sep.data.layouts.librimix_csv_tracks import librimix_csv_tracks
from keras_sep.data.layouts.librimix_tracks import librimix_tracks
from keras_sep.data.layouts.mixture import Mixture
from keras_sep.data.layouts.musdb18 import MUSDB18_VALIDATION
from keras_sep.data.layouts.recording import Recording
from keras_sep.data.layouts.split_folder import TRAIN as TRAIN
from keras_sep.data.layouts.split_folder import VALID as VALID
from keras_sep.data.layouts.split_folder import split_folder as split_folder
from keras_sep.data.layouts.split_folder import split_folders as split_folders
from keras_sep.data.layouts.track import ACCOMPANIMENT as ACCOMPANIMENT
from keras_sep.data.layouts.track import VOCALS as VOCALS
from keras_sep.data.layouts.track import Track
from keras_sep.data.layouts.track import source_files as source_files
from keras_sep.data.layouts.wham_tracks import wham_tracks
from keras_sep.data.layouts.wsj0_mix_tracks import wsj0_mix_tracks

__all__ = [
    "MUSDB18_VALIDATION",
    "Mixture",
    "Recording",
    "Track",
    "find_recordings",
    "find_tracks",
    "librimix_csv_tracks",
    "librimix_tracks",
    "wham_tracks",
    "wsj0_mix_tracks",
]
