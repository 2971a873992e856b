"""What the learned filterbanks share."""

from keras_sep._validate import require_positive_integers


def check_sizes(kernel_size: int, stride: int, **counts: int) -> None:
    """Raise unless all are positive integers and no sample lies between two frames."""
    require_positive_integers(kernel_size=kernel_size, stride=stride, **counts)
    if stride > kernel_size:
        raise ValueError(
            "`stride` must be at most `kernel_size`. "
            f"Received: stride={stride}, kernel_size={kernel_size}"
        )
