"""Finding the audio files of each voice."""

from collections import Counter
from pathlib import Path

from keras_sep._brief import brief, counted
from keras_sep._printable import printable, say
from keras_sep._require_folder import require_folder
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.read_audio import AudioInfo, audio_info
from keras_sep.data.audio.resample import resampled_length
from keras_sep.data.layouts._conversions import conversions
from keras_sep.data.layouts._match_names import match_names
from keras_sep.data.layouts._say_which import say_which
from keras_sep.data.layouts.audio_files import audio_files_below
from keras_sep.data.layouts.recording import Recording


def find_recordings(
    root: str | Path,
    pattern: str = r"([^/]+)/.+",
    *,
    sample_rate_hz: int | None = None,
    channels: int | None = None,
    skip_bad: bool = False,
) -> dict[str, tuple[Recording, ...]]:
    """Find audio files below a folder, grouped by voice.

    A voice is whatever must not occur twice in one mixture: a speaker, an instrument. Every file is
    examined before an error is raised, so one run reports all problems. The numbers of files that
    will be resampled, copied from mono or averaged to mono are printed on standard error.

    Args:
        root: Folder of the data set. Files may lie at any depth below it.
        pattern: Regular expression that must match the whole path of a file, relative to `root` and
            written with `/`. Its first group is the name of the voice; without a group, each file
            is its own voice, named by its path. Matching must end within eight seconds.
            Default: the first folder is the voice.
        sample_rate_hz: Sample rate to read the files at, in Hz; None for each file's own. Default
            None.
        channels: Number of channels to read them with; None for each file's own. Default None.
        skip_bad: Whether to leave out bad files instead of raising, as long as one is good; they
            are counted and named on standard error. Default False.

    Returns:
        A dictionary from each voice to its recordings, both sorted by name.

    Raises:
        ValueError: If the folder is missing, no file matches, or files are bad (one line per file).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name in ("ann/0_1.wav", "ann/0_7.wav", "bob/0_1.wav", "cid/0_1.wav"):
    ...     _ = keras_sep.data.write_audio(f"{root}/{name}", np.zeros((700, 1)), 8000)
    >>> voices = keras_sep.data.find_recordings(root, r"(ann|bob)/0_\\d\\.wav")
    >>> {voice: [file.path.name for file in files] for voice, files in voices.items()}
    {'ann': ['0_1.wav', '0_7.wav'], 'bob': ['0_1.wav']}
    """
    root = Path(root)
    voices: dict[str, list[Recording]] = {}
    problems: list[str] = []
    converted: list[str] = []
    matches = _matches(root, pattern)
    for voice, path in matches:
        try:
            recording, info = _recording(path, sample_rate_hz, channels)
        except AudioError as error:
            problems.append(str(error))
            continue
        voices.setdefault(voice, []).append(recording)
        converted += conversions(info, recording.sample_rate_hz, recording.channels)
    if problems and not skip_bad:
        raise ValueError("\n".join(map(printable, problems)))
    say_which(root, f"{len(problems)} of {len(matches)} recordings left out", problems)
    if not voices:
        raise ValueError(printable(f"{problems[0]}; none of {len(matches)} recordings is left"))
    for what, files in Counter(converted).items():
        say(f"{root}: {counted(files, 'file')} {what}")
    return {voice: tuple(voices[voice]) for voice in sorted(voices)}


def _matches(root: Path, pattern: str) -> list[tuple[str, Path]]:
    """Voice and path of every file that the pattern matches, sorted by path."""
    require_folder(root, "folder of audio")
    names = sorted(path.relative_to(root).as_posix() for path in audio_files_below(root))
    if not names:
        raise ValueError(f"{printable(root)}: no audio files below this folder")
    found = match_names(pattern, names)
    if not found:
        raise ValueError(
            f"{printable(root)}: `pattern` matches none of its {len(names)} audio files, such as "
            f"{printable(names[0])}. Received: pattern={brief(pattern)}"
        )
    for name, voice in found:
        if voice is None:
            raise ValueError(
                "the first group of `pattern` must take part in every match, but it is not in "
                f"{printable(name)}. Received: pattern={brief(pattern)}"
            )
    return [(str(voice), root / name) for name, voice in found]


def _recording(
    path: Path, sample_rate_hz: int | None, channels: int | None
) -> tuple[Recording, AudioInfo]:
    info = audio_info(path)
    rate = sample_rate_hz or info.sample_rate_hz
    samples = resampled_length(info.samples, info.sample_rate_hz, rate)
    if samples < 1:
        raise AudioError(path, f"is too short to hold a sample at {rate} Hz")
    count = channels or info.channels
    if info.channels not in (1, count) and count != 1:
        raise AudioError(path, f"has {counted(info.channels, 'channel')}, wanted {count}")
    return Recording(path, rate, samples, count), info
