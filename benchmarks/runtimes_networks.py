"""The separators that `runtimes.py` measures.

With the size and the weights of a PyTorch class where there is one, else of the builder's own size
with new weights.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import music_networks_peers
import numpy as np
import waveform

STEMS = ("vocals", "drums", "bass", "other")
MUSIC, SPEECH = 44100, 8000
# networks of magnitudes, with the transform they are published with; all others read waveforms
FRONT_ENDS = {
    "open_unmix": (MUSIC, 4096, 1024),
    "spleeter_unet": (MUSIC, 4096, 1024),
    "unet": (SPEECH, 1024, 768),
    "mask_inference": (SPEECH, 256, 64),
    "deep_clustering": (SPEECH, 256, 64),
    "chimera": (SPEECH, 256, 64),
    "deep_attractor": (SPEECH, 256, 64),
}
SPEAKERS = (
    "conv_tasnet", "dprnn_tasnet", "sepformer", "sepreformer", "sudorm_rf", "tasnet",
    "tf_gridnet", "tf_locoformer", "wavenet",
)  # fmt: skip
RATES = {"dtln": 16000} | dict.fromkeys(SPEAKERS, SPEECH)
NEEDS: dict[str, Any] = {"deep_attractor": {"anchors": 4}}


def sample_rate(name: str) -> int:
    """The rate in Hz at which a builder is measured."""
    return FRONT_ENDS[name][0] if name in FRONT_ENDS else RATES.get(name, MUSIC)


def peer(name: str) -> Any:
    """The PyTorch class of a builder in its published size with new weights, or None."""
    if name == "open_unmix":
        model = _of_parity("peer").model
        sizes = {"nb_bins": 2049, "nb_channels": 2, "hidden_size": 512, "max_bin": 1487}
        targets = {stem: model.OpenUnmix(**sizes) for stem in STEMS}
        return model.Separator(targets, niter=0, sample_rate=float(MUSIC), n_fft=4096, n_hop=1024)
    if name == "hs_tasnet":
        return _of_parity("hs_tasnet_peer").HSTasNet()
    if name in music_networks_peers.NETWORKS:
        return music_networks_peers.NETWORKS[name].make(small=False)
    if name in waveform.NETWORKS:
        return waveform.NETWORKS[name].peer()
    return None


def _of_parity(module: str) -> Any:
    sys.path.insert(0, str(waveform.PARITY))
    return importlib.import_module(module)


def separator(name: str, weights: Path) -> Any:
    """The separator of a builder; the weights of its PyTorch class are written to a file."""
    import keras

    import keras_sep

    keras.utils.set_random_seed(0)
    theirs = peer(name)
    if theirs is None:
        return _new(name)
    import torch

    torch.save(theirs.state_dict(), weights)
    network = converted(name, keras_sep.convert.read_checkpoint(weights))
    return _separator(name, network)


def converted(name: str, state: dict[str, np.ndarray]) -> Any:
    """Our network with the weights of the PyTorch class."""
    from keras_sep import convert

    if name in music_networks_peers.NETWORKS:
        return music_networks_peers.NETWORKS[name].ours(state, small=False)
    if name in waveform.NETWORKS:
        return waveform.NETWORKS[name].ours(state)
    if name == "open_unmix":
        prefixes = {stem: f"target_models.{stem}." for stem in STEMS}
        state = {
            stem: {
                key.removeprefix(prefix): value
                for key, value in state.items()
                if key.startswith(prefix)
            }
            for stem, prefix in prefixes.items()
        }
    return getattr(convert, name)(state)


def _new(name: str) -> Any:
    """The separator of a builder's own size with new weights."""
    import inspect

    import keras_sep

    build = getattr(keras_sep.zoo, name)
    settings = NEEDS.get(name, {})
    parameters = inspect.signature(build).parameters
    for argument, value in (
        ("sources", 2 if name in SPEAKERS else 4),
        ("targets", STEMS),
        ("bins", FRONT_ENDS.get(name, (0, 0))[1] // 2 + 1),
    ):
        required = parameters.get(argument)
        if required is not None and required.default is inspect.Parameter.empty:
            settings = {argument: value} | settings
    return _separator(name, build(**settings))


def _separator(name: str, network: Any) -> Any:
    import keras

    import keras_sep

    front_end = keras_sep.layers.STFT(*FRONT_ENDS[name][1:]) if name in FRONT_ENDS else None
    post_filter, sources = None, keras.tree.flatten(network.output)[-1].shape[-1]
    if name == "deep_clustering":
        post_filter, sources = keras_sep.layers.ClusterMasks(sources=2), 2
    names = STEMS if name == "open_unmix" else [f"source {n + 1}" for n in range(sources)]
    return keras_sep.Separator(network, sample_rate(name), names, front_end, post_filter)


def pytorch(
    name: str, weights: Path, samples: np.ndarray, threads: int
) -> Callable[[], np.ndarray]:
    """A function that separates (samples, channels) as the PyTorch class does."""
    import torch

    torch.set_num_threads(threads)
    made = peer(name)
    made.load_state_dict(torch.load(weights))
    made.eval()
    flat = name in waveform.NETWORKS and samples.shape[1] == 1
    whole = -len(samples) % made.segment_len if name == "hs_tasnet" else 0  # takes whole frames
    x = torch.from_numpy(np.pad(samples, ((0, whole), (0, 0))).T[None].copy())

    def separate() -> np.ndarray:
        with torch.inference_mode():
            stems = made(x[:, 0] if flat else x)
            stems = stems[0] if isinstance(stems, tuple) else stems
            # (batch, sources, [channels,] samples)
            stems = stems.reshape(stems.shape[1], samples.shape[1], -1)
            return stems.permute(2, 1, 0).numpy()[: len(samples)]

    return separate
