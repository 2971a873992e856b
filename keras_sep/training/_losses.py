"""The losses that a recipe names, and what each compares."""

from typing import Any

from keras_sep import losses
from keras_sep._named import Named, named_from
from keras_sep._own_code import own

# functions that make targets from spectrograms
TARGETS = sorted({name for loss in losses.__all__ for name in getattr(losses, loss).targets})


def loss_names(loss: Named) -> list[str]:
    """The name of a loss, and of the loss in its arguments."""
    inner = loss.arguments.get("loss")
    return [loss.name] + (loss_names(named_from(inner, "loss.arguments.loss")) if inner else [])


def compares(loss: Named) -> str | None:
    """What a loss, or the innermost loss in it, compares; None for an unknown name."""
    return getattr(_innermost(loss), "compares", None)


def check_loss(loss: Named, target: Named, spectra: bool, where: str = "") -> None:
    """Raise unless a loss compares what the network and the target return.

    Args:
        loss: Loss to check; unknown names pass, as they are reported elsewhere.
        target: Target of the loss.
        spectra: Whether the network reads spectrograms.
        where: Key of the mapping that holds both, followed by a dot. Default "".
    """
    *around, name = loss_names(loss)
    kind = compares(loss)
    if not spectra:
        if kind not in ("waveforms", None):
            raise ValueError(
                "`loss` must compare waveforms where there is no `stft`, as `WaveformLoss` and "
                f"`SISNR` do. Received: {name}"
            )
        return
    if around and kind == "embeddings":
        raise ValueError(
            f"`{where}loss.arguments.loss` must compare source by source. Received: {name}"
        )
    wanted = getattr(_innermost(loss), "targets", ())
    if wanted and target.name not in wanted and target.name in TARGETS:
        raise ValueError(
            f"`{where}target` must be {' or '.join(wanted)} for {name}. Received: {target.name}"
        )
    if kind == "waveforms":
        raise ValueError(
            f"`{where}loss` must compare spectrograms, or embeddings, unless `stft` is null, as it "
            f"is for networks of waveforms. Received: {name}"
        )


def _innermost(loss: Named) -> Any:
    name = loss_names(loss)[-1]
    if ":" in name:
        return own(name, "loss.name")
    return getattr(losses, name) if name in losses.__all__ else None
