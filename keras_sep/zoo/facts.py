"""What is known of a network beside its graph."""

import dataclasses
from typing import Any

from keras_sep._brief import brief

READS = ("waveform", "magnitude", "spectrum")
RETURNS = ("waveforms", "magnitudes", "masks", "spectra", "embeddings")


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known of a network beside its graph.

    A time step is a sample of a network that reads waveforms, and a frame of any other.

    Args:
        reads: `"waveform"` (batch, samples, channels), `"magnitude"` (batch, frames, bins,
            channels), or `"spectrum"`, the pair of real and imaginary part, each as a magnitude.
        returns: `"waveforms"`, `"magnitudes"`, `"masks"` to be multiplied with what was read,
            `"spectra"` or `"embeddings"`; of a network with several outputs, a dict from the name
            of the output to one of these. Masks and spectra of complex numbers are pairs.
        stride: Time steps from where the network starts anew, such as from one frame of a learned
            filterbank to the next. An input that is moved by a multiple of them moves the output.
        context: Time steps before and after its own that a time step of the output depends on at
            most. None where these are all: recurrent layers, attention, norms over time.
        causal: Whether the network looks back only, beyond the length of its own frames.
        segment: Number of time steps that the network was trained on, which blocks of long files
            have; some networks pad shorter inputs to it. None for any number.
        unpadded: Name of the network inside that pads nothing, in a network which surrounds
            recordings with zeros. None where there is none.
        margin: Time steps on each side that an unpadded network reads more than it returns.
        lengths: Pair of numbers: an unpadded network returns `lengths[0] + n * lengths[1]` time
            steps. None for any number.
        builder: Name of the function in `keras_sep.zoo` that made it.
        arguments: Arguments of that function, as plain values. Arrays are left out.

    Example:

    >>> str(keras_sep.zoo.Facts("magnitude", "magnitudes", context=(None, 0), causal=True))
    'magnitude to magnitudes, stride 1, causal, context all before and 0 frames after'
    """

    reads: str
    returns: str | dict[str, str]
    stride: int = 1
    context: tuple[int | None, int | None] = (None, None)
    causal: bool = False
    segment: int | None = None
    unpadded: str | None = None
    margin: int = 0
    lengths: tuple[int, int] | None = None
    builder: str | None = None
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        for name in ("context", "lengths"):  # lists in a file
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
        _check(self)

    @property
    def latency(self) -> int | None:
        """Time steps after its own at which a time step of the output is final.

        None where that is the end of the recording.
        """
        return self.context[1]

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain values; `Facts(**facts.to_dict())` are the same facts."""
        facts = dataclasses.asdict(self)
        for name in ("context", "lengths"):
            if facts[name] is not None:
                facts[name] = list(facts[name])
        return facts

    def __str__(self):
        unit = "samples" if self.reads == "waveform" else "frames"
        returns = self.returns if isinstance(self.returns, str) else " and ".join(self.returns)
        before, after = ("all" if size is None else str(size) for size in self.context)
        said = [f"{self.reads} to {returns}", f"stride {self.stride}"]
        if self.causal:
            said.append("causal")
        if self.segment is not None:
            said.append(f"segments of {self.segment} {unit}")
        if self.context == (None, None):
            said.append("context the whole recording")
        elif before == after:
            said.append(f"context {before} {unit} on each side")
        else:
            said.append(f"context {before} before and {after} {unit} after")
        return ", ".join(said)


def _check(facts):
    returned = facts.returns.values() if isinstance(facts.returns, dict) else (facts.returns,)
    _require(facts.reads in READS, "reads", f"one of {READS}", facts.reads)
    _require(
        bool(returned) and all(one in RETURNS for one in returned),
        "returns",
        f"one of {RETURNS}, or a dict of them",
        facts.returns,
    )
    _require(_count(facts.stride, 1), "stride", "a positive integer", facts.stride)
    _require(
        _pair(facts.context) and all(one is None or _count(one, 0) for one in facts.context),
        "context",
        "a pair of non-negative integers or None",
        facts.context,
    )
    _require(isinstance(facts.causal, bool), "causal", "True or False", facts.causal)
    if facts.segment is not None:
        _require(_count(facts.segment, 1), "segment", "a positive integer", facts.segment)
    if facts.unpadded is not None:
        _require(isinstance(facts.unpadded, str), "unpadded", "a name", facts.unpadded)
    _require(_count(facts.margin, 0), "margin", "a non-negative integer", facts.margin)
    if facts.lengths is not None:
        fit = _pair(facts.lengths) and _count(facts.lengths[0], 0) and _count(facts.lengths[1], 1)
        _require(fit, "lengths", "a pair of integers, the second positive", facts.lengths)
    if facts.builder is not None:
        _require(isinstance(facts.builder, str), "builder", "a name", facts.builder)
    named = isinstance(facts.arguments, dict) and all(
        isinstance(key, str) for key in facts.arguments
    )
    _require(named, "arguments", "a dict from names to values", facts.arguments)


def _pair(value):
    return isinstance(value, tuple) and len(value) == 2


def _count(value, least):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**53


def _require(holds, name, wanted, value):
    if not holds:
        raise ValueError(
            f"`{name}` of a network's facts must be {wanted}. Received: {brief(value)}"
        )
