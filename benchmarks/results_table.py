"""Every measured figure of quality, speed and memory on one page.

    python benchmarks/results_table.py

writes `docs/results.md` from what other scripts have left in `zoo/`, `benchmarks/results/` and
`docs/`, and, in a table of its own, what others state of published weights. Nothing is
measured here, and what was not measured is left blank.
"""

import json
import re
import statistics
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "results.md"
RESULTS = ROOT / "benchmarks" / "results"

TEXT = """# Results

What was measured with keras_sep, and apart from it what others state of published weights. Written
by `benchmarks/results_table.py` from the pages that each row names. A blank cell was not measured.

SDR is the power of the reference over that of the error; SI-SDR the same with the reference scaled
to fit; an improvement is over the mixture. [Definitions](glossary.md#scores). All are in dB, and
higher is better.

**No scores on the test sets of papers yet.** What is here are fits to little data, which show that
networks learn as they should, not how well they separate.

## Quality

Networks trained and scored here, by the script that the card of the model names. Their weights are
not published: `keras-sep train` makes them again, from the recipe on the card. Spleeter's are
published, under the [MIT licence](weights.md). Real-time factor: seconds of work per second of
audio, on two cores; below 1 a network keeps up with sound. Where there were several runs, which
differ in their seed, a score is their mean.

### Stems of music

{music}

### Speech from music

Spoken digits over a piece of music that training did not see, at 0 dB.

{speech}

### Two speakers

Improvement of SI-SDR on mixtures of spoken digits, of speakers who are in the training, and with
one who is not.

{speakers}

## Speed and memory

Published sizes on two cores of a CPU, in float32: [every runtime](runtimes.md#every-network), and
beside PyTorch [networks of music](../benchmarks/results/music_networks.md) and
[of waveforms](../benchmarks/results/waveform.md). Memory is the peak of a process that separates
audio of the length in the last column at once; [long files](long_files.md) are separated in blocks.

{speed}

## Stated by others

None of these was measured here, and definitions differ: compare only rows of the same one. Names
are those of [published weights](weights.md), whose licences hold.

![Scores that publishers state, a panel for each definition and data set](images/field_scores.svg)

*Where several weights are stated by one definition on the same data; a decibel is as wide in every
panel. Drawn by `docs/field_scores.py`.*

{stated}
"""


def page() -> str:
    """The whole page."""
    music = table(
        ("model", "stems", "data", "definition", "score, dB", "million weights"),
        [*one_song(), *one_clip(), *published_clip()],
    )
    speech = table(
        ("model", "runs", "improvement of SI-SDR, dB", "million weights", "real-time factor"),
        speech_over_music(),
    )
    speakers = table(
        (
            "model",
            "runs",
            "known speakers, dB",
            "a new speaker, dB",
            "million weights",
            "real-time factor",
        ),
        two_speakers(),
    )
    speed = table(
        ("model", "million weights", "sample rate, kHz", "real-time factor", "memory, GiB", "of"),
        speeds(),
    )
    stated = table(
        ("weights", "model", "data and definition", "score", "licence", "commercial use", "source"),
        published(),
    )
    return TEXT.format(music=music, speech=speech, speakers=speakers, speed=speed, stated=stated)


def table(heads: tuple[str, ...], rows: list[list[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join('' if cell is None else str(cell) for cell in line)} |" for line in lines
    )


def card(name: str) -> str:
    return f"[`{name}`](../zoo/{name}.md)"


def sections(script: str) -> list[tuple[str, str, str]]:
    """Name of the model, addition to the script, and text of each section that a script wrote."""
    found = []
    for path in sorted((ROOT / "zoo").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        marks = re.compile(
            rf"<!-- begin: benchmarks/{script}\.py(.*?) -->\n(.*?)<!-- end: ", re.DOTALL
        )
        found += [(path.stem, more, said) for more, said in marks.findall(text)]
    if not found:
        raise ValueError(f"a card must have a section by {script}.py. Received: none")
    return found


def rows_of(text: str) -> list[list[str]]:
    """Cells of all rows of a section's tables."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]


def number(pattern: str, text: str) -> float:
    """A number in a sentence, whose lines may break anywhere."""
    return float(re.search(pattern.replace(" ", r"\s+"), text)[1].replace(",", ""))  # type: ignore


def factor(text: str) -> str:
    return f"{1 / number(r'([0-9.]+) times faster than real time', text):.2g}"


def one_song() -> list[list[Any]]:
    rows = []
    for name, _, text in sections("one_song"):
        cells = next(row for row in rows_of(text) if row[0] == "separated")
        rows.append(
            [
                card(name),
                "four",
                "7 s of MUSDB18, which it was fitted to",
                "SI-SDR, mean of stems",
                cells[-1],
                number(r"([0-9.]+) million weights", text),
            ]
        )
    return rows


def one_clip() -> list[list[Any]]:
    ((name, _, text),) = sections("musdb_clip")
    data = "30 s of MUSDB18, which it was fitted to"
    score = number(r"separated clip: \*\*([0-9.]+) dB", text)
    rows = [[card(name), "vocals", data, "SDR", score, None]]
    found = json.loads((RESULTS / "finetune.json").read_text(encoding="utf-8"))
    link = "[`spleeter_unet`](../benchmarks/results/finetune.md)"
    words = {
        "before": "10 s of MUSDB18, published weights",
        "all": "the same, then fine-tuned on 20 s of this song",
        "lora": "the same, fine-tuned by low-rank adapters",
        "head": "the same, fine-tuned in its last layers alone",
    }
    for key, word in words.items():
        score = found["rows"][key]["sdr_db"]["vocals"]
        weights = round(found["about"]["numbers"] / 1e6, 1)
        rows.append([link, "vocals", word, "SDR", score, weights])
    return rows


def published_clip() -> list[list[Any]]:
    ((name, _, text),) = sections("spleeter_sdr")
    heads, _, *stems = rows_of(text)
    data = "30 s of MUSDB18, published weights"
    return [
        [card(name), row[0], data, head, row[i].removesuffix(" dB"), None]
        for row in stems
        for i, head in enumerate(heads)
        if i
    ]


def speech_over_music() -> list[list[Any]]:
    rows = []
    for name, _, text in sections("speech_and_music"):
        scores = [float(row[4]) for row in rows_of(text) if len(row) == 5 and row[0].isdigit()]
        rows.append(
            [
                card(name),
                len(scores),
                f"{statistics.mean(scores):.1f}",
                number(r"([0-9.]+) million weights", text),
                factor(text),
            ]
        )
    return rows


def two_speakers() -> list[list[Any]]:
    rows = []
    for name, more, text in sections("two_speakers"):
        found = [row for row in rows_of(text) if len(row) == 8]
        runs = [row for row in found if row[0].isdigit()]
        scores = [statistics.mean(float(row[i]) for row in runs) for i in (4, 5)]
        rows.append(
            [
                card(name) + (", causal" if "causal" in more else ""),
                len(runs),
                *(f"{score:.1f}" for score in scores),
                number(r"([0-9.]+) million weights", text),
                factor(text),
            ]
        )
        for row in found:  # of another framework
            if row[0] not in ("seed", "---") and not row[0].isdigit():
                rows.append([f"{card(name)}: {row[0]}", 1, row[4], row[5], None, None])
    return rows


def speeds() -> list[list[Any]]:
    """Every network that has been timed, with the peak of memory where it was measured."""
    runtimes = json.loads((RESULTS / "runtimes.json").read_text(encoding="utf-8"))
    music = json.loads((RESULTS / "music_networks.json").read_text(encoding="utf-8"))
    seconds = number(
        r"equal weights, ([0-9.]+) s of stereo",
        (RESULTS / "music_networks.md").read_text(encoding="utf-8"),
    )
    waveform = {}
    for row in rows_of((RESULTS / "waveform.md").read_text(encoding="utf-8")):
        found = re.fullmatch(r"(\w+), ([0-9.]+) s of audio", row[0])
        if found:
            median = float(re.search(r"\((.*)\)", row[2])[1])  # type: ignore[index]
            waveform[found[1]] = (float(found[2]), median, row[6])
    rows = []
    for name in sorted({*runtimes, *music, *waveform}):
        weights = rate = pace = peak = length = None
        if name in waveform:
            length, median, peak = waveform[name]
            pace = median / length
        if name in music:
            ours = music[name]["separate"]["ours"]
            weights, length = music[name]["count"]["weights"], seconds
            pace, peak = statistics.median(ours["seconds"]) / seconds, f"{ours['peak']:.1f}"
        if name in runtimes:
            row = runtimes[name]
            weights, rate, pace = row["weights"], row["rate"] / 1000, row["pace"]["Keras"]
        rows.append(
            [
                card(name),
                None if weights is None else f"{weights / 1e6:.1f}",
                None if rate is None else f"{rate:g}",
                f"{pace:.3f}",
                peak,
                None if length is None else f"{length:g} s",
            ]
        )
    return rows


def published() -> list[list[Any]]:
    """Scores that publishers of weights state."""
    rows = []
    for path in sorted((ROOT / "keras_sep" / "pretrained" / "published").glob("*.yaml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        scores, license = said.get("scores"), said["license"]
        if not scores:
            continue
        values = scores["values"]
        text = ", ".join(
            str(value) if key == "all" else f"{key} {value}" for key, value in values.items()
        )
        source = scores["source"]
        rows.append(
            [
                f"`{path.stem}`",
                card(said["network"].get("model", said["network"]["converter"])),
                scores["definition"],
                text,
                license["id"],
                {True: "yes", False: "no", None: "not stated"}[license["commercial_use"]],
                f"[{source.split('/')[2]}]({source})" if source.startswith("https:") else source,
            ]
        )
    return rows


def main() -> None:
    part = PAGE.with_name(f".{PAGE.name}.part")
    part.write_text(page(), encoding="utf-8")
    part.replace(PAGE)


if __name__ == "__main__":
    main()
