"""Complex spectra of whole stems on disk, and whether those found there are valid."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from tqdm import tqdm

from keras_sep._frames import frames_within, hann_window, stft_frames
from keras_sep._printable import printable, say
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._span import Span
from keras_sep.data.pipelines._stem_spectrum import frame_samples, spectrum

_VERSION = 1  # raise it when what is stored changes its meaning
_BLOCK_FRAMES = 256
_ABANDONED_SECONDS = 24 * 3600.0
_DTYPE = np.dtype("<c8")


class CacheError(ValueError):
    """A spectrogram cache cannot be read or written; the message is one line that names it."""

    def __str__(self) -> str:
        return printable(super().__str__())


class _Entry(NamedTuple):
    """One stem file with everything that its spectra depend on."""

    track: Track
    file: Path
    path: Path
    digest: bytes
    shape: tuple[int, int, int]  # (frames, channels, bins)

    @property
    def header(self) -> bytes:
        buffer = io.BytesIO()
        description = {"descr": _DTYPE.str, "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(buffer, description)
        return buffer.getvalue()

    @property
    def bytes(self) -> int:
        return len(self.header) + int(np.prod(self.shape)) * _DTYPE.itemsize + len(self.digest)

    def read(self, first: int, out: np.ndarray) -> None:
        """Frames `first` onwards into `out`, complex64, (frames, channels, bins)."""
        try:
            with self.path.open("rb") as file:
                file.seek(len(self.header) + first * out[0].nbytes)
                count = file.readinto(out.data)
        except OSError as error:
            raise CacheError(
                f"{self.path}: spectrograms not read ({error.strerror or error})"
            ) from error
        if count != out.nbytes:
            raise CacheError(f"{self.path}: spectrograms not read (cut short)")


class SpectrogramCache:
    """A folder that keeps the complex spectra of whole stems, in float32.

    An entry is used only if it is complete and was made from the present version of the file, at
    this sample rate and with these STFT settings; otherwise it is computed again. Entries are
    written under a temporary name and renamed, so a crash, a full disk or a second process never
    leaves half of one, and an old entry stays until the new one is complete.

    Args:
        folder: Folder of the entries. At 4096/1024 and 44.1 kHz, a second of a stereo stem takes
            about 1.4 MB; the space needed is reported and checked before anything is written.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def spectra(
        self,
        tracks: Sequence[Track],
        sources: Sequence[str],
        frame_length: int,
        hop_length: int,
        window: Any = "hann",
        fft_length: int | None = None,
    ) -> "CachedSpectra":
        """Return the spectra of these stems, computing those that are not cached yet.

        Args:
            tracks: Tracks from `find_tracks`.
            sources: Names of their stems.
            frame_length: Samples in a frame.
            hop_length: Samples from one frame to the next.
            window: Name or array, as for `layers.STFT`. Default "hann".
            fft_length: Samples of the transform. Defaults to `frame_length`.

        Raises:
            CacheError: If the disk is or becomes full, or the folder cannot be written.
            AudioError: If a stem cannot be read.
        """
        settings = (frame_length, hop_length, window, fft_length)
        entries = {
            (track.name, file): self._entry(track, file, *settings)
            for track in tracks
            for source in sources
            for file in track.files(source)
        }
        missing = [entry for entry in entries.values() if not _is_whole(entry)]
        if missing:
            self._announce(missing, len(entries))
            seconds = sum(entry.track.samples / entry.track.sample_rate_hz for entry in missing)
            with tqdm(
                total=round(seconds),
                unit="s",
                desc="spectrograms of stems",
                delay=1.0,
                disable=None,  # unless stderr is a terminal
            ) as progress:
                for entry in missing:
                    self._write(entry, settings)
                    progress.update(round(entry.track.samples / entry.track.sample_rate_hz))
        return CachedSpectra(entries)

    def _entry(
        self,
        track: Track,
        file: Path,
        frame_length: int,
        hop_length: int,
        window: Any,
        fft_length: int | None,
    ) -> _Entry:
        frames = stft_frames(frame_length, hop_length, window, fft_length)
        version = track.version_of(file)
        file = file.resolve()
        what = [str(file), track.sample_rate_hz, track.channels, frame_length, hop_length]
        if not np.array_equal(frames.window, hann_window(frame_length)):
            what.append(frames.window.tolist())  # caches from before there were others stay valid
        made_of = [
            *what,
            track.samples,
            *version,
            _VERSION,
            soundfile.__libsndfile_version__,
        ]
        name = f"{_start(track.name, 60)}-{_start(file.stem, 30)}-{_digest(what).hex()[:16]}.npy"
        shape = (frames_within(track.samples, hop_length), track.channels, frames.bins)
        return _Entry(track, file, self.folder / name, _digest(made_of), shape)

    def _announce(self, missing: list[_Entry], total: int) -> None:
        needed = sum(entry.bytes for entry in missing)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise CacheError(f"{self.folder}: no spectrograms kept ({error.strerror})") from error
        say(
            f"{self.folder}: {len(missing)} of {total} stems to transform, "
            f"{needed / 1e9:.2f} GB of disk needed, {free / 1e9:.2f} GB free"
        )
        if needed > free:
            raise CacheError(
                f"{self.folder}: not enough disk space for spectrograms: "
                f"{needed / 1e9:.2f} GB needed, {free / 1e9:.2f} GB free"
            )

    def _remove_abandoned(self) -> None:
        for path in self.folder.glob(".*.part"):  # left by killed processes
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def _write(self, entry: _Entry, settings: tuple) -> None:
        partial = entry.path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            with partial.open("xb") as out:
                out.write(entry.header)
                for first in range(0, entry.shape[0], _BLOCK_FRAMES):
                    frames = min(_BLOCK_FRAMES, entry.shape[0] - first)
                    start, stop = frame_samples(first, frames, *settings)
                    stretch = _read(entry, start, stop)
                    block = spectrum(stretch.T, *settings)
                    out.write(np.ascontiguousarray(block.transpose(1, 0, 2)).data)
                out.write(entry.digest)  # comes last: without it the entry is incomplete
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, entry.path)
        except OSError as error:
            raise CacheError(
                f"{entry.path}: spectrograms not written ({error.strerror or error})"
            ) from error
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


class CachedSpectra:
    """The spectra of a data set's stems on disk; no file stays open between reads.

    A mapping into memory would keep one file open per stem, and data sets have more stems than a
    process may have open files.
    """

    def __init__(self, entries: dict[tuple[str, Path], _Entry]):
        self._entries = entries

    def read(self, track: Track, source: str, first: int, out: np.ndarray) -> None:
        """Frames `first` onwards of a source into `out`, complex64, (frames, channels, bins)."""
        sole, *more = (self._entries[track.name, file] for file in track.files(source))
        sole.read(first, out)
        for entry in more:
            entry.read(first, part := np.empty_like(out))
            out += part


def _read(entry: _Entry, start: int, stop: int) -> np.ndarray:
    span = Span(entry.track, "", start, stop)
    return span.play(entry.track.read_file(entry.file, *span.window))


def _is_whole(entry: _Entry) -> bool:
    """Whether the entry exists, has the right size, and belongs to the file as it is now."""
    try:
        with entry.path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != entry.bytes:
                return False
            header = file.read(len(entry.header))
            file.seek(-len(entry.digest), os.SEEK_END)
            return header == entry.header and file.read() == entry.digest
    except OSError:
        return False


def _digest(what: list) -> bytes:
    return hashlib.sha256(json.dumps(what).encode()).digest()


def _start(name: str, most_bytes: int) -> str:
    """The readable beginning of a name, as file systems limit names in bytes."""
    return os.fsencode(name)[:most_bytes].decode("utf-8", errors="ignore")
