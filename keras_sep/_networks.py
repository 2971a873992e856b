"""Requirements of a `Separator` on its networks, and their facts."""

import keras

from keras_sep import ops
from keras_sep.zoo.facts import Facts

SPECTRUM, WAVEFORM = "(batch, frames, bins, channels)", "(batch, samples, channels)"
COMPLEX = ("masks", "spectra")  # what is a pair of real and imaginary part, of complex numbers

# what a post-filter does with what networks give
POST_FILTERS = {
    "embeddings": "make stems of embeddings, as `ClusterMasks` and `AttractorMasks` do",
    "magnitudes": "filter estimates, as `ApplyMixturePhase` and `WienerFilter` do",
    "spectra": "be None, or one that reads spectra, as they are complex",
}


def named_networks(networks) -> dict:
    """The networks by name, None for a single one, or a ValueError unless all are models."""
    named = dict(networks) if isinstance(networks, dict) else {None: networks}
    if not named:
        raise ValueError("`networks` must contain at least one model. Received: networks={}")
    for network in named.values():
        if not isinstance(network, keras.Layer):
            raise ValueError(
                "`networks` must be a Keras model, or a dict from names to models. "
                f"Received: {network!r}"
            )
        if not hasattr(network, "input_shape"):
            raise ValueError(
                "`networks` must know the shape of their input: build them from a `keras.Input`. "
                f"Received: {network.name}, a {type(network).__name__} without one"
            )
    return named


def known_facts(network) -> Facts:
    """The facts of a network, or what its shapes tell if it has none."""
    facts = getattr(network, "facts", None)
    if facts is not None:
        return facts
    reads = {3: "waveform", 4: "magnitude"}.get(len(read_shape(network)), "waveform")
    given = network.compute_output_shape(network.input_shape)
    heads = given if isinstance(given, dict) else {"": given}
    returned = {head: _returned(shape, reads) for head, shape in heads.items()}
    return Facts(
        "spectrum" if reads_spectrum(network) else reads,
        returned if isinstance(given, dict) else returned[""],
    )


def unpadded(network):
    """The network without padding inside a network, or None."""
    return getattr(network, "unpadded", None)


def read_shape(network):
    """Shape of what a network reads; of a spectrum, that of each of its two parts."""
    shape = network.input_shape
    return shape[0] if _is_pair(shape) else shape


def reads_spectrum(network) -> bool:
    """Whether a network reads the complex spectrum of the mixture, not its magnitude."""
    return _is_pair(network.input_shape)


def estimates(outputs):
    """The output that separates, for a network with several."""
    return outputs["estimates"] if isinstance(outputs, dict) else outputs


def estimated(network, read, apply):
    """The estimates of a network that `apply` calls; masks are applied to what it reads."""
    given = estimates(apply(network, read))
    if returns(network) != "masks":
        return given
    masked = ops.apply_complex_mask if reads_spectrum(network) else ops.apply_mask
    return masked(given, read)


def untrained_config(network):
    """The serialised form of a network without its optimizer, which separation does not need."""
    config = keras.saving.serialize_keras_object(network)
    config.pop("compile_config", None)
    return config


def estimates_shape(network):
    """Shape of what a network estimates; of complex numbers, that of each of the two parts."""
    shape = estimates(network.compute_output_shape(network.input_shape))
    return tuple(shape[0] if _is_pair(shape) else shape)


def returns(network):
    """What a network returns, as `zoo.Facts.returns`; with several outputs, the estimates."""
    return estimates(known_facts(network).returns)


def _returned(shape, reads):
    if _is_pair(shape):
        return "spectra"
    return "embeddings" if len(shape) == 4 and reads != "waveform" else f"{reads}s"


def check_networks(named: dict, front_end) -> None:
    """Raise a ValueError unless a `Separator` can use all inputs and outputs of the networks."""
    if front_end is not None and not hasattr(front_end, "inverse"):
        raise ValueError(
            "`front_end` must be a layer with a method `inverse()`, as `STFT` is. "
            f"Received: front_end={front_end!r}"
        )
    for network in named.values():
        _check_tensors(network, front_end)
    shapes = {network.name: read_shape(network) for network in named.values()}
    if len({shape[-1] for shape in shapes.values()}) > 1:
        raise ValueError(
            f"`networks` must all read the same number of channels. Received: {shapes}"
        )
    kinds = {network.name: returns(network) for network in named.values()}
    if len({kind in COMPLEX for kind in kinds.values()}) > 1:
        raise ValueError(
            "`networks` must all give magnitudes, or all give complex masks or spectra. "
            f"Received: {kinds}"
        )


def check_bins(named: dict, front_end) -> None:
    """Raise if the front end's bins are not those that the networks read."""
    for network in named.values():
        *_, wanted, channels = read_shape(network)
        given = front_end.compute_output_shape((None, None, channels))[0][2]
        if None not in (given, wanted) and given != wanted:
            raise ValueError(
                f"`front_end` must give the {wanted} bins that `networks` read. "
                f"Received: {given} bins of {front_end}"
            )


def check_post_filter(named: dict, post_filter, given_filter) -> None:
    """Raise unless every network returns what the post-filter, given or default, reads."""
    reads = getattr(post_filter, "reads", None)
    if reads is None:
        return
    for network in named.values():
        given = returns(network)
        given = "spectra" if reads_spectrum(network) and given == "masks" else given
        shape = estimates_shape(network)
        usual = len(shape) == (4 if given == "embeddings" else 5)
        if given == reads and usual:
            continue
        own = f"be one of your own for what the network gives, {shape}"
        wanted = POST_FILTERS.get(given, own) if usual else own
        raise ValueError(
            f"`post_filter` must {wanted}, for `{network.name}`. "
            f"Received: post_filter={given_filter}"
        )


def _check_tensors(network, front_end):
    """One tensor or pair in and out, or a dict with "estimates", with the axes they must have."""
    read, given = network.input_shape, network.compute_output_shape(network.input_shape)
    if isinstance(given, dict):
        if "estimates" not in given:
            raise ValueError(
                "`networks` with several outputs must give a dict with the key 'estimates'. "
                f"Received: {network.name}, which gives {sorted(given)}"
            )
        given = given["estimates"]
    if not all(_is_shape(shape) or _is_pair(shape) for shape in (read, given)):
        raise ValueError(
            "`networks` must read one tensor, or a (real, imag) pair of one shape, and give one or "
            f"a pair. Received: {network.name}, which reads {read} and gives {given}"
        )
    if _is_pair(given) and len(given[0]) != 5:
        raise ValueError(
            "`networks` that give complex spectra or masks must give a pair of (batch, frames, "
            f"bins, channels, sources). Received: {network.name}, which gives {given}"
        )
    wanted, rank = (WAVEFORM, 3) if front_end is None else (SPECTRUM, 4)
    if len(read_shape(network)) != rank or (front_end is None and _is_pair(read)):
        where = "without" if front_end is None else "behind"
        raise ValueError(
            f"`networks` must read {wanted} {where} a `front_end`. "
            f"Received: {network.name}, which reads {read}"
        )
    if front_end is None and (_is_pair(given) or len(given) != 4):
        raise ValueError(
            "`networks` must give (batch, samples, channels, sources) without a `front_end`. "
            f"Received: {network.name}, which gives {given}"
        )


def _is_shape(shape) -> bool:
    return isinstance(shape, tuple) and all(size is None or isinstance(size, int) for size in shape)


def _is_pair(shapes) -> bool:
    two = isinstance(shapes, list | tuple) and len(shapes) == 2
    return two and all(_is_shape(shape) for shape in shapes) and shapes[0] == shapes[1]
