"""The losses that a recipe names, and what each compares."""

from typing import Any

from keras_sep import losses
from keras_sep._named import Named, named_from
from keras_sep._own_code import own

# functions that make targets from spectrograms
TARGETS = sorted({name for loss in losses.__all__ for name in getattr(losses, loss).targets})


def inner_losses(loss: Named, where: str = "loss") -> dict[str, Named]:
    """The losses in the arguments of a loss, by their dotted names.

    Args:
        loss: Loss whose arguments may name others, as `loss` or as the list `losses`.
        where: Dotted name of this one.
    """
    given = {}
    if loss.arguments.get("loss") is not None:
        given[f"{where}.arguments.loss"] = loss.arguments["loss"]
    several = loss.arguments.get("losses")
    if isinstance(several, (list, tuple)):
        given |= {f"{where}.arguments.losses[{i}]": one for i, one in enumerate(several)}
    return {name: named_from(value, name) for name, value in given.items()}


def loss_names(loss: Named) -> list[str]:
    """The name of a loss, and of all losses in it."""
    return [loss.name, *(name for one in inner_losses(loss).values() for name in loss_names(one))]


def comparing(loss: Named) -> dict[str, Any]:
    """The classes that say what a loss compares, by name: its own, or those of the losses in it.

    None for an unknown name.
    """
    inner = inner_losses(loss)
    kind = _class(loss.name)
    if getattr(kind, "compares", None) is not None or not inner:
        return {loss.name: kind}
    return {name: one for each in inner.values() for name, one in comparing(each).items()}


def check_loss(loss: Named, target: Named | None, spectra: bool, where: str = "") -> None:
    """Raise unless a loss compares what the network and the target return.

    Args:
        loss: Loss to check; unknown names pass, as they are reported elsewhere.
        target: Target of the loss; None for waveforms.
        spectra: Whether the network reads spectrograms.
        where: Key of the mapping that holds both, followed by a dot. Default "".
    """
    for name, kind in comparing(loss).items():
        _check_compared(name, kind, name != loss.name, target, spectra, where)


def _check_compared(
    name: str, kind: Any, inside: bool, target: Named | None, spectra: bool, where: str
) -> None:
    """The same for one class, of the loss or, `inside` it, of one in its arguments."""
    compares = getattr(kind, "compares", None)
    if not spectra or target is None:
        if compares not in ("waveforms", None):
            raise ValueError(
                f"`{where}loss` must compare waveforms where there is no `stft`, as `WaveformLoss` "
                f"and `SISNR` do. Received: {name}"
            )
        return
    if inside and compares == "embeddings":
        raise ValueError(
            f"`{where}loss.arguments.loss` must compare source by source. Received: {name}"
        )
    wanted = getattr(kind, "targets", ())
    if wanted and target.name not in wanted and target.name in TARGETS:
        raise ValueError(
            f"`{where}target` must be {' or '.join(wanted)} for {name}. Received: {target.name}"
        )
    if compares == "waveforms":
        raise ValueError(
            f"`{where}loss` must compare spectrograms, or embeddings, unless `stft` is null, as it "
            f"is for networks of waveforms. Received: {name}"
        )


def _class(name: str) -> Any:
    if ":" in name:
        return own(name, "loss.name")
    return getattr(losses, name) if name in losses.__all__ else None
