"""Pure tensor functions, built on `keras.ops` only."""

from keras_sep.ops.active_bins import SILENCE_DB as SILENCE_DB
from keras_sep.ops.active_bins import active_bins as active_bins
from keras_sep.ops.active_bins import check_silence as check_silence
from keras_sep.ops.active_bins import joint_magnitude as joint_magnitude
from keras_sep.ops.aligned_stft import ALIGNED_HOPS as ALIGNED_HOPS
from keras_sep.ops.aligned_stft import aligned_istft as aligned_istft
from keras_sep.ops.aligned_stft import aligned_stft as aligned_stft
from keras_sep.ops.aligned_stft import check_aligned as check_aligned
from keras_sep.ops.anchored_attractors import anchored_attractors as anchored_attractors
from keras_sep.ops.apply_mask import apply_complex_mask as apply_complex_mask
from keras_sep.ops.apply_mask import apply_mask as apply_mask
from keras_sep.ops.apply_mixture_phase import apply_mixture_phase as apply_mixture_phase
from keras_sep.ops.attractors import attractor_masks as attractor_masks
from keras_sep.ops.attractors import attractors as attractors
from keras_sep.ops.bands import adjacent_bands as adjacent_bands
from keras_sep.ops.bands import bins_of_bands as bins_of_bands
from keras_sep.ops.bands import check_bands as check_bands
from keras_sep.ops.bands import mel_bands as mel_bands
from keras_sep.ops.bands import split_bands as split_bands
from keras_sep.ops.best_assignment import best_assignment as best_assignment
from keras_sep.ops.clustering_target import clustering_target as clustering_target
from keras_sep.ops.clustering_target import magnitude_ratio as magnitude_ratio
from keras_sep.ops.complex_mask import bounded_complex_mask as bounded_complex_mask
from keras_sep.ops.complex_mask import compress_complex_mask as compress_complex_mask
from keras_sep.ops.complex_mask import expand_complex_mask as expand_complex_mask
from keras_sep.ops.complex_mask import ideal_complex_ratio_mask as ideal_complex_ratio_mask
from keras_sep.ops.conv_stft import conv_istft as conv_istft
from keras_sep.ops.conv_stft import conv_stft as conv_stft
from keras_sep.ops.conv_stft import fourier_kernel as fourier_kernel
from keras_sep.ops.conv_stft import inverse_fourier_kernel as inverse_fourier_kernel
from keras_sep.ops.fourier_features import fourier_features as fourier_features
from keras_sep.ops.fourier_features import inverse_fourier_features as inverse_fourier_features
from keras_sep.ops.gaussian_mixture import gaussian_mixture as gaussian_mixture
from keras_sep.ops.ideal_binary_mask import dominant_source as dominant_source
from keras_sep.ops.ideal_binary_mask import ideal_binary_mask as ideal_binary_mask
from keras_sep.ops.ideal_ratio_mask import ideal_ratio_mask as ideal_ratio_mask
from keras_sep.ops.instrument_bands import instrument_bands as instrument_bands
from keras_sep.ops.join_sources import join_sources as join_sources
from keras_sep.ops.join_sources import sources_first as sources_first
from keras_sep.ops.join_sources import sources_last as sources_last
from keras_sep.ops.kmeans import KMEANS_ITERATIONS as KMEANS_ITERATIONS
from keras_sep.ops.kmeans import kmeans as kmeans
from keras_sep.ops.length_mask import length_mask as length_mask
from keras_sep.ops.length_mask import masked_mean as masked_mean
from keras_sep.ops.length_mask import spread_mask as spread_mask
from keras_sep.ops.length_mask import without_padding as without_padding
from keras_sep.ops.level import amplitude_to_decibel as amplitude_to_decibel
from keras_sep.ops.level import power_compression as power_compression
from keras_sep.ops.level import root_mean_square as root_mean_square
from keras_sep.ops.magnitude import magnitude as magnitude
from keras_sep.ops.magnitude import phase as phase
from keras_sep.ops.magnitude import unit_phasor as unit_phasor
from keras_sep.ops.mean_and_scale import mean_and_scale as mean_and_scale
from keras_sep.ops.mel_filterbank import check_band as check_band
from keras_sep.ops.mel_filterbank import mel_filterbank as mel_filterbank
from keras_sep.ops.mixture_consistency import energy_shares as energy_shares
from keras_sep.ops.mixture_consistency import mixture_consistency as mixture_consistency
from keras_sep.ops.musical_bands import musical_bands as musical_bands
from keras_sep.ops.precision import in_float32 as in_float32
from keras_sep.ops.ratio_mask import MOST_EXPONENT as MOST_EXPONENT
from keras_sep.ops.ratio_mask import ratio_mask as ratio_mask
from keras_sep.ops.ratio_mask import ratio_shares as ratio_shares
from keras_sep.ops.reorder_sources import reorder_sources as reorder_sources
from keras_sep.ops.residual_mask import residual_mask as residual_mask
from keras_sep.ops.rotary_positions import rotary_phasors as rotary_phasors
from keras_sep.ops.rotary_positions import rotary_positions as rotary_positions
from keras_sep.ops.rotary_positions import rotate_pairs as rotate_pairs
from keras_sep.ops.scale_invariant_ratio import scale_invariant_ratio_db as scale_invariant_ratio_db
from keras_sep.ops.stft import istft as istft
from keras_sep.ops.stft import stft as stft
from keras_sep.ops.targets import deep_attractor_target as deep_attractor_target
from keras_sep.ops.targets import (
    magnitude_spectrum_approximation as magnitude_spectrum_approximation,
)
from keras_sep.ops.targets import phase_sensitive_approximation as phase_sensitive_approximation
from keras_sep.ops.targets import (
    truncated_phase_sensitive_approximation as truncated_phase_sensitive_approximation,
)
from keras_sep.ops.unit_length import unit_length as unit_length
from keras_sep.ops.wiener import wiener as wiener
from keras_sep.ops.wiener_like_mask import wiener_like_mask as wiener_like_mask
from keras_sep.ops.windows import join_windows as join_windows
from keras_sep.ops.windows import overlap_add as overlap_add
from keras_sep.ops.windows import split_windows as split_windows
