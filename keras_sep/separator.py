"""Networks, front end and post-filter as one model from waveform to stems."""

import numbers

import keras

from keras_sep import ops
from keras_sep._networks import check_networks, estimates, estimates_shape, named_networks
from keras_sep._source_names import require_source_names
from keras_sep.layers import ApplyMixturePhase, Magnitude

# what a post-filter does with what networks give, by its number of axes
POST_FILTERS = {
    4: "make stems of embeddings, as `ClusterMasks` and `AttractorMasks` do",
    5: "filter estimates, as `ApplyMixturePhase` and `WienerFilter` do",
}


@keras.saving.register_keras_serializable(package="keras_sep")
class Separator(keras.Model):
    """One model from waveform to stems that knows its sample rate and its source names.

    Saves as `.keras` and loads in any process that imports keras_sep. The networks do not depend
    on each other, so inside a graph they run at the same time.

    It separates the waveform it is given, whole and at its sample rate; files, resampling and
    recordings longer than memory are the business of `keras_sep.inference`.

    Args:
        networks: a model, or an ordered dict from name to model. With a front end they map
            magnitude (batch, frames, bins, channels) to (batch, frames, bins, channels, sources),
            or to the embeddings (batch, frames, bins, dims) that the post-filter clusters; of a
            dict, such as that of `zoo.chimera`, the `"estimates"` are taken; without a front end,
            waveform (batch, samples, channels) to (batch, samples, channels, sources).
        sample_rate_hz: of the waveforms the networks were trained on.
        source_names: names of the sources, each a valid file name. Defaults to the names of the
            networks in the dict.
        front_end: a layer such as `keras_sep.layers.STFT` that turns a waveform into a
            (real, imag) pair and whose `inverse()` is the layer that turns it back. None for
            networks that read waveforms.
        post_filter: a layer called on (magnitudes, mixture pair), which returns the pair of the
            stems. Defaults to `ApplyMixturePhase()` where there is a front end. A post-filter with
            `residual=True` adds the source `"residual"`; one with `sources`, such as
            `ClusterMasks`, says how many there are.
        license: of the weights, as text; carried along, never interpreted.
        interchangeable_sources: whether the networks may give the sources in any order, as those do
            that are trained with permutation invariance. `keras_sep.inference` then orders the
            blocks of a long file by their likeness.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources)

    Example:
        >>> import numpy as np
        >>> from keras_sep import Separator, layers, zoo
        >>> network = zoo.open_unmix(targets=("vocals", "drums"), bins=17, channels=2, hidden=4)
        >>> separator = Separator(network, 8000, ("vocals", "drums"), layers.STFT(32, 8))
        >>> separator(np.zeros((3, 101, 2), "float32")).shape
        TensorShape([3, 101, 2, 2])
    """

    def __init__(
        self,
        networks,
        sample_rate_hz,
        source_names=None,
        front_end=None,
        post_filter=None,
        license=None,
        interchangeable_sources=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        whole = isinstance(sample_rate_hz, numbers.Real) and float(sample_rate_hz).is_integer()
        if not whole or sample_rate_hz <= 0:
            raise ValueError(
                f"`sample_rate_hz` must be a positive whole number. Received: {sample_rate_hz!r}"
            )
        if front_end is None and post_filter is not None:
            raise ValueError(
                "`post_filter` works on spectrograms and needs a `front_end`. "
                f"Received: front_end=None, post_filter={post_filter}"
            )
        self.networks = networks
        self.sample_rate_hz = int(sample_rate_hz)
        self.front_end = front_end
        self.post_filter = post_filter
        self.interchangeable_sources = interchangeable_sources
        self.license = license
        self._given_source_names = source_names

        named = named_networks(networks)
        check_networks(named, front_end)
        self._estimators = list(named.values())
        self._magnitude: keras.Layer | None = None
        self._filter: keras.Layer | None = None
        self._inverse: keras.Layer | None = None
        if front_end is not None:
            self._magnitude = Magnitude(name="magnitude")
            self._filter = ApplyMixturePhase() if post_filter is None else post_filter
            self._inverse = front_end.inverse()
            self._check_bins(named)
            self._check_post_filter(named)
        self.source_names = self._names(named, source_names)
        self._sources = len(self.source_names)
        self.build((None, None, self.channels))  # all weights are the networks', and built

    @property
    def channels(self):
        """How many channels the networks read, or None where any number will do."""
        return self._estimators[0].input_shape[-1]

    def _names(self, named, given):
        counts = {key: estimates_shape(network)[-1] for key, network in named.items()}
        total = getattr(self._filter, "sources", sum(counts.values()))
        if given is None and all(key is not None and n == 1 for key, n in counts.items()):
            given = tuple(named)
        if given is None:
            raise ValueError(
                f"`source_names` must name the {total} sources of the networks. Received: None"
            )
        names = require_source_names(given)
        residual = getattr(self._filter, "residual", False)
        if residual and len(names) == total:
            names = (*names, "residual")
        if len(names) != total + residual:
            raise ValueError(
                f"`source_names` must name the {total} sources of the networks. Received: {names}"
            )
        if len(set(names)) != len(names):
            raise ValueError(f"`source_names` must differ from each other. Received: {names}")
        return names

    def _check_bins(self, named):
        """The front end's bins must be those that the networks read, where both are known."""
        given = self.front_end.compute_output_shape((None, None, self.channels))[0][2]
        for network in named.values():
            wanted = network.input_shape[2]
            if None not in (given, wanted) and given != wanted:
                raise ValueError(
                    f"`front_end` must give the {wanted} bins that `networks` read. "
                    f"Received: {given} bins of {self.front_end}"
                )

    def _check_post_filter(self, named):
        """A post-filter that names the axes it reads must get them from every network."""
        axes, *_ = getattr(self._filter, "axes", ("(...)",))
        for network in named.values():
            shape = estimates_shape(network)
            if "..." in axes or len(shape) == len(axes.split(",")):
                continue
            own = f"be one of your own for what the network gives, {shape}"
            wanted = POST_FILTERS.get(len(shape), own)
            raise ValueError(
                f"`post_filter` must {wanted}, for `{network.name}`. "
                f"Received: post_filter={self.post_filter}"
            )

    def build(self, input_shape):
        self._check(input_shape)
        self.built = True

    def _check(self, shape):
        wanted = self.channels
        if len(shape) == 3 and (wanted is None or shape[2] in (None, wanted)):
            return
        raise ValueError(
            f"`waveform` must have shape (batch, samples, {wanted or 'channels'}). "
            f"Received: {tuple(shape)}"
        )

    def call(self, waveform, training=False):
        self._check(waveform.shape)
        if waveform.shape[0] == 0:  # TensorFlow's convolutions on a CPU have no empty batches
            return keras.ops.zeros((0, *waveform.shape[1:], self._sources), self.compute_dtype)
        if self._magnitude is None or self._filter is None or self._inverse is None:
            return self._estimate(waveform, training)
        mixture = self.front_end(waveform)  # two of (batch, frames, bins, channels)
        magnitudes = self._estimate(self._magnitude(mixture), training)
        stems = self._filter(magnitudes, mixture)  # two of (…, channels, sources)
        return self._inverse(stems, like=waveform)

    def _estimate(self, mixture, training):
        return ops.join_sources(
            [estimates(network(mixture, training=training)) for network in self._estimators]
        )

    def compute_output_shape(self, input_shape):
        return (*input_shape, self._sources)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object

        def untrained(network):
            """A process that separates need not know the optimizer of a network's training."""
            config = serialize(network)
            config.pop("compile_config", None)
            return config

        return {
            **super().get_config(),
            "networks": {key: untrained(model) for key, model in self.networks.items()}
            if isinstance(self.networks, dict)
            else untrained(self.networks),
            "sample_rate_hz": self.sample_rate_hz,
            "source_names": self._given_source_names,
            "front_end": serialize(self.front_end),
            "post_filter": serialize(self.post_filter),
            "interchangeable_sources": self.interchangeable_sources,
            "license": self.license,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        def revive(value):
            return keras.saving.deserialize_keras_object(value, custom_objects=custom_objects)

        networks = config["networks"]
        single = "class_name" in networks
        return cls(
            **{
                **config,
                "networks": revive(networks)
                if single
                else {key: revive(model) for key, model in networks.items()},
                "front_end": revive(config["front_end"]),
                "post_filter": revive(config["post_filter"]),
            }
        )
