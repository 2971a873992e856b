"""SDR of Spleeter's published two stems on one real clip, into zoo/spleeter_unet.md.

    python benchmarks/spleeter_sdr.py --clip FOLDER_OF_A_TRACK --checkpoint FOLDER

The clip's folder has `mixture.mp3`, `vocals.mp3` and `accompaniment.mp3`; FOLDER has Spleeter's
`model.index` and `model.data-00000-of-00001`.
"""

import argparse
from pathlib import Path

import soundfile
from cards import ZOO, paragraph, write_section

from keras_sep import convert, inference, metrics

CARD = ZOO / "spleeter_unet.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    arguments = parser.parse_args()

    separator = convert.from_checkpoint(arguments.checkpoint)

    def read(name):
        samples, rate_hz = soundfile.read(
            arguments.clip / f"{name}.mp3", dtype="float32", always_2d=True
        )
        assert rate_hz == separator.sample_rate_hz
        return samples

    mixture = read("mixture")
    stems = inference.CompiledSeparator(separator)(mixture)
    references = {name: read(name)[: len(mixture)] for name in separator.source_names}
    estimates = {
        name: stems[: len(references[name]), :, n] for n, name in enumerate(separator.source_names)
    }
    scores = metrics.bss_eval(references, estimates, separator.sample_rate_hz)
    rows = [
        f"| {name} | {scores[name]['sdr_db']:.1f} dB "
        f"| {metrics.sdr(references[name], estimates[name]):.1f} dB |"
        for name in separator.source_names
    ]
    section = "\n".join(
        [
            "## Published weights on a real clip",
            "",
            paragraph(
                f"Two stems of “{arguments.clip.name}” (MUSDB18, 30 s of MP3), made by "
                "`benchmarks/spleeter_sdr.py` with the published checkpoint. BSSEval v4: the "
                "median over windows of one second of museval's SDR, which allows a "
                "distortion filter of 512 samples. Whole signal: energy of the stem over energy "
                "of the difference, both "
                "channels."
            ),
            "",
            "| stem | SDR, BSSEval v4 | SDR, whole signal |",
            "|---|---|---|",
            *rows,
        ]
    )
    write_section(CARD, "spleeter_sdr.py", section)
    print(section)


if __name__ == "__main__":
    main()
