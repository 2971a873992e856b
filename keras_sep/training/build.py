"""Building what a recipe describes: network, loss, optimizer, model for `fit`, separator."""

import contextlib
import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from keras_sep import layers, ops, zoo
from keras_sep._brief import brief
from keras_sep._keras import sublayers
from keras_sep._named import Named, made, normalization_layer, public
from keras_sep._named.arguments import check_arguments
from keras_sep._networks import known_facts, unpadded
from keras_sep._without_memory import without_memory
from keras_sep.separator import Separator
from keras_sep.training._augment import check_augment
from keras_sep.training._checkpointed import checkpointed
from keras_sep.training._losses import TARGETS, comparing
from keras_sep.training.compile_arguments import build_loss, build_optimizer
from keras_sep.training.freezing import freeze_statistics, train_only
from keras_sep.training.lora import LoRA
from keras_sep.training.on_device import OnDeviceSpectrograms
from keras_sep.training.on_device_augmentation import OnDeviceAugmentation
from keras_sep.training.on_device_mixtures import OnDeviceMixtures
from keras_sep.training.parallel import check_split
from keras_sep.training.recipe import Recipe

_MOST_WEIGHTS = 1_000_000_000  # with Adam's moments and the gradients 16 GB


def check(recipe: Recipe) -> None:
    """Make all that a recipe names, its network of shapes alone.

    Raises:
        ValueError: If something cannot be made, does not fit the rest, or could not be read back.
    """
    recipe.to_yaml()
    build_loss(recipe)
    build_target(recipe)
    build_optimizer(recipe)
    check_augment(recipe)
    without_memory(lambda: _separator(recipe))


def _separator(recipe: Recipe) -> Separator:
    """The separator, of a network that the model for `fit` can be made of."""
    network = build_network(recipe)
    _check_weights(network)
    check_split(network, recipe.fit.model_parallel)
    build_model(recipe, network)
    return build_separator(recipe, network)


def build_network(
    recipe: Recipe, mean: np.ndarray | None = None, scale: np.ndarray | None = None
) -> keras.Model:
    """Build the recipe's network, from the mixture or its magnitude to what its losses compare.

    Args:
        recipe: Recipe of the training.
        mean: Mean of the mixtures' magnitudes in each bin, from which its input normalisation
            starts. Default None.
        scale: Standard deviation of the mixtures' magnitudes in each bin. Default None.
    """
    model = recipe.model
    if model.arguments.get("normalization") is not None:
        key = "model.arguments.normalization"
        layer = normalization_layer(model.arguments["normalization"], key)
        model = Named(model.name, {**model.arguments, "normalization": layer})
    known = {
        "targets": recipe.targets,
        "sources": len(recipe.targets),
        "channels": recipe.channels,
        "mean": mean,
        "scale": scale,
    }
    if recipe.stft is not None:
        known["bins"] = recipe.stft.bins
    elif not {"weights", "variant"} & set(model.arguments):  # which say what they are trained on
        known["segment_samples"] = _excerpt_samples(recipe)
    name = recipe.model.name
    builder = public(zoo, name, "model.name")
    with _dtype_policy(recipe.fit.precision):
        network = made(builder, known, model, "model")
    if not isinstance(network, keras.Model) or not hasattr(network, "input_shape"):
        raise ValueError(
            "`model.name` must be a function that returns a functional `keras.Model`. "
            f"Received: {name}, which returns {brief(network)}"
        )
    reads_waveforms = known_facts(network).reads == "waveform"
    if reads_waveforms != (recipe.stft is None):
        wanted = "null, as it reads waveforms" if reads_waveforms else "given, as it reads spectra"
        raise ValueError(f"`stft` must be {wanted}, for `{name}`. Received: {recipe.stft}")
    _check_outputs(recipe, network)
    if recipe.fit.checkpointing and not checkpointed(network):
        raise ValueError(
            f"`fit.checkpointing` must be false for `{name}`: it has no layers that consist of "
            "others without statistics of batches. Received: true"
        )
    return network


def _check_outputs(recipe: Recipe, network: keras.Model) -> None:
    """Raise unless the heads are the network's, and the losses suit its outputs."""
    returns = known_facts(network).returns
    outputs = returns if isinstance(returns, dict) else {}
    if set(recipe.heads) - set(outputs) or (outputs and not recipe.heads):
        wanted = f"among {', '.join(outputs)}" if outputs else "left out, as it has one output"
        raise ValueError(
            f"`heads` must be {wanted}, for `{recipe.model.name}`. "
            f"Received: {', '.join(recipe.heads) or 'none'}"
        )
    if recipe.stft is None:
        return
    for head, settings in recipe.heads.items():
        _check_output(settings.loss, outputs[head], f"heads.{head}.")
    if not outputs:
        _check_output(recipe.loss, returns)


def _check_output(loss: Named, returned: Any, where: str = "") -> None:
    """Raise if a loss of embeddings is given for estimates, or the reverse."""
    embeddings = returned == "embeddings"
    for name, kind in comparing(loss).items():
        compares = getattr(kind, "compares", None)
        if compares is not None and (compares == "embeddings") != embeddings:
            wanted = "embeddings, as DeepClusteringLoss does" if embeddings else "estimates"
            raise ValueError(
                f"`{where}loss` must compare {wanted}, for this network. Received: {name}"
            )


def wants_statistics(recipe: Recipe) -> bool:
    """Whether the recipe's network starts from the mean and standard deviation of its input."""
    if recipe.start_from is not None:
        return False
    builder = public(zoo, recipe.model.name, "model.name")
    return "mean" in inspect.signature(builder).parameters


def build_target(recipe: Recipe) -> Callable[[Any, Any], Any]:
    """Build the function from stems and mixture to the target of the loss, or of each head's."""
    if not recipe.heads:
        return _target(recipe.target, "target")
    targets = {
        name: _target(head.target, f"heads.{name}.target")
        for name, head in recipe.heads.items()
        if head.target is not None
    }
    return lambda stems, mixture: {name: of(stems, mixture) for name, of in targets.items()}


def build_model(recipe: Recipe, network: keras.Model) -> keras.Model:
    """Build the model that `fit` trains: the network, or the network behind its own STFT.

    A network that zero-pads recordings is trained without its padding, as excerpts come with their
    context.
    """
    if recipe.stft is None:
        _check_context(recipe, network)
        trained = _partly_trained(recipe, unpadded(network) or network)
        augmentation = _augmentation(recipe)
        return _alone(trained) if augmentation is None else _of_stems(recipe, trained, augmentation)
    trained = _partly_trained(recipe, network)
    if recipe.data.spectrograms != "model":
        return _alone(trained)
    model = OnDeviceSpectrograms(
        trained,
        layers.STFT(**recipe.stft.of_frames),
        targets=_target_places(recipe),
        target=build_target(recipe),
        context=recipe.margin_samples,
        augmentation=_augmentation(recipe),
    )
    model.build((None, None, recipe.channels, len(recipe.sources)))
    return model


def _alone(network: keras.Model) -> keras.Model:
    """A model of the same layers to compile, so that the network is kept without an optimizer."""
    if isinstance(network, LoRA):
        return network
    model = keras.Model(network.input, network.output, name=network.name)
    model.supports_masking = network.supports_masking
    return model


def _of_stems(
    recipe: Recipe, network: keras.Model, augmentation: OnDeviceAugmentation
) -> keras.Model:
    """A network of waveforms, fed with stems that it varies itself."""
    model = OnDeviceMixtures(
        network,
        _target_places(recipe),
        augmentation,
        heads=[*recipe.heads],
        context=recipe.margin_samples,
    )
    model.build((None, None, recipe.channels, len(recipe.sources)))
    return model


def _partly_trained(recipe: Recipe, network: keras.Model) -> keras.Model:
    """The network with what the recipe freezes frozen, or behind its adapters."""
    start = recipe.start_from
    if start is None:
        return network
    trained = network
    if start.lora is None:
        train_only(network, start.patterns)
    else:
        lora = start.lora
        trained = LoRA(network, lora.rank, lora.layers, lora.alpha, start.patterns or ())
    if start.keep_statistics:
        freeze_statistics(network)
    if not trained.trainable_weights:
        raise ValueError(
            "`start_from.keep_statistics` must be false where `start_from.train` names nothing but "
            f"batch normalisation. Received: train={brief(start.train)}"
        )
    return trained


def _target_places(recipe: Recipe) -> list[int]:
    return [recipe.sources.index(name) for name in recipe.targets]


def _augmentation(recipe: Recipe) -> OnDeviceAugmentation | None:
    settings = recipe.data.on_device
    return None if settings is None else OnDeviceAugmentation(settings, recipe.seed)


def _check_context(recipe: Recipe, network: keras.Model) -> None:
    """Raise unless excerpts and context suit a network without padding."""
    facts = known_facts(unpadded(network) or network)
    context, (beyond, multiple) = facts.margin, facts.lengths or (0, 1)
    if recipe.margin_samples != context:
        instead = f", or else `model.arguments.context` false, for {recipe.model.name}"
        if recipe.voices is not None:  # nothing is around their excerpts
            raise ValueError(f"`voices` need a network with its own padding{instead}")
        raise ValueError(
            f"`data.context_samples` must be {context}{instead if context else ''}. "
            f"Received: {recipe.margin_samples}"
        )
    samples = _excerpt_samples(recipe)
    fitting = beyond + multiple * max(1, round((samples - beyond) / multiple))
    if samples != fitting:
        raise ValueError(
            f"`data.excerpt_seconds` must be of {beyond} + n * {multiple} samples for this "
            f"network, such as {fitting / recipe.sample_rate_hz:.6f}. Received: "
            f"{recipe.data.excerpt_seconds}, {samples} samples"
        )


def _excerpt_samples(recipe: Recipe) -> int:
    return round(recipe.data.excerpt_seconds * recipe.sample_rate_hz)


def build_front_end(recipe: Recipe) -> Any:
    """Build the recipe's `STFT`, or None if the network reads waveforms."""
    if recipe.stft is None:
        return None
    return layers.STFT(**dataclasses.asdict(recipe.stft))


def build_kept(recipe: Recipe, network: keras.Model) -> keras.Model:
    """The network that is kept: the trained one, or one like it of float32, nothing frozen."""
    whole = recipe.start_from is None or (
        recipe.start_from.patterns is None and all(x.trainable for x in sublayers(network))
    )
    if recipe.fit.precision == "float32" and whole:
        return network
    return build_float32(recipe)


def build_float32(recipe: Recipe) -> keras.Model:
    """A network like the trained one, of float32, nothing frozen."""
    fit = dataclasses.replace(recipe.fit, precision="float32")
    return build_network(dataclasses.replace(recipe, fit=fit))


def build_separator(recipe: Recipe, network: keras.Model) -> Separator:
    """Build the separator: the network, with STFT and post-filter if it needs them."""
    post_filter = None if recipe.stft is None else layers.ApplyMixturePhase()
    if recipe.post_filter is not None:
        layer = public(layers, recipe.post_filter.name, "post_filter.name")
        known = {"sources": len(recipe.targets)}
        post_filter = made(layer, known, recipe.post_filter, "post_filter")
    separator = Separator(
        network,
        sample_rate_hz=recipe.sample_rate_hz,
        source_names=recipe.targets,
        front_end=build_front_end(recipe),
        post_filter=post_filter,
        license=recipe.license,
        interchangeable_sources=recipe.interchangeable_sources,
    )
    separator.build((None, None, recipe.channels))
    return separator


@contextlib.contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    """Set the dtype policy inside the block, and restore it afterwards."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _target(named: Named, key: str) -> Callable[[Any, Any], Any]:
    """Build a target, a function of the stems' and the mixture's spectrograms."""
    function = public(ops, named.name, f"{key}.name", TARGETS)
    arguments = dict(named.arguments)
    if "weighting" in arguments:
        where = f"{key}.arguments.weighting"
        arguments["weighting"] = public(ops, arguments["weighting"], where, ["magnitude_ratio"])
    check_arguments(function, arguments, f"{key}.arguments", ("stems_pair", "mixture_pair"))
    return functools.partial(function, **arguments)


def _check_weights(network: keras.Model) -> None:
    if network.count_params() > _MOST_WEIGHTS:
        raise ValueError(
            f"`model.arguments` must make a network of at most {_MOST_WEIGHTS:,} weights. "
            f"Received: {network.count_params():,}"
        )
