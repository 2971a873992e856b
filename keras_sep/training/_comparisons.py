"""Which losses compare what: waveforms, spectrograms, or embeddings with a target of their own."""

from typing import Any

from keras_sep import losses, ops
from keras_sep.training.settings import Named, named_from

_SPECTROGRAMS = tuple(name for name in dir(ops) if name.endswith("_approximation"))
# what compares with anything but waveforms, and the targets it takes
_OF_EMBEDDINGS = {
    "DeepClusteringLoss": ("clustering_target",),
    "WhitenedKMeansLoss": ("clustering_target",),
    "DeepAttractorLoss": ("deep_attractor_target",),
}
_TARGETS = {"SpectrogramLoss": _SPECTROGRAMS, **_OF_EMBEDDINGS}


def loss_names(loss: Named) -> list[str]:
    """The name of a loss, and of the loss in its arguments."""
    inner = loss.arguments.get("loss")
    return [loss.name] + (loss_names(named_from(inner, "loss.arguments.loss")) if inner else [])


def check_waveform_loss(loss: Named) -> None:
    """Refuse a loss that does not compare waveforms."""
    if loss_names(loss)[-1] in _TARGETS:
        raise ValueError(
            "`loss` must compare waveforms where there is no `stft`, as `WaveformLoss` and "
            f"`SISNR` do. Received: {loss_names(loss)[-1]}"
        )


def check_spectral_loss(loss: Named, target: Named, where: str = "") -> None:
    """Refuse a loss that does not compare what the target makes of spectrograms.

    Args:
        loss: the loss; names that do not exist are somebody else's business.
        target: what it compares with.
        where: key of the mapping that both stand in, with a dot.
    """
    *around, name = loss_names(loss)
    if around and name in _OF_EMBEDDINGS:
        raise ValueError(
            f"`{where}loss.arguments.loss` must compare source by source. Received: {name}"
        )
    if name in _TARGETS and target.name not in _TARGETS[name] and _is_target(target.name):
        raise ValueError(
            f"`{where}target` must be {' or '.join(_TARGETS[name])} for {name}. "
            f"Received: {target.name}"
        )
    if name not in _TARGETS and _is_waveform_loss(name):
        raise ValueError(
            f"`{where}loss` must compare spectrograms, or embeddings, unless `stft` is null, as it "
            f"is for networks of waveforms. Received: {name}"
        )


def check_output(loss: Named, rank: int, where: str = "") -> None:
    """Refuse a loss of embeddings for a network of estimates, and the other way round.

    Args:
        loss: the loss.
        rank: number of axes of the network's output: estimates have channels and sources.
        where: key of the mapping that the loss stands in, with a dot.
    """
    name = loss_names(loss)[-1]
    if (name in _OF_EMBEDDINGS) != (rank == 4):
        wanted = "embeddings, as DeepClusteringLoss does" if rank == 4 else "estimates"
        raise ValueError(f"`{where}loss` must compare {wanted}, for this network. Received: {name}")


def _is_target(name: Any) -> bool:
    return name in _SPECTROGRAMS or any(name in targets for targets in _TARGETS.values())


def _is_waveform_loss(name: str) -> bool:
    wrappers = ("PermutationInvariantLoss", "FixedOrderLoss", "MixtureInvariantLoss")
    return name in losses.__all__ and name not in wrappers
