"""Examining an audio file: which decoder suits it, and how many samples it really holds."""

import contextlib
import functools
import os
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import soundfile

from keras_sep._brief import counted
from keras_sep._printable import printable
from keras_sep._source_names import MIXTURE
from keras_sep.data.audio._ffmpeg_decoder import FFmpegDecoder
from keras_sep.data.audio._file_part import WHOLE, Part
from keras_sep.data.audio._file_version import file_version
from keras_sep.data.audio._formats.data_chunk import data_chunk
from keras_sep.data.audio._formats.flac_frames import flac_samples, is_one_whole_flac
from keras_sep.data.audio._formats.id3_tag import skip_id3_tag
from keras_sep.data.audio._formats.ogg_links import ogg_links
from keras_sep.data.audio._formats.xing_header import xing_frames, xing_samples
from keras_sep.data.audio._joined_decoder import JoinedDecoder
from keras_sep.data.audio._soundfile_decoder import SoundfileDecoder
from keras_sep.data.audio.accepting_damage import damage_is_accepted
from keras_sep.data.audio.audio_error import AudioError, DamagedAudioError
from keras_sep.data.audio.audio_file import Decoder, audio_errors
from keras_sep.data.audio.stem_file import file_and_stem, is_stem_file, stream_names

# subtypes: MPEG in WAV and ALAC in CAF; libsndfile garbles the end of Opus when reading in pieces
_BETTER_BY_FFMPEG = ("MPEG", "ALAC", "OPUS")
_MOST_SAMPLES_PER_BYTE = 2048  # in Ogg; a packet of silence takes a byte or two
RATES_HZ = (1_000, 1_000_000)


class AudioInfo(NamedTuple):
    """Content of an audio file: sample rate in Hz, samples per channel, number of channels."""

    sample_rate_hz: int
    samples: int
    channels: int


class Examined(NamedTuple):
    """Content of a file, and how to open it."""

    info: AudioInfo
    seeks_exactly: bool
    decoder: Callable[[], Decoder]


def examine_audio(path: Path) -> Examined:
    """Examine a file, once per version of it. Samples are counted, never guessed.

    libsndfile reads uncompressed formats and FLAC; FFmpeg reads the rest, and every file whose
    header leaves its length open.
    """
    with audio_errors(path):
        file, _ = file_and_stem(path)
        try:
            status = os.stat(file)
        except (FileNotFoundError, NotADirectoryError):
            stdin = "; standard input is not read, save it to a file first"
            raise AudioError(path, f"no such file{stdin if str(path) == '-' else ''}") from None
        except ValueError as error:
            raise AudioError(path, f"cannot be the name of a file ({error})") from None
        _require_regular(file, status)
        return _examined(os.fspath(path), file_version(status), damage_is_accepted())


def _require_regular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        if status.st_size == 0:
            raise AudioError(path, "an empty file (0 bytes)")
        return
    if stat.S_ISDIR(status.st_mode):
        raise AudioError(path, "a folder, not an audio file")
    kinds = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }
    kind = kinds.get(stat.S_IFMT(status.st_mode), "something else")
    raise AudioError(path, f"{kind}, not a regular file; save what comes from it to a file first")


@functools.lru_cache(maxsize=1 << 16)
def _examined(name: str, version: tuple[int, ...], accepts_damage: bool) -> Examined:
    del version, accepts_damage  # only part of the cache key
    path = Path(name)
    file, stem = file_and_stem(path)
    found = _stream(file, stem) if is_stem_file(file) else _whole(path)
    rate = found.info.sample_rate_hz
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise AudioError(
            path, f"its header says {rate} Hz; wanted: {RATES_HZ[0]} to {RATES_HZ[1]} Hz"
        )
    if found.info.samples < 1:
        raise AudioError(path, "contains no samples")
    return found


def _stream(file: Path, stem: str | None) -> Examined:
    """The mixture of a stem file, or the stem of this name."""
    names = stream_names(file)
    if stem not in (None, *names):
        raise AudioError(file, f"has no stem {stem!r}, but {', '.join(names[1:])}")
    return _by_ffmpeg(file, WHOLE, names.index(stem or MIXTURE))


def _whole(path: Path) -> Examined:
    parts = _parts(path)
    return (parts[0] == (WHOLE, False) and _joined_mp3(path)) or _joined(
        path,
        [
            (suits_soundfile and _by_soundfile(path, part)) or _by_ffmpeg(path, part)
            for part, suits_soundfile in parts
        ],
    )


def _parts(path: Path) -> list[tuple[Part, bool]]:
    """The files that this one was joined from, and whether libsndfile suits each.

    It suits neither MP3, whose damage it ignores or reports on stderr only, nor Ogg files that lack
    pages or hold several streams at once.
    """
    with open(path, "rb") as file:
        tagged = skip_id3_tag(file) > 0
        magic = file.read(4)
    if magic == b"OggS":
        links = ogg_links(path)
        if any(link.lacks_pages for link in links):
            warnings.warn(
                f"{printable(path)}: its first or last pages are missing, as in a recorded live "
                "stream or a cut file; the rest is read",
                stacklevel=2,
            )
        return [(link.part, link.is_one_whole) for link in links]
    return [(WHOLE, not _is_mp3(magic) and (magic == b"fLaC" or not tagged))]


def _is_mp3(magic: bytes) -> bool:
    return magic[:1] == b"\xff" and magic[1:2] >= b"\xe0"


def _joined_mp3(path: Path) -> Examined | None:
    """The parts of a joined MP3, each without its encoder's padding; None if one is not whole."""
    _, *starts = xing_frames(path) or [0]
    if not starts:
        return None
    parts = [Part(*ends) for ends in zip([0, *starts], [*starts, None], strict=True)]
    try:
        examined = [_by_ffmpeg(path, part) for part in parts]
    except AudioError as error:
        warnings.warn(
            f"{printable(path)}: joined from parts, and one of them is {error.problem}; the rest "
            "is read",
            stacklevel=2,
        )
        return None
    return _joined(path, examined)


def _joined(path: Path, parts: list[Examined]) -> Examined:
    first, *others = parts
    if not others:
        return first
    samples = 0
    for part in parts:
        found = part.info
        if found._replace(samples=0) != first.info._replace(samples=0):
            raise AudioError(
                path,
                f"joined from parts of different kinds: {_kind(first.info)}, then at "
                f"{samples / first.info.sample_rate_hz:.2f} s {_kind(found)}; cut it there, or "
                "convert the parts one by one",
            )
        samples += found.samples
    decoders = [(part.info.samples, part.decoder) for part in parts]
    info = first.info._replace(samples=samples)
    return Examined(info, False, functools.partial(JoinedDecoder, decoders))


def _kind(info: AudioInfo) -> str:
    return f"{info.sample_rate_hz} Hz and {counted(info.channels, 'channel')}"


def _by_soundfile(path: Path, part: Part) -> Examined | None:
    """None if libsndfile cannot read all of the file."""
    chunk = data_chunk(path)
    if chunk and chunk.size > chunk.available:
        _require_all(path, chunk.available, chunk.size, "bytes")
    if chunk and chunk.header:
        part = Part(chunk.start, header=chunk.header)
    open_decoder = functools.partial(SoundfileDecoder, path, part)
    try:
        with contextlib.closing(open_decoder()) as decoder:
            if decoder.subtype.startswith(_BETTER_BY_FFMPEG):
                return None
            rate, samples, channels = decoder.sample_rate_hz, decoder.samples, decoder.channels
            width = decoder.bytes_per_sample
            if decoder.format == "FLAC":
                if not is_one_whole_flac(path):
                    counted = _by_ffmpeg(path, part)
                    if counted.info.samples != samples:
                        return counted
            elif decoder.format == "OGG":
                if channels > 2:  # which libsndfile leaves in the order of Vorbis
                    return None
                if samples > _MOST_SAMPLES_PER_BYTE * os.path.getsize(path):
                    return None
            elif not (chunk and width and decoder.seeks_exactly):
                samples = decoder.count()
                _require_all(path, samples, decoder.samples)
            elif chunk.size and not samples:
                return None
            seeks = decoder.seeks_exactly
    except soundfile.LibsndfileError:
        return None
    return Examined(AudioInfo(rate, samples, channels), seeks, open_decoder)


def _by_ffmpeg(path: Path, part: Part, stream: int | None = None) -> Examined:
    open_decoder = functools.partial(FFmpegDecoder, path, part, stream)
    try:
        with contextlib.closing(open_decoder()) as decoder:
            samples = decoder.count()
    except av.FFmpegError as error:
        raise AudioError(path, _refusal(path, error)) from error
    with part.open(path) as file:
        skip_id3_tag(file)
        magic = file.read(4)
        if decoder.format == "MP3" and magic[:3] != b"ID3" and not _is_mp3(magic):
            warnings.warn(
                f"{printable(path)}: begins with bytes that are not MP3; read from its first frame",
                stacklevel=2,
            )
            frames = xing_frames(path) if part == WHOLE else []
            if frames and frames[0] <= decoder.position:  # else that of a file joined behind
                return _by_ffmpeg(path, Part(frames[0]))
        promised = max(decoder.promised, flac_samples(file), xing_samples(file))
    _require_all(path, samples, promised)
    if decoder.streams > 1 and stream is None:
        warnings.warn(
            f"{printable(path)}: holds {decoder.streams} audio streams; reading number "
            f"{decoder.stream + 1}",
            stacklevel=2,
        )
    if decoder.damaged:
        warnings.warn(
            f"{printable(path)}: damaged; the parts that cannot be decoded are left out",
            stacklevel=2,
        )
    info = AudioInfo(decoder.sample_rate_hz, samples, decoder.channels)
    return Examined(info, False, open_decoder)


def _require_all(path: Path, found: int, promised: int, unit: str = "samples per channel") -> None:
    if found >= promised:
        return
    problem = f"cut short: the header promises {promised} {unit}, the file has {found}"
    if not damage_is_accepted():
        raise DamagedAudioError(path, problem)
    warnings.warn(f"{printable(path)}: {problem}, which are read", stacklevel=2)


def _refusal(path: Path, error: av.FFmpegError) -> str:
    with open(path, "rb") as file:
        head = file.read(8)
    if head[4:] == b"ftyp":
        return (
            f"a broken M4A or MP4 file, perhaps cut short ({error.strerror}); if a player plays "
            "it, convert it there, or try `ffmpeg -i FILE out.wav`"
        )
    return "not a readable audio file (neither libsndfile nor FFmpeg knows its format)"
