"""Pictures of audio, training curves and learned filters, as bytes and text.

Only those of filters need matplotlib.
"""

from keras_sep.plots.curves import curves_svg as curves_svg
from keras_sep.plots.filterbank import filterbank as filterbank
from keras_sep.plots.filterbank import sort_filters as sort_filters
from keras_sep.plots.mask import mask_levels_png as mask_levels_png
from keras_sep.plots.mask import mask_png as mask_png
from keras_sep.plots.spectrogram import SpectrogramPicture as SpectrogramPicture
from keras_sep.plots.spectrogram import decibels as decibels
from keras_sep.plots.spectrogram import frequency_position as frequency_position
from keras_sep.plots.spectrogram import levels_png as levels_png
from keras_sep.plots.spectrogram import spectrogram_png as spectrogram_png
from keras_sep.plots.waveform import WAVEFORM_SIZE as WAVEFORM_SIZE
from keras_sep.plots.waveform import WaveformPicture as WaveformPicture
