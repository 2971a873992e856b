"""State dicts of the peers, and how each is converted."""

import json
from pathlib import Path

import numpy as np

from keras_sep import convert

GOLDEN = Path(__file__).parent / "golden_networks"

# what the tensors do not tell; a second form of a network stands after a hyphen
CONVERTED = {
    "bandit": lambda state: convert.bandit(state, channels=1, hop_length=8),
    "bs_roformer": lambda state: convert.bs_roformer(state, frame_length=32, hop_length=9),
    "mel_band_roformer": lambda state: convert.mel_band_roformer(
        state, 8000, frame_length=32, hop_length=9
    ),
    "conv_tasnet": lambda state: convert.conv_tasnet(state, blocks=3, mask_activation="relu"),
    "conv_tasnet-causal": lambda state: convert.conv_tasnet(
        state, blocks=3, mask_activation="softmax", encoder_activation="relu"
    ),
    "demucs": lambda state: convert.demucs(state, norm_groups=2),
    "hdemucs": lambda state: convert.hdemucs(state, norm_groups=2),
    "htdemucs": lambda state: convert.htdemucs(state, norm_groups=2, heads=2),
    "dprnn_tasnet": lambda state: convert.dprnn_tasnet(state, chunk_length=12),
    "dprnn_tasnet-gru": lambda state: convert.dprnn_tasnet(state, 5, 12, 4, mask_activation="relu"),
    "sepformer": lambda state: convert.sepformer(state, chunk_length=12, heads=2),
    "hs_tasnet": convert.hs_tasnet,
    "moises_light": lambda state: convert.moises_light(state, hop_length=16),
    "scnet": lambda state: convert.scnet(state, frame_length=64, hop_length=16),
    "sepreformer": convert.sepreformer,
    "sepreformer-splits": convert.sepreformer,
    "sudorm_rf": convert.sudorm_rf,
    "sudorm_rf-improved": convert.sudorm_rf,
    "tasnet": convert.tasnet,
    "tf_gridnet": lambda state: convert.tf_gridnet(state, hop_length=8),
    "tf_locoformer": lambda state: convert.tf_locoformer(
        state, frame_length=32, hop_length=8, groups=3
    ),
    "tfc_tdf": lambda state: convert.tfc_tdf(state, frame_length=64, hop_length=16),
    "tasnet-causal": lambda state: convert.tasnet(state, mask_activation="relu"),
}
# sizes of the Open-Unmix
BINS, BAND, CHANNELS, HIDDEN, LAYERS = 11, 7, 3, 10, 2


def golden(name):
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        if "tensors" in arrays:
            state = unpacked(json.loads(str(arrays["tensors"])), arrays["numbers"])
        else:
            state = convert.read_checkpoint(GOLDEN / f"{name}.pth")
        return state, arrays["mixture"], arrays["stems"]


def unpacked(shapes, numbers):
    """The state dict whose numbers all lie in one array."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    parts = np.split(numbers, ends[:-1])
    return {
        name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }


def write_safetensors(path, state):
    """A header with the place of every tensor, and their numbers."""
    header, numbers = {}, b""
    for name, tensor in state.items():
        places = [len(numbers), len(numbers) + 4 * tensor.size]
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": places}
        numbers += tensor.astype("float32").tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + numbers)


def state_dict(seed=0, bidirectional=True, hidden=HIDDEN):
    """Every tensor of `openunmix.model.OpenUnmix`, by name and shape."""
    units = hidden // 2 if bidirectional else hidden
    outputs = BINS * CHANNELS
    shapes = {
        "input_mean": (BAND,),
        "input_scale": (BAND,),
        "output_mean": (BINS,),
        "output_scale": (BINS,),
        "fc1.weight": (hidden, BAND * CHANNELS),
        "fc2.weight": (hidden, 2 * hidden),
        "fc3.weight": (outputs, hidden),
    }
    for n, size in ((1, hidden), (2, hidden), (3, outputs)):
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"bn{n}.{part}"] = (size,)
    for n in range(LAYERS):
        for end in (f"l{n}", f"l{n}_reverse")[: 1 + bidirectional]:
            shapes[f"lstm.weight_ih_{end}"] = (4 * units, hidden)
            shapes[f"lstm.weight_hh_{end}"] = (4 * units, units)
            shapes[f"lstm.bias_ih_{end}"] = shapes[f"lstm.bias_hh_{end}"] = (4 * units,)
    rng = np.random.default_rng(seed)
    state = {name: rng.random(shape).astype("float32") for name, shape in shapes.items()}
    # what state dicts hold besides, those of version 1.0 the most
    for n in (1, 2, 3):
        state[f"bn{n}.num_batches_tracked"] = np.array(7)
    return {
        **state,
        "stft.window": np.hanning(20),
        "transform.0.window": np.hanning(20),
        "sample_rate": np.array(44100),
    }
