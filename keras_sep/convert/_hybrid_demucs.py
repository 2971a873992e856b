"""What the hybrid networks of demucs 4 share: sizes, and weights of the two U-Nets."""

from typing import Any

from keras_sep.convert._demucs import branch_sizes, count, set_branches, set_convolution, stems_last
from keras_sep.convert._torch_layers import set_norm


def hybrid_sizes(state: Any, frame_length: int | None, frequency_embedding: float) -> Any:
    """What the tensors of both U-Nets tell of their builder's arguments."""
    filters, parts, kernel_size, _ = state.shape("encoder.0.conv.weight", 4)
    time_filters, channels, _ = state.shape("tencoder.0.conv.weight", 3)
    if parts not in (channels, 2 * channels):
        raise ValueError(
            "The spectrogram must have as many channels as the waveform (`cac=False`), or twice as "
            f"many. Received: {parts} channels of the spectrogram, {channels} of the waveform"
        )
    depth = count(state, "encoder", "conv.weight")
    outermost = f"decoder.{depth - 1}"
    _, outputs, _, _ = state.shape(f"{outermost}.conv_tr.weight", 4)
    stride = kernel_size // 2
    if frequency_embedding:
        bins, _ = state.shape("freq_emb.embedding.weight", 2)
        frame_length = 2 * bins * stride
    elif frame_length is None:
        raise ValueError(
            "`frame_length` must be given where no frequency embedding tells it. "
            f"Received: frame_length=None, frequency_embedding={frequency_embedding}"
        )
    rewrite = f"{outermost}.rewrite.weight" in state
    normed = [f"encoder.{n}.norm1.weight" in state for n in range(depth)]
    sides = {side: f"{side}.0.dconv.layers.0.0.weight" in state for side in ("encoder", "decoder")}
    of_branches = {}
    if any(sides.values()):
        blocks = [f"encoder.{n}.dconv" for n in range(depth)]
        if not sides["encoder"]:
            blocks = [f"decoder.{depth - 1 - n}.dconv" for n in range(depth)]
        of_branches = branch_sizes(state, blocks)
    return {
        "sources": outputs // parts,
        "channels": channels,
        "filters": filters,
        "time_filters": time_filters,
        "growth": 2 if depth == 1 else _filters(state, "tencoder.1.conv.weight") / time_filters,
        "frame_length": frame_length,
        "complex_spectrum": parts == 2 * channels,
        "depth": depth,
        "rewrite": rewrite,
        "kernel_size": kernel_size,
        "stride": stride,
        "context": state.shape(f"{outermost}.rewrite.weight", 4)[3] // 2 if rewrite else 1,
        "encoder_context": state.shape("encoder.0.rewrite.weight", 4)[3] // 2 if rewrite else 0,
        "norm_starts": normed.index(True) if any(normed) else depth,
        "encoder_branches": sides["encoder"],
        "decoder_branches": sides["decoder"],
        "frequency_embedding": frequency_embedding,
        **of_branches,
    }


def _filters(state, name):
    return state.shape(name, 3)[0]


def set_hybrid(network: Any, state: Any, sizes: Any) -> None:
    """The weights of encoders and decoders."""
    depth, channels, sources = (sizes[name] for name in ("depth", "channels", "sources"))
    parts = 2 if sizes["complex_spectrum"] else 1
    inputs = stems_last(channels, 1, parts)  # as if of one source: ours are (parts, channels)
    for n in range(depth):
        first, theirs = n == 0, depth - 1 - n
        _set_encoder(network, state, f"encoder_{n + 1}", f"encoder.{n}", inputs if first else None)
        places = stems_last(channels, sources, parts) if first else None
        _set_decoder(network, state, f"decoder_{n + 1}", f"decoder.{theirs}", places)
        if f"tencoder.{n}.conv.weight" in state:
            theirs = count(state, "tencoder", "conv.weight") - 1 - n
            places = stems_last(channels, sources) if first else None
            _set_encoder(network, state, f"time_encoder_{n + 1}", f"tencoder.{n}")
            _set_decoder(network, state, f"time_decoder_{n + 1}", f"tdecoder.{theirs}", places)
    if sizes["frequency_embedding"]:
        embedding = network.get_layer("frequencies").embedding
        embedding.assign(state.read("freq_emb.embedding.weight", *embedding.shape))


def _set_encoder(network, state, name, theirs, inputs=None):
    set_convolution(network.get_layer(f"{name}_conv"), state, f"{theirs}.conv", inputs=inputs)
    _set_rest(network, state, name, theirs, norm_of_rewrite="norm2")
    if f"{theirs}.norm1.weight" in state:
        set_norm(network.get_layer(f"{name}_norm_1"), state, f"{theirs}.norm1")


def _set_decoder(network, state, name, theirs, outputs):
    last = network.get_layer(f"{name}_conv_transposed")
    set_convolution(last, state, f"{theirs}.conv_tr", outputs=outputs)
    _set_rest(network, state, name, theirs, norm_of_rewrite="norm1")
    if f"{theirs}.norm2.weight" in state:
        set_norm(network.get_layer(f"{name}_norm_2"), state, f"{theirs}.norm2")


def _set_rest(network, state, name, theirs, norm_of_rewrite):
    """The second convolution, and the residual branches."""
    if f"{theirs}.rewrite.weight" in state:
        set_convolution(network.get_layer(f"{name}_rewrite"), state, f"{theirs}.rewrite")
        if f"{theirs}.{norm_of_rewrite}.weight" in state:
            ours = f"{name}_norm_{norm_of_rewrite[-1]}"
            set_norm(network.get_layer(ours), state, f"{theirs}.{norm_of_rewrite}")
    set_branches(network, state, name, f"{theirs}.dconv")
