"""Folders of results, each under a name that cannot be guessed, deleted after a while."""

import contextlib
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

_TOKEN = re.compile(r"[0-9a-f]{32}")
_SWEEPS = 6  # in the time that results are kept, at least
_LONGEST_PAUSE = 60.0


class Results:
    """Results in a folder, and uploads in another, which are deleted when they are old.

    Args:
        root: Folder, which belongs to the results alone.
        keep_seconds: Seconds after which a result or an upload is deleted.
        now: Clock in seconds since 1970. Default `time.time`.

    Example:

    >>> import tempfile
    >>> results = Results(tempfile.mkdtemp(), keep_seconds=3600)
    >>> token, folder = results.new()
    >>> _ = (folder / "vocals.wav").write_bytes(b"")
    >>> results.file(token, "vocals.wav").name, results.file(token, "../../passwords")
    ('vocals.wav', None)
    """

    def __init__(
        self, root: str | Path, keep_seconds: float, now: Callable[[], float] = time.time
    ) -> None:
        self.root = Path(root).resolve()
        self.keep_seconds = keep_seconds
        self.now = now
        self.uploads = self.root / "uploads"
        self._results = self.root / "results"
        self._busy: set[str] = set()
        self._made: dict[str, float] = {}
        self._ended = threading.Event()
        self._sweeper: threading.Thread | None = None
        for folder in (self.uploads, self._results):
            folder.mkdir(parents=True, exist_ok=True)

    def new(self) -> tuple[str, Path]:
        """Make a folder for a result, and return its token and path.

        Its time begins with `done`; until then it is kept.
        """
        token = secrets.token_hex(16)
        self._busy.add(token)  # first, as another thread may be sweeping
        (self._results / token).mkdir()
        return token, self._results / token

    def done(self, token: str) -> None:
        """Let the time of a result begin."""
        self._made[token] = self.now()
        self._busy.discard(token)

    def discard(self, token: str) -> None:
        """Delete a result now."""
        self._busy.discard(token)
        self._made.pop(token, None)
        if _TOKEN.fullmatch(token):
            shutil.rmtree(self._results / token, ignore_errors=True)

    def file(self, token: str, name: str) -> Path | None:
        """Return a file of a result; None if there is none, or the name leads elsewhere."""
        if not _TOKEN.fullmatch(token) or "\0" in name:
            return None
        folder = self._results / token
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder) and path.is_file() else None

    def sweep(self) -> int:
        """Delete what is old, and return how many results and uploads that were."""
        oldest, gone = self.now() - self.keep_seconds, 0
        for folder in self._results.iterdir():
            made = self._made.get(folder.name)
            if folder.name not in self._busy and (made is None or made <= oldest):
                self.discard(folder.name)
                gone += 1
        for path in self.uploads.rglob("*"):
            with contextlib.suppress(OSError):  # another has deleted it
                if path.is_file() and path.stat().st_mtime <= oldest:
                    path.unlink()
                    gone += 1
        for folder in sorted(self.uploads.rglob("*"), reverse=True):  # those inside come first
            with contextlib.suppress(OSError):  # not empty, or young
                if folder.is_dir() and folder.stat().st_mtime <= oldest:
                    folder.rmdir()
        return gone

    def start(self) -> None:
        """Sweep from time to time, in a thread, until `close`."""
        pause = min(_LONGEST_PAUSE, self.keep_seconds / _SWEEPS)

        def sweep() -> None:
            while not self._ended.wait(pause):
                with contextlib.suppress(OSError):  # of the disk; the next time, then
                    self.sweep()

        self._sweeper = threading.Thread(target=sweep, daemon=True)
        self._sweeper.start()

    def close(self) -> None:
        """Delete everything."""
        self._ended.set()
        if self._sweeper is not None:
            self._sweeper.join()
        shutil.rmtree(self.root, ignore_errors=True)
