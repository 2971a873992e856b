"""Floors under logarithms, roots and quotients, by quantity: what counts as silence."""

AMPLITUDE_FLOOR = 1e-8  # of samples and bins: -160 dB of full scale
MEAN_SQUARE_FLOOR = 1e-12  # of a signal: -120 dB, the noise of 20 bits
ENERGY_FLOOR = 1e-20  # of a sum of squares: far below one quantisation step of 24-bit audio
RELATIVE_ENERGY_FLOOR = 1e-8  # of an estimate's energy: ratios end at +-80 dB, as do gradients
POWER_FLOOR = 1e-36  # of a bin that counts as zero: its root and the root's square are normal
POWER_SHARE_FLOOR = 1e-18  # of a bin whose sources share it equally
LOG_POWER_FLOOR = 1e-7  # of a bin under a logarithm: 105 dB below a full-scale tone in 240 samples
SQUARED_LENGTH_FLOOR = 1e-24  # of a vector that has no direction
WEIGHT_FLOOR = 1e-30  # of items that have no mean
RECORDING_FLOOR = 1e-5  # of a root mean square: -100 dB, below half a step of 16 bits
