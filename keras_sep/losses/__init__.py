"""Losses: one value per example, lower is better."""

from keras_sep.losses._base import SeparationLoss as SeparationLoss
from keras_sep.losses.complex_stft_loss import ComplexSTFTLoss
from keras_sep.losses.deep_attractor import DeepAttractorLoss
from keras_sep.losses.deep_clustering import DeepClusteringLoss
from keras_sep.losses.fixed_order_loss import FixedOrderLoss
from keras_sep.losses.l1_snr import L1SNR
from keras_sep.losses.log_mse import LogMSE
from keras_sep.losses.mixture_invariant_loss import MixtureInvariantLoss
from keras_sep.losses.multi_resolution_stft_loss import MultiResolutionSTFTLoss
from keras_sep.losses.permutation_invariant_loss import PermutationInvariantLoss
from keras_sep.losses.rmse import RMSE
from keras_sep.losses.si_sdr import SISDR
from keras_sep.losses.si_snr import SISNR
from keras_sep.losses.snr import SNR
from keras_sep.losses.spectrogram_loss import SpectrogramLoss
from keras_sep.losses.sum_of_losses import SumOfLosses
from keras_sep.losses.trimmed_mse import TrimmedMSE
from keras_sep.losses.waveform_loss import WaveformLoss
from keras_sep.losses.whitened_kmeans import WhitenedKMeansLoss

__all__ = [
    "L1SNR",
    "RMSE",
    "SISDR",
    "SISNR",
    "SNR",
    "ComplexSTFTLoss",
    "DeepAttractorLoss",
    "DeepClusteringLoss",
    "FixedOrderLoss",
    "LogMSE",
    "MixtureInvariantLoss",
    "MultiResolutionSTFTLoss",
    "PermutationInvariantLoss",
    "SpectrogramLoss",
    "SumOfLosses",
    "TrimmedMSE",
    "WaveformLoss",
    "WhitenedKMeansLoss",
]
