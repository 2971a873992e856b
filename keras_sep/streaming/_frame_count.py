"""How many frames a stream of samples has."""

import bisect
from collections.abc import Callable
from typing import Any, NamedTuple


class FrameCount(NamedTuple):
    """Frames by the number of samples: one for every `hop_length` of them and `more`.

    Args:
        hop_length: Samples from frame to frame.
        more: Samples that are counted beside those of the stream, which may be less than 0.
        fewest: Number of frames of the shortest stream.
        delay: Number of frames that a step gives before the first one.
    """

    hop_length: int
    more: int
    fewest: int
    delay: int

    @classmethod
    def of(cls, form: Any, channels: int | None, padded: Callable[[int], int]) -> "FrameCount":
        """That of a step form that turns samples into frames.

        Args:
            form: The step form.
            channels: Number of channels of the samples.
            padded: Function from the length of a recording to what the form is given of it.
        """

        def frames(samples: int) -> int:
            shape = form.compute_output_shape((1, padded(samples), channels))
            return shape[0][1] if isinstance(shape[0], tuple) else shape[1]

        hop = form.hop_length
        start = 1000 * hop  # more than a frame
        before = frames(start)
        short = bisect.bisect_left(range(hop), True, key=lambda n: frames(start + n + 1) > before)
        return cls(hop, (before + 1) * hop - (start + short + 1), frames(1), form.delay)

    def left(self, given: int, length: int) -> int:
        """Frames that a stream of a given length still has after so many samples."""
        frames = max(self.fewest, (length + self.more) // self.hop_length)
        return max(0, frames + self.delay - given // self.hop_length)
