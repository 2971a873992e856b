"""Files as publishers write them, with small networks and random weights, without PyTorch."""

import numpy as np
from programs import archive, numbers, storage, text


def checkpoint(tensors, path):
    """What `torch.save` writes of a state dict of float32 tensors."""
    program, members = b"\x80\x02}", []
    for key, (name, tensor) in enumerate(tensors.items()):
        strides = np.array(tensor.strides) // tensor.itemsize
        program += text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n("
        program += storage(key=str(key), elements=tensor.size) + numbers([0])[1:-1]
        program += numbers(tensor.shape) + numbers(map(int, strides)) + b"\x89}tRs"
        members.append((f"archive/data/{key}", tensor.astype("<f4").tobytes()))
    archive(path, program + b".", members)
    return path.read_bytes()


def open_unmix(seed, bins, band, channels, hidden=4, layers=3):
    """Every tensor of `openunmix.model.OpenUnmix`, by name."""
    rng = np.random.default_rng(seed)
    outputs, half = bins * channels, hidden // 2
    shapes = {
        "input_mean": (band,),
        "input_scale": (band,),
        "output_mean": (bins,),
        "output_scale": (bins,),
        "fc1.weight": (hidden, band * channels),
        "fc2.weight": (hidden, 2 * hidden),
        "fc3.weight": (outputs, hidden),
    }
    for n, size in ((1, hidden), (2, hidden), (3, outputs)):
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"bn{n}.{part}"] = (size,)
    for n in range(layers):
        for end in (f"l{n}", f"l{n}_reverse"):
            shapes[f"lstm.weight_ih_{end}"] = (4 * half, hidden)
            shapes[f"lstm.weight_hh_{end}"] = (4 * half, half)
            shapes[f"lstm.bias_ih_{end}"] = shapes[f"lstm.bias_hh_{end}"] = (4 * half,)
    return {name: rng.random(shape, "float32") + 0.1 for name, shape in shapes.items()}
