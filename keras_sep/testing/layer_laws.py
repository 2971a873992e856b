"""The laws of layers."""

import keras

from keras_sep.testing._laws import made_again
from keras_sep.testing.network_laws import NetworkLaws
from keras_sep.testing.outputs import through_json


class LayerLaws(NetworkLaws):
    """Laws of layers: subclass it in a file of tests and name the `cases`.

    Those of networks, and that the config is complete.

    Example:

    >>> from keras_sep import layers, testing
    >>> class TestMaskHead(testing.LayerLaws):
    ...     cases = {"MaskHead": testing.Case(
    ...         [(None, 5)], lambda x: layers.MaskHead(bins=3, sources=2)(x), weights=2)}
    >>> TestMaskHead().test_layer_config_round_trip("MaskHead")
    """

    def test_layer_config_round_trip(self, name):
        """The config has every argument of `__init__`, and makes the same layer again."""
        inner = [
            layer
            for layer in self.cases[name].network.layers
            if not isinstance(layer, keras.layers.InputLayer | keras.Model)
        ]
        for layer in inner:
            again = made_again(name, layer)
            # JSON turns tuples of a wrapped network's config into lists
            same = through_json(again.get_config()) == through_json(layer.get_config())
            assert same, f"{name}: another config came back. Received: {again.get_config()}"

    def test_mixed_bfloat16(self, name):
        """Outputs under `mixed_bfloat16` are bfloat16, and within 27 dB of those of float32."""
        # three bits less than float16 are 18 dB. Networks take the casts of their layers
        self._mixed_precision(name, "mixed_bfloat16", least_db=27, most=8e-2)
