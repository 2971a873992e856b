"""Keras layers, one public class per file."""

from keras_sep.layers._fast_loop import loops_of_keras as loops_of_keras
from keras_sep.layers.aligned_istft import AlignedISTFT
from keras_sep.layers.aligned_stft import AlignedSTFT
from keras_sep.layers.amplitude_to_decibel import AmplitudeToDecibel
from keras_sep.layers.analysis_filterbank import AnalysisFilterbank
from keras_sep.layers.anchored_attractor_masks import AnchoredAttractorMasks
from keras_sep.layers.apply_complex_mask import ApplyComplexMask
from keras_sep.layers.apply_mask import ApplyMask
from keras_sep.layers.apply_mixture_phase import ApplyMixturePhase
from keras_sep.layers.attractor_masks import AttractorMasks
from keras_sep.layers.band_masks import BandMasks
from keras_sep.layers.band_split import BandSplit
from keras_sep.layers.bounded_complex_mask import BoundedComplexMask
from keras_sep.layers.center_crop import CenterCrop
from keras_sep.layers.cluster_masks import ClusterMasks
from keras_sep.layers.compressed_conv_block import CompressedConvBlock
from keras_sep.layers.compressed_residual import CompressedResidual
from keras_sep.layers.conv_istft import ConvISTFT
from keras_sep.layers.conv_local_attention import ConvLocalAttention
from keras_sep.layers.conv_mask_head import ConvMaskHead
from keras_sep.layers.conv_stft import ConvSTFT
from keras_sep.layers.conv_swiglu import ConvSwiGLU
from keras_sep.layers.crop_concatenate import CropConcatenate
from keras_sep.layers.cumulative_layer_normalization import CumulativeLayerNormalization
from keras_sep.layers.dual_path_block import DualPathBlock
from keras_sep.layers.dual_path_transformer_block import DualPathTransformerBlock
from keras_sep.layers.embedding_head import EmbeddingHead
from keras_sep.layers.fit_length import FitLength
from keras_sep.layers.flatten_bins import FlattenBins
from keras_sep.layers.fourier_features import FourierFeatures
from keras_sep.layers.frequency_embedding import FrequencyEmbedding
from keras_sep.layers.gated_conv_block import GatedConvBlock
from keras_sep.layers.gated_conv_feed_forward import GatedConvFeedForward
from keras_sep.layers.gated_fusion import GatedFusion
from keras_sep.layers.gated_mask_head import GatedMaskHead
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization
from keras_sep.layers.grid_net_block import GridNetBlock
from keras_sep.layers.group_conv_2d import GroupConv2D
from keras_sep.layers.gru import GRU
from keras_sep.layers.instance_normalization import InstanceNormalization
from keras_sep.layers.instant_layer_normalization import InstantLayerNormalization
from keras_sep.layers.inverse_mel_projection import InverseMelProjection
from keras_sep.layers.irfft import IRFFT
from keras_sep.layers.istft import ISTFT
from keras_sep.layers.join_windows import JoinWindows
from keras_sep.layers.learnable_normalization import LearnableNormalization
from keras_sep.layers.length_mask import LengthMask
from keras_sep.layers.level_normalization import LevelNormalization
from keras_sep.layers.linear_upsampling import LinearUpsampling
from keras_sep.layers.local_attention import LocalAttention
from keras_sep.layers.locoformer_block import LocoformerBlock
from keras_sep.layers.log_magnitude import LogMagnitude
from keras_sep.layers.lstm import LSTM
from keras_sep.layers.magnitude import Magnitude
from keras_sep.layers.mask_head import MaskHead
from keras_sep.layers.mask_reshape import MaskReshape
from keras_sep.layers.mel_projection import MelProjection
from keras_sep.layers.mixture_consistency import MixtureConsistency
from keras_sep.layers.pad_to_length import PadToLength
from keras_sep.layers.pad_to_multiple import PadToMultiple
from keras_sep.layers.pad_to_valid_length import PadToValidLength
from keras_sep.layers.phase import Phase
from keras_sep.layers.pooled_attention import PooledAttention
from keras_sep.layers.post_filter import PostFilter
from keras_sep.layers.power_compression import PowerCompression
from keras_sep.layers.ratio_mask import RatioMask
from keras_sep.layers.recurrent_stack import RecurrentStack
from keras_sep.layers.relative_positions import RelativePositions
from keras_sep.layers.residual_mask import ResidualMask
from keras_sep.layers.rfft import RFFT
from keras_sep.layers.rms_group_normalization import RMSGroupNormalization
from keras_sep.layers.rotary_attention import RotaryAttention
from keras_sep.layers.rotary_transformer_block import RotaryTransformerBlock
from keras_sep.layers.sinc_resample import SincResample
from keras_sep.layers.sine_positions import SinePositions
from keras_sep.layers.source_attention import SourceAttention
from keras_sep.layers.source_split import SourceSplit
from keras_sep.layers.sparse_downsampling import SparseDownsampling
from keras_sep.layers.sparse_upsampling import SparseUpsampling
from keras_sep.layers.split_and_merge_block import SplitAndMergeBlock
from keras_sep.layers.split_windows import SplitWindows
from keras_sep.layers.standardize import Standardize
from keras_sep.layers.stft import STFT
from keras_sep.layers.synthesis_filterbank import SynthesisFilterbank
from keras_sep.layers.temporal_conv_block import TemporalConvBlock
from keras_sep.layers.tfc_tdf_block import TFCTDFBlock
from keras_sep.layers.transformer_block import TransformerBlock
from keras_sep.layers.u_conv_block import UConvBlock
from keras_sep.layers.unet_decoder_block import UNetDecoderBlock
from keras_sep.layers.unet_encoder_block import UNetEncoderBlock
from keras_sep.layers.wiener_filter import WienerFilter
from keras_sep.layers.windowed import Windowed
from keras_sep.layers.windowed_recurrent_stack import WindowedRecurrentStack

__all__ = [
    "GRU",
    "IRFFT",
    "ISTFT",
    "LSTM",
    "RFFT",
    "STFT",
    "AlignedISTFT",
    "AlignedSTFT",
    "AmplitudeToDecibel",
    "AnalysisFilterbank",
    "AnchoredAttractorMasks",
    "ApplyComplexMask",
    "ApplyMask",
    "ApplyMixturePhase",
    "AttractorMasks",
    "BandMasks",
    "BandSplit",
    "BoundedComplexMask",
    "CenterCrop",
    "ClusterMasks",
    "CompressedConvBlock",
    "CompressedResidual",
    "ConvISTFT",
    "ConvLocalAttention",
    "ConvMaskHead",
    "ConvSTFT",
    "ConvSwiGLU",
    "CropConcatenate",
    "CumulativeLayerNormalization",
    "DualPathBlock",
    "DualPathTransformerBlock",
    "EmbeddingHead",
    "FitLength",
    "FlattenBins",
    "FourierFeatures",
    "FrequencyEmbedding",
    "GatedConvBlock",
    "GatedConvFeedForward",
    "GatedFusion",
    "GatedMaskHead",
    "GlobalLayerNormalization",
    "GridNetBlock",
    "GroupConv2D",
    "InstanceNormalization",
    "InstantLayerNormalization",
    "InverseMelProjection",
    "JoinWindows",
    "LearnableNormalization",
    "LengthMask",
    "LevelNormalization",
    "LinearUpsampling",
    "LocalAttention",
    "LocoformerBlock",
    "LogMagnitude",
    "Magnitude",
    "MaskHead",
    "MaskReshape",
    "MelProjection",
    "MixtureConsistency",
    "PadToLength",
    "PadToMultiple",
    "PadToValidLength",
    "Phase",
    "PooledAttention",
    "PostFilter",
    "PowerCompression",
    "RMSGroupNormalization",
    "RatioMask",
    "RecurrentStack",
    "RelativePositions",
    "ResidualMask",
    "RotaryAttention",
    "RotaryTransformerBlock",
    "SincResample",
    "SinePositions",
    "SourceAttention",
    "SourceSplit",
    "SparseDownsampling",
    "SparseUpsampling",
    "SplitAndMergeBlock",
    "SplitWindows",
    "Standardize",
    "SynthesisFilterbank",
    "TFCTDFBlock",
    "TemporalConvBlock",
    "TransformerBlock",
    "UConvBlock",
    "UNetDecoderBlock",
    "UNetEncoderBlock",
    "WienerFilter",
    "Windowed",
    "WindowedRecurrentStack",
]
