"""A synthetic band, so that everything can be tried without a data set."""

from keras_sep.data.synthetic.synthetic_band import BAND, band_song, synthetic_band

__all__ = [
    "BAND",
    "band_song",
    "synthetic_band",
]
