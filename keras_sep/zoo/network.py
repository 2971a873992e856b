"""A functional model that carries what its builder knew."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_sep._brief import brief
from keras_sep.zoo.facts import Facts


@keras.saving.register_keras_serializable(package="keras_sep")
class Network(keras.Model):
    """A functional `keras.Model` that says what it reads, what it returns, and how it sees time.

    Every builder of `keras_sep.zoo` returns one. Graph, layers, `fit` and `save` are those of any
    functional model; `facts` lie beside the graph, also in the `.keras` file, in a clone and in a
    network that is part of a `Separator`. Separation of long files, training and export read them.

    Args:
        inputs: Input tensor, or tensors, as of `keras.Model`.
        outputs: Output tensor, or tensors, as of `keras.Model`.
        name: Name of the model.
        facts: `Facts` of the network. Without them the network is one that nothing is known of.

    Example:

    >>> network = keras_sep.zoo.tasnet(filters=4, kernel_size=40, units=3, layers=1)
    >>> network.facts.reads, network.facts.returns, network.facts.stride
    ('waveform', 'waveforms', 40)
    >>> network.facts.arguments["filters"]
    4

    A network of your own:

    >>> mixture = keras.Input((None, 1))
    >>> stems = keras.layers.Reshape((-1, 1, 2))(keras.layers.Conv1D(2, 5, padding="same")(mixture))
    >>> facts = keras_sep.zoo.Facts("waveform", "waveforms", stride=1, context=(2, 2))
    >>> keras_sep.zoo.Network(mixture, stems, name="mine", facts=facts)
    <Network mine: waveform to waveforms, stride 1, context 2 samples on each side>
    """

    # Keras saves the graph of a subclass only where it leaves these arguments to Keras: 3.13 and
    # 3.14 compare names of arguments with a signature that they hide themselves
    def __init__(self, *args: Any, facts: Facts | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if facts is None:
            facts = _handed_on(self.outputs, self.name)
        elif isinstance(facts, Mapping):
            facts = Facts(**facts)
        if not isinstance(facts, Facts | None):
            raise ValueError(f"`facts` must be `zoo.Facts` or None. Received: facts={facts!r}")
        self.facts = facts
        self._require_unpadded()
        # unless told so, Keras warns that a model does not propagate masks though its layers do
        self.supports_masking = all(
            isinstance(layer, keras.layers.InputLayer) or getattr(layer, "supports_masking", False)
            for layer in self.operations
        )

    @property
    def unpadded(self) -> Any:
        """The network inside that reads `margin` time steps more than it returns, on each side.

        None where there is none.
        """
        name = self.facts and self.facts.unpadded
        return self.get_layer(name) if name else None

    def _require_unpadded(self):
        name = self.facts and self.facts.unpadded
        if name and name not in [layer.name for layer in self.layers]:
            raise ValueError(
                "`unpadded` of a network's facts must name a network inside. "
                f"Received: {brief(name)}"
            )

    def get_config(self) -> dict[str, Any]:
        facts = None if self.facts is None else self.facts.to_dict()
        return {**super().get_config(), "facts": facts}

    def summary(self, *args: Any, print_fn: Any = None, **kwargs: Any) -> Any:
        """Print the layers, as Keras does, and the facts."""
        super().summary(*args, print_fn=print_fn, **kwargs)
        if self.facts is not None:
            (print_fn or print)(f" {self.facts}")

    def __repr__(self):
        known = "nothing is known of it" if self.facts is None else self.facts
        return f"<{type(self).__name__} {self.name}: {known}>"

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        self._require_shapes(inputs)
        nothing = self._of_nothing(inputs)
        return super().__call__(inputs, *args, **kwargs) if nothing is None else nothing

    def _require_shapes(self, inputs):
        """Raise a `ValueError` where a size is another than the network's, as of its channels."""
        wanted = [x.shape for x in keras.tree.flatten(self.input)]
        given = [tuple(getattr(x, "shape", ())) for x in keras.tree.flatten(inputs)]
        for sizes, found in zip(wanted, given, strict=False):
            pairs = [*zip(sizes[1:], found[1:], strict=False)]
            if len(sizes) == len(found) and any(None not in x and x[0] != x[1] for x in pairs):
                raise ValueError(
                    f"The input of {self.name} must have shape {tuple(sizes)}. Received: {found}"
                )

    def _of_nothing(self, inputs):
        """What comes of an input without an example or a time step; None where it has both.

        Convolutions do not run on nothing, and each backend says so in words of its own.
        """
        tensors = keras.tree.flatten(inputs)
        shapes = [tuple(getattr(x, "shape", ())) for x in tensors]
        if not any(0 in shape for shape in shapes) or keras.KerasTensor in map(type, tensors):
            return None
        given = keras.tree.map_structure(
            lambda x: keras.KerasTensor(x.shape, keras.backend.standardize_dtype(x.dtype)), inputs
        )
        try:
            outputs = self.compute_output_spec(given)
        except ValueError:
            raise ValueError(
                f"The input of {self.name} must have at least one step along every axis. "
                f"Received: shape {', '.join(map(str, shapes))}"
            ) from None
        return keras.tree.map_structure(lambda x: keras.ops.zeros(x.shape, x.dtype), outputs)

    def _run_through_graph(self, *args, **kwargs):
        # `keras.models.clone_model` gives a clone nothing but its tensors and its name
        outputs = super()._run_through_graph(*args, **kwargs)
        for tensor in keras.tree.flatten(outputs):
            if isinstance(tensor, keras.KerasTensor):
                tensor.of_network = self
        return outputs


def _handed_on(outputs, name):
    """Facts of the network that was run through for these outputs, under this name."""
    for tensor in keras.tree.flatten(outputs):
        network = getattr(tensor, "of_network", None)
        if network is not None and network.name == name:
            return network.facts
    return None
