"""Songs to stems, one after the other, on a worker."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from keras_sep._brief import one_line
from keras_sep._folder_lock import only_writer
from keras_sep._hidden_folder import hidden_folder
from keras_sep._new_folder import new_folder
from keras_sep._printable import printable
from keras_sep.beam import _files
from keras_sep.beam._entry import ENTRY, Entry, Settings, difference, line, read_entry
from keras_sep.beam._model import Model
from keras_sep.beam._scores import scores_beside
from keras_sep.data import AUDIO_FORMATS, AudioError, AudioInfo, audio_info
from keras_sep.inference import separate_file, stem_gains, stem_paths

FAILURES = "failures"
SEPARATED, SKIPPED, FAILED = COUNTS = ("separated", "skipped", "failed")
NAMESPACE = "keras_sep"


def failed(path: str, error: Exception) -> str:
    """A line of the failures."""
    known = isinstance(error, AudioError) and str(error.path) == path
    problem = error.problem if known and isinstance(error, AudioError) else one_line(error)
    if not isinstance(error, (ValueError, OSError)):
        problem = f"{type(error).__name__}: {problem}"
    return line({"input": path, "problem": printable(problem)})


class SeparateSongs(beam.DoFn):
    """From songs with the folder of each to lines of the manifest and of the failures.

    Args:
        model: File of the separator.
        out: Folder for the folders of all songs.
        settings: How to separate.
        scores: Whether to score stems whose references lie beside the song.
        overwrite: Whether stems of something else are replaced.
        threads: Number of threads on the CPU; None for one per core.
    """

    def __init__(
        self,
        model: str,
        out: str,
        settings: Settings,
        scores: bool,
        overwrite: bool,
        threads: int | None,
    ):
        self.model, self.out, self.settings = model, out, settings
        self.scores, self.overwrite, self.threads = scores, overwrite, threads
        self._shared = Shared()
        self._counters = {name: Metrics.counter(NAMESPACE, name) for name in COUNTS}
        self._milliseconds = Metrics.distribution(NAMESPACE, "milliseconds_per_song")

    def setup(self) -> None:
        """Load the model, once in a process: its threads share it."""
        try:
            self._loaded: Model = self._shared.acquire(
                lambda: Model(self.model, self.settings.shifts, self.threads), tag=self.model
            )
            gains = stem_gains(self._loaded.separator.separator, self.settings.stems)
        except ValueError as error:
            raise ValueError(str(error)) from error  # Beam rewrites what others hold
        one_file = AUDIO_FORMATS[self.settings.audio_format].one_file
        self._names = ["mixture"] if one_file else [*gains]

    def process(self, song: tuple[bytes, bytes]) -> Iterable[Any]:
        """Separate one song; whatever is wrong with it is a line of the failures."""
        path, folder = map(os.fsdecode, song)
        began = time.perf_counter()
        try:
            entry, done = self._entry(path, folder)
        except Exception as error:
            self._counters[FAILED].inc()
            yield beam.pvalue.TaggedOutput(FAILURES, failed(path, error))
            return
        self._counters[SEPARATED if done else SKIPPED].inc()
        if done:
            self._milliseconds.update(round(1000 * (time.perf_counter() - began)))
        yield line(entry)

    def _entry(self, path: str, folder: str) -> tuple[Entry, bool]:
        """The entry of a song, and whether it had to be separated."""
        known = _files.status(path)
        place = _files.join(self.out, folder)
        files = stem_paths(Path(folder), self._names, self.settings.audio_format)
        outputs = [_files.join(place, file.name) for file in files.values()]
        there = [output for output in outputs if _files.exists(output)]
        old = read_entry(_files.join(place, ENTRY))
        other = difference(old, path, known, self._loaded, self.settings) if old else None
        if old and not other and len(there) == len(outputs):
            return old, False
        if other or (there and not old):
            self._require_overwrite(place, other)
        with _files.local(path) as (here, sha256), _named(path, here):
            info = audio_info(here)
            with _work(place) as work:
                entry, made = self._separate(path, here, info, work / Path(folder).name)
                entry |= {
                    "input_sha256": sha256,
                    "input_bytes": known.bytes,
                    "input_modified": known.modified,
                }
                self._publish(place, entry, made, old)
        return entry, True

    def _require_overwrite(self, place: str, other: str | None) -> None:
        if not self.overwrite:
            raise AudioError(
                place,
                f"already contains stems, {other or 'of which nothing is known'}; replace them "
                "with overwrite=True (--overwrite), or choose another folder",
            )

    def _separate(
        self, path: str, here: Path, info: AudioInfo, folder: Path
    ) -> tuple[Entry, dict[str, Path]]:
        """Make the stems in a folder of this machine, and their entry."""
        began, notes, settings = time.perf_counter(), [], self.settings
        stems = separate_file(
            self._loaded.separator,
            here,
            folder,
            settings.audio_format,
            bit_rate_kbps=settings.bit_rate_kbps,
            stems=settings.stems,
            clip=settings.clip,
            block_seconds=settings.block_seconds,
            context_seconds=settings.context_seconds,
            say=lambda text: notes.append(printable(text.removeprefix(f"{here}: "))),
        )
        scores = None
        if self.scores:
            try:
                scores = scores_beside(path, here, stems)
            except ValueError as error:
                notes.append(f"not scored: {one_line(error)}")
        one_file = AUDIO_FORMATS[settings.audio_format].one_file
        made = {stem: file.parent if one_file else file for stem, file in stems.items()}
        entry = {
            "input": path,
            "seconds": info.samples / info.sample_rate_hz,
            "sample_rate_hz": info.sample_rate_hz,
            "channels": info.channels,
            "outputs": {stem: file.name for stem, file in made.items()},
            "scores": scores,
            "notes": notes,
            "work_seconds": round(time.perf_counter() - began, 3),
            "model": self._loaded.name,
            "model_sha256": self._loaded.sha256,
            "license": self._loaded.license,
            "settings": settings.as_read(),
        }
        return entry, made

    def _publish(self, place: str, entry: Entry, made: dict[str, Path], old: Entry | None) -> None:
        """Move the stems to their place, the entry first.

        A worker that is killed between the two leaves an entry that lacks stems: they are made
        again. Stems without an entry would be somebody else's.
        """
        names = {file.name for file in made.values()}
        for name in names.union((old or {}).get("outputs", {}).values()):
            if isinstance(name, str) and name == os.path.basename(name) != "":
                _files.remove(_files.join(place, name))
        entry["folder"] = place[len(self.out) :].lstrip("/")
        _files.write(_files.join(place, ENTRY), f"{line(entry)}\n".encode())
        for file in {*made.values()}:
            _files.move(file, _files.join(place, file.name))


@contextlib.contextmanager
def _work(place: str) -> Iterator[Path]:
    """A folder of this machine for unfinished stems, on the disk of their place if that is here."""
    with contextlib.ExitStack() as stack:
        parent = Path(place if _files.is_here(place) else tempfile.gettempdir())
        if _files.is_here(place):
            stack.enter_context(new_folder(parent))
            stack.enter_context(only_writer(parent, "separation"))
        yield stack.enter_context(hidden_folder(parent))


@contextlib.contextmanager
def _named(path: str, copy: Path) -> Iterator[None]:
    """Let errors about a copy name its file."""
    try:
        yield
    except AudioError as error:
        if error.path != copy:
            raise
        raise AudioError(path, error.problem) from error
