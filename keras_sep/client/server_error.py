"""What goes wrong with a server."""


class ServerError(ValueError):
    """A request that a server did not answer as it should; the text says what to do.

    Args:
        server: Address of the server and its model.
        problem: What went wrong.

    Example:

    >>> str(ServerError("grpc://localhost:8500/band", "it cannot be reached"))
    'grpc://localhost:8500/band: it cannot be reached'
    """

    def __init__(self, server: object, problem: str):
        super().__init__(f"{server}: {problem}")


class Busy(Exception):
    """An answer after which the same request may succeed.

    Args:
        problem: What the server said.
        after_seconds: Time after which it wants to be asked again; None if it did not say.
    """

    def __init__(self, problem: str, after_seconds: float | None = None):
        super().__init__(problem)
        self.after_seconds = after_seconds


class Refused(Exception):
    """An answer after which the same request would fail again."""
