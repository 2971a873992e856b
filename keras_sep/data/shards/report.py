"""What was found wrong in a data set, track by track."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_sep._brief import counted, cut
from keras_sep._whole_files import replace_whole
from keras_sep.data.shards._duplicates import MOST_COMPARED, StoredTrack, duplicates

REPORT = "report.json"
SILENCE_DB = -60.0
RESIDUAL_DB = -40.0
_MOST_LINES = 5  # of each kind in the summary
_MEANING = {
    "left out": "tracks left out",
    "leak": "the same audio in two splits",
    "duplicate": "the same audio twice",
    "not the sum": f"mixtures that differ from the sum of their stems by over {RESIDUAL_DB:g} dB",
    "silent": f"stems below {SILENCE_DB:g} dB as a whole",
    "clipping": "stems with clipped samples",
    "beyond 16 bits": "stems beyond the range of 16 bits",
    "lengths": "tracks with stems of unequal length",
    "sample rate": "tracks at another sample rate",
    "channels": "tracks with another number of channels",
}


@dataclass(frozen=True)
class PreparationReport:
    """What `prepare` stored, and what it found wrong.

    Args:
        layout: Name of the layout of the data set.
        tracks: Number of tracks stored of each split.
        hours: Their duration in hours.
        bytes: Size of the shards in bytes.
        problems: Problems, each a dictionary with `kind`, `split`, `track` and `text`.
        compared: Whether mixtures were compared by their envelopes, or stems by hashes alone.
    """

    layout: str
    tracks: dict[str, int]
    hours: dict[str, float]
    bytes: int
    problems: list[dict[str, Any]] = field(default_factory=list)
    compared: bool = True

    def lines(self) -> list[str]:
        """A summary: what is there, and the first few problems of each kind."""
        lines = [
            f"{split}: {counted(count, 'track')}, {self.hours[split]:.2f} h"
            for split, count in self.tracks.items()
        ]
        kinds = defaultdict(list)
        for problem in self.problems:
            kinds[problem["kind"]].append(problem)
        for kind in _MEANING:
            found = kinds.get(kind, [])
            if found:
                lines.append(f"{len(found):,} x {_MEANING[kind]}:")
            lines += [
                cut(f"  {one['split']}/{one['track']}: {one['text']}", 300)
                for one in found[:_MOST_LINES]
            ]
            if len(found) > _MOST_LINES:
                lines.append(f"  and {len(found) - _MOST_LINES:,} more")
        if not self.compared:
            lines.append(
                f"over {MOST_COMPARED:,} tracks: looked for equal stems, not for similar mixtures"
            )
        return [*lines] if self.problems else [*lines, "nothing wrong was found"]

    def write(self, folder: Path) -> None:
        """Write `report.json`, atomically."""
        content = {
            "layout": self.layout,
            "tracks": self.tracks,
            "hours": self.hours,
            "bytes": self.bytes,
            "compared": self.compared,
            "counts": dict(sorted(Counter(one["kind"] for one in self.problems).items())),
            "problems": self.problems,
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        replace_whole(folder / REPORT, lambda path: path.write_text(text, encoding="utf-8"))


def make_report(
    layout: str,
    groups: Sequence[dict[str, Any]],
    sample_rate_hz: int,
    mixture: str,
    problems: Iterable[dict[str, Any]],
) -> PreparationReport:
    """The report on groups of tracks of an index.

    Args:
        layout: Name of the layout.
        groups: Groups of the index.
        sample_rate_hz: Sample rate in Hz.
        mixture: Name under which mixtures are stored, which is not a stem.
        problems: Problems that were found before anything was stored.
    """
    stored = [StoredTrack(group["split"], entry) for group in groups for entry in group["tracks"]]
    found = [*problems, *(problem for group in groups for problem in group["problems"])]
    for track in stored:
        found += _of_track(track, mixture)
    for one, other, what in duplicates(stored):
        kind = "duplicate" if one.split == other.split else "leak"
        entry = {"kind": kind, "split": other.split, "track": other.entry["name"]}
        text = f"as {one.label}: {what}" if one.entry is not other.entry else what
        found.append({**entry, "text": text, "same_as": one.label})
    samples: Counter[str] = Counter()
    for track in stored:
        samples[track.split] += track.entry["samples"]
    order = [*_MEANING]
    found.sort(key=lambda one: (order.index(one["kind"]), one["split"], one["track"]))
    return PreparationReport(
        layout,
        dict(sorted(Counter(track.split for track in stored).items())),
        {split: count / sample_rate_hz / 3600 for split, count in sorted(samples.items())},
        sum(file["bytes"] for group in groups for file in group["files"]),
        found,
        len(stored) <= MOST_COMPARED,
    )


def _of_track(track: StoredTrack, mixture: str) -> list[dict[str, Any]]:
    of = {"split": track.split, "track": track.entry["name"]}
    found: list[dict[str, Any]] = []
    residual = track.entry["residual_db"]
    if residual is not None and residual > RESIDUAL_DB:
        text = f"{residual:.1f} dB, the difference relative to the mixture"
        found.append({"kind": "not the sum", **of, "text": text, "residual_db": residual})
    for name, source in track.entry["sources"].items():
        level, clipped = source["rms_db"], source["clipped_samples"]
        if name != mixture and (level is None or level < SILENCE_DB):
            text = f"{name}: {'digital silence' if level is None else f'{level:.1f} dB'}"
            found.append({"kind": "silent", **of, "text": text, "source": name})
        if clipped:
            text = f"{name}: {counted(clipped, 'sample')}"
            found.append({"kind": "clipping", **of, "text": text, "source": name})
    return found
