"""Published PyTorch weights to models of the zoo, without PyTorch."""

from keras_sep.convert.checkpoint import read_checkpoint
from keras_sep.convert.conv_tasnet import conv_tasnet
from keras_sep.convert.open_unmix import open_unmix

__all__ = ["conv_tasnet", "open_unmix", "read_checkpoint"]
