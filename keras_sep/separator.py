"""Networks, front end and post-filter as one model from waveform to stems."""

import importlib
import math
import numbers
from typing import Any

import keras

from keras_sep import ops
from keras_sep._brief import brief
from keras_sep._mean_of_networks import MeanOfNetworks
from keras_sep._networks import (
    COMPLEX,
    check_bins,
    check_networks,
    check_post_filter,
    estimated,
    estimates_shape,
    known_facts,
    named_networks,
    read_shape,
    reads_spectrum,
    returns,
    untrained_config,
)
from keras_sep._separate import separate
from keras_sep._source_names import require_source_names
from keras_sep._validate import require_flags, require_samples_or_none, require_texts_or_none
from keras_sep.layers import ApplyMixturePhase, Magnitude

MOST_RATE_HZ = 2**24  # no sound has a hundredth


@keras.saving.register_keras_serializable(package="keras_sep")
class Separator(keras.Model):
    """One model from waveform to stems, with its sample rate and source names.

    It is saved as `.keras` and loads in any process that imports keras_sep. The networks do not
    depend on each other, so in a graph they run in parallel.

    Called as a model, it separates a batch of whole waveforms at its own sample rate; `separate`
    takes a recording of any length and rate, and `keras_sep.inference` files.

    Args:
        networks: Model, or ordered dict from name to model. With a front end they map magnitude
            (batch, frames, bins, channels) to (batch, frames, bins, channels, sources), or to the
            embeddings (batch, frames, bins, dims) that the post-filter clusters; of a dict of
            outputs, as from `zoo.chimera`, `"estimates"` is used. A network with two inputs reads
            the complex spectrum, real and imaginary part each (batch, frames, bins, channels), and
            one with two outputs returns complex spectra of the stems, each (batch, frames, bins,
            channels, sources), or complex masks if its `facts` say so. Without a front end, they
            map waveform (batch, samples, channels) to (batch, samples, channels, sources).
        sample_rate_hz: Sample rate of the waveforms that the networks were trained on, in Hz.
        source_names: Names of the sources, each a valid file name. Default: the names of the
            networks in the dict.
        front_end: Layer such as `keras_sep.layers.STFT` that turns a waveform into a (real, imag)
            pair, and whose `inverse()` is the layer that turns it back. None for networks that read
            waveforms. Default None.
        post_filter: `PostFilter` from the networks' outputs and the mixture pair to the pair of the
            stems. It may add sources, such as the `"residual"` of `WienerFilter(residual=True)`, or
            determine their number, as `ClusterMasks` does. Default: `ApplyMixturePhase()` for
            magnitudes, none for complex spectra.
        license: Licence of the weights, as text that is stored but not interpreted. Default None.
        interchangeable_sources: Whether the networks may return the sources in any order, as after
            training in any order. `keras_sep.inference` then matches the sources of successive
            blocks of a long file. Default False.
        stride_samples: Stride of the networks in samples, such as that of a learned filterbank;
            blocks of a long file start on multiples of it. Default: that of the networks' `facts`,
            or 1 without facts, times the hop of the front end.
        context_samples: Largest number of samples on each side of its own that a sample of the
            stems depends on. Default: the sum over networks, front end and post-filter by their
            facts, or None if that is the whole recording or unknown.
        weights: Weights for the mean of networks of waveforms that each estimate all sources: one
            row per network, in the order of the dict, and one number per source. The networks run
            one after another, in the memory of one. None if the networks estimate different
            sources. Default None.

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
        networks: Any,
        sample_rate_hz: float,
        source_names: Any = None,
        front_end: Any = None,
        post_filter: Any = None,
        license: Any = None,
        interchangeable_sources: bool = False,
        stride_samples: Any = None,
        context_samples: Any = None,
        weights: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_samples_or_none(1, stride_samples=stride_samples)
        require_samples_or_none(0, context_samples=context_samples)
        whole = isinstance(sample_rate_hz, numbers.Real) and sample_rate_hz % 1 == 0
        if not whole or sample_rate_hz <= 0:
            raise ValueError(
                f"`sample_rate_hz` must be a positive whole number. Received: {sample_rate_hz!r}"
            )
        if sample_rate_hz > MOST_RATE_HZ:
            raise ValueError(
                f"`sample_rate_hz` must be at most {MOST_RATE_HZ}. "
                f"Received: {brief(sample_rate_hz)}"
            )
        require_texts_or_none(license=license)
        require_flags(interchangeable_sources=interchangeable_sources)
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
        self._given_samples = (stride_samples, context_samples)

        named = named_networks(networks)
        check_networks(named, front_end)
        self._estimators = list(named.values())
        self.mean_of_networks = None
        if weights is not None:
            if interchangeable_sources:
                raise ValueError(
                    "`weights` average sources in a known order. "
                    "Received: weights and interchangeable_sources=True"
                )
            self.mean_of_networks = MeanOfNetworks(named, weights, front_end)
        self._magnitude: keras.Layer | None = None
        self._filter: keras.Layer | None = None
        self._inverse: keras.Layer | None = None
        if front_end is not None:
            self._magnitude = Magnitude(name="magnitude")
            self._filter = post_filter
            if post_filter is None and returns(self._estimators[0]) not in COMPLEX:
                self._filter = ApplyMixturePhase()
            self._inverse = front_end.inverse()
            check_bins(named, front_end)
            check_post_filter(named, self._filter, post_filter)
        self.source_names = self._names(named, source_names)
        self._sources = len(self.source_names)
        self.build((None, None, self.channels))  # all weights are the networks', and built

    @property
    def channels(self) -> Any:
        """Number of channels that the networks read, or None for any number."""
        return read_shape(self._estimators[0])[-1]

    @property
    def hop_samples(self) -> Any:
        """Samples from one frame of the front end to the next; 1 without a front end."""
        return getattr(self.front_end, "hop_length", None) or 1

    @property
    def stride_samples(self) -> Any:
        """Stride of the networks in samples: shifting the input by it shifts the output."""
        if self._given_samples[0] is not None:
            return self._given_samples[0]
        known = [known_facts(network) for network in self._estimators]
        return self.hop_samples * math.lcm(*(facts.stride for facts in known))

    @property
    def context_samples(self) -> Any:
        """Samples on each side that a sample of the stems depends on.

        None if that is the whole recording or unknown.
        """
        if self._given_samples[1] is not None:
            return self._given_samples[1]
        frames = 0
        for network in self._estimators:
            before, after = known_facts(network).context
            if before is None or after is None:
                return None
            frames = max(frames, before, after)
        of_filter = 0 if self._filter is None else getattr(self._filter, "context_frames", None)
        if of_filter is None:
            return None
        frames += of_filter
        if self.front_end is None:
            return frames
        length = getattr(self.front_end, "frame_length", None)
        return None if length is None else frames * self.hop_samples + length - 1

    @property
    def segment_samples(self) -> Any:
        """Length in samples that the networks were trained on, or None for any length."""
        known = [known_facts(network) for network in self._estimators]
        segments = [facts.segment for facts in known if facts.segment]
        return self.hop_samples * max(segments) if segments else None

    @classmethod
    def from_preset(cls, preset: Any, accept_license: bool = False) -> Any:
        """Load a separator with published weights, which are downloaded and converted on first use.

        Afterwards it loads offline. Files are kept in the user's cache folder, or in the folder
        named by the environment variable `KERAS_SEP_HOME`.

        Args:
            preset: Name of a preset in `keras_sep.presets()`, such as `"umxhq"`; a folder written
                by `save_to_preset`; a `.keras` file; or `"hf://user/repository"`.
            accept_license: Whether you accept the terms of weights that forbid commercial use or
                state none. It is remembered.

        Returns:
            A `Separator`, whose `license` names the terms of its weights.

        Raises:
            ValueError: If there is no such preset, it cannot be downloaded, or its terms are not
                accepted.

        Example:

        >>> keras_sep.Separator.from_preset("umxhx")
        Traceback (most recent call last):
        ...
        ValueError: No published model is called 'umxhx'. Did you mean `umxhq`?
        """
        return _pretrained().from_preset(preset, accept_license)

    def save_to_preset(self, folder: Any) -> None:
        """Write a folder that `from_preset` reads, here or as a repository on Hugging Face.

        Args:
            folder: Path of the folder, which is created if needed.
        """
        _pretrained().save_to_preset(self, folder)

    separate = separate

    def with_post_filter(self, post_filter: Any) -> Any:
        """Return the same networks, weights and names with another post-filter.

        Args:
            post_filter: `PostFilter`, or None for the default one.

        Returns:
            A `Separator` that shares the networks, without the sources that the old post-filter
            added and with those that the new one adds.
        """
        added = len(getattr(self._filter, "extra_sources", ()))
        config = {
            **self._settings,
            "source_names": self.source_names[: len(self.source_names) - added],
            "post_filter": post_filter,
        }
        return type(self)(self.networks, front_end=self.front_end, **config)

    def _names(self, named, given):
        counts = {key: estimates_shape(network)[-1] for key, network in named.items()}
        total = getattr(self._filter, "sources", None) or sum(counts.values())
        if self.mean_of_networks is not None:
            total = self.mean_of_networks.sources
        apart = self.mean_of_networks is None
        if given is None and apart and all(key is not None and n == 1 for key, n in counts.items()):
            given = tuple(named)
        if given is None:
            raise ValueError(
                f"`source_names` must name the {total} sources of the networks. Received: None"
            )
        names = require_source_names(given)
        added = tuple(getattr(self._filter, "extra_sources", ()))
        if len(names) == total:
            names = (*names, *added)
        if len(names) != total + len(added):
            raise ValueError(
                f"`source_names` must name the {total} sources of the networks. Received: {names}"
            )
        if len(set(names)) != len(names):
            raise ValueError(f"`source_names` must differ from each other. Received: {names}")
        return names

    def build(self, input_shape: Any) -> None:
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

    def call(self, waveform: Any, training: bool = False) -> Any:
        self._check(waveform.shape)
        if waveform.shape[0] == 0:  # TensorFlow's convolutions on a CPU have no empty batches
            return keras.ops.zeros((0, *waveform.shape[1:], self._sources), self.compute_dtype)

        def apply(layer, *args, **kwargs):
            if layer in self._estimators:
                kwargs["training"] = training
            return layer(*args, **kwargs)

        return self.through_parts(waveform, apply)

    def through_parts(self, waveform: Any, apply: Any) -> Any:
        """The stems with `apply(layer, *args, **kwargs)` in place of the call of each part.

        Args:
            waveform: (batch, samples, channels).
            apply: Function that calls a part: front end, networks, post-filter, inverse.
        """
        if self.mean_of_networks is not None:
            return self.mean_of_networks(lambda x, read: estimated(x, read, apply), waveform)
        if self._magnitude is None or self._inverse is None:
            return ops.join_sources([estimated(x, waveform, apply) for x in self._estimators])
        mixture = apply(self.front_end, waveform)  # two of (batch, frames, bins, channels)
        magnitude = self._magnitude(mixture)
        found = [
            estimated(x, list(mixture) if reads_spectrum(x) else magnitude, apply)
            for x in self._estimators
        ]
        if isinstance(found[0], list | tuple):
            stems = tuple(map(ops.join_sources, zip(*found, strict=True)))
        else:
            stems = ops.join_sources(found)
        if self._filter is not None:
            stems = apply(self._filter, stems, mixture)  # two of (…, channels, sources)
        return apply(self._inverse, stems, like=waveform)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, self._sources)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object

        return {
            **super().get_config(),
            **self._settings,
            "networks": {key: untrained_config(model) for key, model in self.networks.items()}
            if isinstance(self.networks, dict)
            else untrained_config(self.networks),
            "front_end": serialize(self.front_end),
            "post_filter": serialize(self.post_filter),
        }

    @property
    def _settings(self):
        """The arguments that are plain values."""
        stride_samples, context_samples = self._given_samples
        return {
            "sample_rate_hz": self.sample_rate_hz,
            "source_names": self._given_source_names,
            "license": self.license,
            "interchangeable_sources": self.interchangeable_sources,
            "stride_samples": stride_samples,
            "context_samples": context_samples,
            "weights": self.mean_of_networks and self.mean_of_networks.given,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
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
                # in files from before these two were checked, anything
                "license": None if config["license"] is None else str(config["license"]),
                "interchangeable_sources": bool(config["interchangeable_sources"]),
            }
        )


def _pretrained() -> Any:
    """The package `pretrained`, imported on use, as it imports this module."""
    return importlib.import_module("keras_sep.pretrained")
