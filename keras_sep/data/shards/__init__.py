"""Data sets decoded, resampled and checked once, into files of samples with an index."""

from keras_sep.data.shards._index import is_prepared as is_prepared
from keras_sep.data.shards._layouts import LAYOUTS as LAYOUTS
from keras_sep.data.shards.prepare import prepare
from keras_sep.data.shards.prepared_tracks import PreparedTrack, prepared_tracks
from keras_sep.data.shards.prepared_tracks import prepared_splits as prepared_splits
from keras_sep.data.shards.report import PreparationReport
from keras_sep.data.shards.verify import verify_prepared

__all__ = [
    "PreparationReport",
    "PreparedTrack",
    "prepare",
    "prepared_tracks",
    "verify_prepared",
]
