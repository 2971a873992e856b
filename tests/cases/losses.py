"""Cases of the distances of waveforms and of the losses that wrap another."""

import keras

from cases.case import CHANNELS, LossCase
from keras_sep import losses

MIXTURES = 2

LOSSES = {
    "ComplexSTFTLoss": LossCase(
        lambda **kwargs: losses.ComplexSTFTLoss(
            (20, 13), (7, 5), (32, 16), losses.L1SNR(), "sqrt_hann", True, **kwargs
        )
    ),
    # a loss of Keras's own, which knows neither masks nor one value an example
    "FixedOrderLoss": LossCase(
        lambda **kwargs: losses.FixedOrderLoss(keras.losses.MeanSquaredError(), **kwargs)
    ),
    "L1SNR": LossCase(losses.L1SNR),
    "LogMSE": LossCase(losses.LogMSE),
    "MixtureInvariantLoss": LossCase(
        lambda **kwargs: losses.MixtureInvariantLoss(losses.SNR(limit_db=30.0), **kwargs),
        y_true=(None, CHANNELS, MIXTURES),
    ),
    "MultiResolutionSTFTLoss": LossCase(
        lambda **kwargs: losses.MultiResolutionSTFTLoss((20, 13), (7, 5), (32, 16), **kwargs)
    ),
    "PermutationInvariantLoss": LossCase(
        lambda **kwargs: losses.PermutationInvariantLoss(losses.SISDR(), **kwargs)
    ),
    "RMSE": LossCase(losses.RMSE),
    "SNR": LossCase(lambda **kwargs: losses.SNR(limit_db=30.0, **kwargs)),
    "SumOfLosses": LossCase(
        lambda **kwargs: losses.SumOfLosses(
            [losses.WaveformLoss(), losses.ComplexSTFTLoss([13], [5], [16])], [0.7, 2.0], **kwargs
        )
    ),
    # what is left out depends on the batch
    "TrimmedMSE": LossCase(losses.TrimmedMSE, separate=False),
}
