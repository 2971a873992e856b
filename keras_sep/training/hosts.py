"""Several processes, on one host or on many, that train one network together."""

import atexit
import contextlib
import inspect
import logging
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import keras

from keras_sep._brief import one_line
from keras_sep._printable import silent
from keras_sep.training._processes import is_first, mark_joined, processes, wait_for_all

PORT = 8476
AUTO = "auto"
# a process that has not been heard of for so long is dead, and all others end
HEARTBEAT_SECONDS = 60
_TIMEOUTS = ("heartbeat_timeout_seconds", "shutdown_timeout_seconds")
# what launchers call the number of processes, and that of one of them
_LAUNCHERS = {
    "Slurm": ("SLURM_NTASKS", "SLURM_PROCID"),
    "Open MPI": ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    "MPICH": ("PMI_SIZE", "PMI_RANK"),
}
_JOINED: "list[Hosts]" = []


@dataclass(frozen=True)
class Hosts:
    """Which process this is, of how many, and where they meet.

    Args:
        address: Host and port of process 0, at which all meet; None to have JAX ask the launcher
            for it. Default None.
        processes: Number of processes; None to have JAX ask. Default None.
        process: Number of this process, from 0; None to have JAX ask. Default None.

    Example:

    >>> from keras_sep.training import Hosts
    >>> Hosts.found("node1", 4, 2)
    Hosts(address='node1:8476', processes=4, process=2)
    """

    address: str | None = None
    processes: int | None = None
    process: int | None = None

    def __post_init__(self) -> None:
        count, number = self.processes, self.process
        if count is not None and count < 1:
            raise ValueError(f"`processes` must be at least 1. Received: {count}")
        if number is not None and not 0 <= number < (number + 1 if count is None else count):
            raise ValueError(
                f"`process` must be counted from 0 and below `processes`. Received: process="
                f"{number}, processes={count}"
            )

    @classmethod
    def found(
        cls,
        address: str = AUTO,
        processes: int | None = None,
        process: int | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> "Hosts":
        """Complete what is given by what the launcher has put into the environment.

        Slurm, Open MPI and MPICH say which process this is, and JAX finds out where they meet on
        Slurm, Open MPI 4, Kubernetes and TPUs.

        Args:
            address: Host, or host and port, of process 0, or "auto". Default "auto".
            processes: Number of processes; None for the launcher's. Default None.
            process: Number of this process; None for the launcher's. Default None.
            environ: Environment; None for that of this process. Default None.

        Raises:
            ValueError: If something is missing, or not a number.
        """
        environ = os.environ if environ is None else environ
        if (processes is None) != (process is None):
            raise ValueError(
                "`processes` and `process` must be given together. "
                f"Received: processes={processes}, process={process}"
            )
        if processes is None:
            processes, process = _launched(environ)
        if address == AUTO:
            if process is not None and not _says_where(environ):
                raise ValueError(
                    "`hosts` must be the address of process 0, such as `--hosts node1`, as "
                    "nothing here says where the processes meet. Received: auto"
                )
            return cls(None, processes, process)
        if processes is None:
            raise ValueError(
                "`processes` and `process` must be given, such as `--processes 2 --process 0` on "
                "the first host and `--processes 2 --process 1` on the second, as no launcher says "
                "which process this is"
            )
        return cls(_with_port(address), processes, process)


def _launched(environ: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Number of processes, and of this one, as a launcher says; None where none does."""
    for launcher, names in _LAUNCHERS.items():
        values = [environ.get(name) for name in names]
        if None in values:
            continue
        try:
            count, number = (int(value or "") for value in values)
        except ValueError:
            raise ValueError(
                f"{' and '.join(names)}, which {launcher} sets, must be numbers. Received: {values}"
            ) from None
        return count, number
    return None, None


def _says_where(environ: Mapping[str, str]) -> bool:
    """Whether JAX finds the address of process 0 in what the launcher says."""
    return bool(
        {"JAX_COORDINATOR_ADDRESS", "OMPI_MCA_orte_hnp_uri"} & environ.keys()
        or {"SLURM_JOB_ID", "SLURM_STEP_NODELIST", "SLURM_LOCALID"} <= environ.keys()
    )


def _with_port(address: str) -> str:
    """Address with a port; an IPv6 address with a port is in brackets."""
    if re.fullmatch(r"\[[^\]]+\]:\d+|[^:]+:\d+", address):
        return address
    if not address or "," in address:
        raise ValueError(f"`hosts` must be only the address of process 0. Received: {address!r}")
    bare = address.strip("[]")
    return f"[{bare}]:{PORT}" if ":" in bare else f"{bare}:{PORT}"


@contextlib.contextmanager
def joined(hosts: Hosts | None) -> Iterator[None]:
    """Make this process one of several that train together, until the end of the block.

    Processes join once, before JAX computes anything, and stay together until they end. In the
    block only process 0 prints messages. At its end all wait for each other.

    Args:
        hosts: Which process this is, from `Hosts.found`; None for a process alone.

    Raises:
        ValueError: If the backend is not JAX, the others do not come, or one of them is lost.
    """
    if hosts is None:
        yield
        return
    _join(hosts)
    with contextlib.nullcontext() if is_first() else silent():
        try:
            yield
            wait_for_all()
        except BaseException as error:
            if processes() > 1:
                # before JAX, which would wait a minute for the others while they wait for this one
                atexit.register(_leave, _status(error))
            if processes() > 1 and _is_loss(error):
                raise ValueError(
                    "another process of this training has ended: start all of them again with "
                    f"--resume, and they go on after the last whole epoch ({one_line(error)})"
                ) from error
            raise


def _status(error: BaseException) -> int:
    """Exit status after an error; after a signal that of a killed process."""
    if isinstance(error, KeyboardInterrupt):
        return 128 + (error.args[0] if error.args else signal.SIGINT)
    return 1


def _leave(status: int) -> None:
    """End this process at once, so that the others notice."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def _join(hosts: Hosts) -> None:
    if keras.backend.backend() != "jax":
        raise ValueError(
            "several processes train together on Keras's JAX backend alone: install "
            "`keras_sep[tensorflow,jax]` on all hosts and set KERAS_BACKEND=jax. "
            f"Received: backend {keras.backend.backend()}"
        )
    if _JOINED:
        if _JOINED[0] != hosts:
            raise ValueError(
                f"this process has joined others before and cannot leave them. Received: {hosts}, "
                f"after {_JOINED[0]}"
            )
        return
    if hosts.processes == 1:
        return
    import jax

    # a CPU would mix up the sums of a step and the numbers that are told between two of them
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    try:
        takes = inspect.signature(jax.distributed.initialize).parameters
        jax.distributed.initialize(
            coordinator_address=hosts.address,
            num_processes=hosts.processes,
            process_id=hosts.process,
            # which early releases do not let choose
            **{name: HEARTBEAT_SECONDS for name in _TIMEOUTS if name in takes},
        )
        mark_joined()
    except (RuntimeError, ValueError) as error:
        where = hosts.address or "the address that the launcher says"
        raise ValueError(
            f"the processes did not meet at {where} ({one_line(error)}): start all of them within "
            "five minutes, with the same `--hosts`, and let its port through"
        ) from error
    _JOINED.append(hosts)


def _is_loss(error: BaseException) -> bool:
    """Whether an error, of whatever type JAX gives it, says that another process is gone."""
    signs = (
        r"gloo|nccl|rccl|heartbeat|coordination service|task died|socket closed|broken pipe|"
        r"connection (reset|closed|refused)"
    )
    network = isinstance(error, Exception) and not isinstance(error, OSError)
    return network and re.search(signs, str(error), re.IGNORECASE) is not None
