"""What a `Separator` requires of its networks."""

import keras

SPECTRUM, WAVEFORM = "(batch, frames, bins, channels)", "(batch, samples, channels)"


def named_networks(networks) -> dict:
    """The networks by name, None for a single one, or a ValueError unless all are models."""
    named = dict(networks) if isinstance(networks, dict) else {None: networks}
    if not named:
        raise ValueError("`networks` must hold at least one model. Received: networks={}")
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


def estimates(outputs):
    """The output that separates, of a network with several."""
    return outputs["estimates"] if isinstance(outputs, dict) else outputs


def estimates_shape(network):
    """Shape of what a network estimates."""
    return estimates(network.compute_output_shape(network.input_shape))


def check_networks(named: dict, front_end) -> None:
    """Raise a ValueError unless every network reads and gives what a `Separator` can use."""
    if front_end is not None and not hasattr(front_end, "inverse"):
        raise ValueError(
            "`front_end` must be a layer with a method `inverse()`, as `STFT` is. "
            f"Received: front_end={front_end!r}"
        )
    for network in named.values():
        _check_tensors(network, front_end)
    shapes = {network.name: network.input_shape for network in named.values()}
    if len({shape[-1] for shape in shapes.values()}) > 1:
        raise ValueError(
            f"`networks` must all read the same number of channels. Received: {shapes}"
        )


def _check_tensors(network, front_end):
    """One tensor in and one out, or a dict with "estimates", with the axes they must have."""
    read, given = network.input_shape, network.compute_output_shape(network.input_shape)
    if isinstance(given, dict):
        if "estimates" not in given:
            raise ValueError(
                "`networks` with several outputs must give a dict with the key 'estimates'. "
                f"Received: {network.name}, which gives {sorted(given)}"
            )
        given = given["estimates"]
    if not (_is_shape(read) and _is_shape(given)):
        advice = (
            ""
            if front_end is None
            else ". For complex spectra or complex masks, put the STFT into the network and leave "
            "out `front_end`"
        )
        raise ValueError(
            f"`networks` must read one tensor and give one. Received: {network.name}, "
            f"which reads {read} and gives {given}{advice}"
        )
    wanted, rank = (WAVEFORM, 3) if front_end is None else (SPECTRUM, 4)
    if len(read) != rank:
        where = "without" if front_end is None else "behind"
        raise ValueError(
            f"`networks` must read {wanted} {where} a `front_end`. "
            f"Received: {network.name}, which reads {read}"
        )
    if front_end is None and len(given) != 4:
        raise ValueError(
            "`networks` must give (batch, samples, channels, sources) without a `front_end`. "
            f"Received: {network.name}, which gives {given}"
        )


def _is_shape(shape) -> bool:
    return isinstance(shape, tuple) and all(size is None or isinstance(size, int) for size in shape)
