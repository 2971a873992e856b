"""Writes the golden arrays of SepReformer: small networks of its authors, with random weights.

    python tests/convert/golden_networks/make_sepreformer.py CHECKOUT

Run by hand in an environment with PyTorch, loguru and PyYAML, on a checkout of
dmlguq456/SepReformer, whose code runs here (43cbad84 made the files). The files are as those of
`make.py`, with the state dict among the arrays: in a checkpoint, names and places of hundreds of
small tensors take more room than their numbers. All weights are drawn, scales and variances too.
"""

import copy
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
import yaml

HERE = Path(__file__).parent
NETWORKS = {
    # one split for all rates; two distances of positions at the ends of the table
    "sepreformer": {
        "folder": "SepReformer_Base_WSJ0", "sources": 2, "filters": 7, "kernel_size": 8,
        "stride": 2, "bottleneck": 6, "stages": 2, "heads": 2, "local_kernel_size": 5, "reach": 3,
    },
    # a split for every rate
    "sepreformer-splits": {
        "folder": "SepReformer_Large_DM_WHAM", "sources": 3, "filters": 5, "kernel_size": 8,
        "stride": 2, "bottleneck": 4, "stages": 1, "heads": 1, "local_kernel_size": 9, "reach": 40,
    },
}  # fmt: skip
SAMPLES = {"sepreformer": 101, "sepreformer-splits": 63}


def settings(checkout: Path, folder: str, **sizes: int) -> dict:
    """The model's part of the published configuration, in other sizes."""
    text = (checkout / "models" / folder / "configs.yaml").read_text()
    known = copy.deepcopy(yaml.safe_load(text)["config"]["model"])
    features, filters = sizes["bottleneck"], sizes["filters"]
    filterbank = {"kernel_size": sizes["kernel_size"], "stride": sizes["stride"]}
    known["num_stages"], known["num_spks"] = sizes["stages"], sizes["sources"]
    known["module_audio_enc"] |= filterbank | {"out_channels": filters}
    known["module_audio_dec"] |= filterbank | {"in_channels": filters}
    known["module_feature_projector"] |= {
        "num_channels": filters, "in_channels": filters, "out_channels": features,
    }  # fmt: skip
    known["module_output_layer"] |= {
        "in_channels": filters, "out_channels": features, "num_spks": sizes["sources"],
    }  # fmt: skip
    separator = known["module_separator"]
    separator["num_stages"] = sizes["stages"]
    separator["relative_positional_encoding"] |= {
        "in_channels": features, "num_heads": sizes["heads"], "maxlen": sizes["reach"],
    }  # fmt: skip
    separator["spk_split_stage"] |= {"in_channels": features, "num_spks": sizes["sources"]}
    separator["simple_fusion"]["out_channels"] = features
    separator["enc_stage"]["down_conv_layer"]["in_channels"] = features
    attention = {"in_channels": features, "num_mha_heads": sizes["heads"]}
    for stage in (separator["enc_stage"], separator["dec_stage"]):
        stage["global_blocks"] |= attention
        stage["local_blocks"] |= {
            "in_channels": features, "kernel_size": sizes["local_kernel_size"],
        }  # fmt: skip
    separator["dec_stage"]["num_spks"] = sizes["sources"]
    separator["dec_stage"]["spk_attention"] |= attention
    return known


def randomise(network: torch.nn.Module) -> None:
    for name, weight in [*network.named_parameters(), *network.named_buffers()]:
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith(("running_var", "layer_scale")):
            weight.copy_(0.2 + torch.rand(weight.shape))
        elif weight.ndim == 1:  # what is one or zero at first, too
            weight.copy_(weight + 0.3 * torch.randn(weight.shape))
        else:
            weight.copy_(torch.randn(weight.shape) / weight[0].numel() ** 0.5)


def waveforms(stems: list, samples: int) -> np.ndarray:
    """(batch, samples, channels, sources)"""
    return torch.stack(stems, -1)[:, :samples, None].numpy()


@torch.no_grad()
def write(checkout: Path, name: str) -> None:
    torch.manual_seed(7)
    sizes = dict(NETWORKS[name])
    folder = sizes.pop("folder")
    model = importlib.import_module(f"models.{folder}.model").Model
    network = model(**settings(checkout, folder, **sizes)).eval()
    randomise(network)
    mixture = torch.randn(2, SAMPLES[name], 1)
    # zeros to the next whole frame, and cropped, as in the authors' inference
    padded = torch.nn.functional.pad(mixture[..., 0], (0, -SAMPLES[name] % sizes["stride"]))
    stems, auxiliary = network(padded)
    state = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
    np.savez_compressed(
        HERE / f"{name}.npz",
        mixture=mixture,
        stems=waveforms(stems, SAMPLES[name]),
        auxiliary=np.stack([waveforms(one, SAMPLES[name]) for one in auxiliary]),
        tensors=json.dumps({key: array.shape for key, array in state.items()}),
        numbers=np.concatenate([array.ravel() for array in state.values()], dtype="float32"),
    )


if __name__ == "__main__":
    checkout = Path(sys.argv[1])
    sys.path.insert(0, str(checkout))
    for name in NETWORKS:
        write(checkout, name)
