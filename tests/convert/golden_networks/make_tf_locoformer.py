"""Writes the golden arrays of TF-Locoformer: a small network of its authors, with random weights.

    python tests/convert/golden_networks/make_tf_locoformer.py CHECKOUT

Run by hand in the environment of `make parity`, whose espnet has the STFT and the base class, on a
checkout of merlresearch/tf-locoformer, whose code runs here. The file has the state dict among the
arrays, as those of `make_sepreformer.py`. All weights are drawn.
"""

import importlib.util
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from espnet2.enh.decoder.stft_decoder import STFTDecoder
from espnet2.enh.encoder.stft_encoder import STFTEncoder

HERE = Path(__file__).parent
SEPARATOR = "espnet2/enh/separator/tflocoformer_separator.py"
FRAMES = {"n_fft": 32, "hop_length": 8}
SIZES = {
    "num_spk": 2, "n_layers": 1, "emb_dim": 6, "norm_type": "rmsgroupnorm", "num_groups": 3,
    "n_heads": 2, "attention_dim": 8, "ffn_type": ["swiglu_conv1d"] * 2, "ffn_hidden_dim": [7, 7],
    "conv1d_kernel": 3,
}  # fmt: skip
SAMPLES = 101


def authors_class(checkout: Path) -> type[torch.nn.Module]:
    """The class of the authors, of a file that is made to lie within espnet."""
    spec = importlib.util.spec_from_file_location("tflocoformer_separator", checkout / SEPARATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TFLocoformerSeparator


def randomise(network: torch.nn.Module) -> None:
    for name, weight in network.named_parameters():
        if name.endswith("rope.freqs"):
            continue  # the angles of the positions
        if weight.ndim == 1:  # what is one or zero at first, too
            weight.copy_(weight + 0.3 * torch.randn(weight.shape))
        else:
            weight.copy_(torch.randn(weight.shape) / weight[0].numel() ** 0.5)


def separated(network: torch.nn.Module, mixture: torch.Tensor, **frames: int) -> torch.Tensor:
    """As espnet runs a network whose recipe has `normalize_variance`: (batch, samples, sources)."""
    lengths = torch.tensor([mixture.shape[1]] * len(mixture))
    deviation = torch.std(mixture, dim=1, keepdim=True)
    spectrum, _ = STFTEncoder(**frames)(mixture / deviation, lengths)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of `torch.cuda.amp`, and `sdp_kernel`
        spectra, *_ = network(spectrum, lengths)
    decoder = STFTDecoder(**frames)
    stems = [decoder(spectrum, lengths)[0] * deviation for spectrum in spectra]
    return torch.stack(stems, dim=-1)


@torch.no_grad()
def write(checkout: Path) -> None:
    torch.manual_seed(7)
    network = authors_class(checkout)(None, **SIZES).eval()
    randomise(network)
    mixture = torch.randn(2, SAMPLES, 1) + 0.1
    stems = separated(network, mixture[..., 0], **FRAMES)
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    np.savez_compressed(
        HERE / "tf_locoformer.npz",
        mixture=mixture,
        stems=stems[:, :, None],
        tensors=json.dumps({key: array.shape for key, array in state.items()}),
        numbers=np.concatenate([array.ravel() for array in state.values()], dtype="float32"),
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
