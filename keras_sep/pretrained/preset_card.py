"""What is known of published weights, for people to read."""

from collections.abc import Iterable

from keras_sep.pretrained._cache import converted_file
from keras_sep.pretrained._hash import in_words
from keras_sep.pretrained.preset import Preset


def is_kept(preset: Preset) -> bool:
    """Whether a preset's separator is in the cache, so that it needs no network."""
    return converted_file(preset).is_file()


def preset_table(presets: Iterable[Preset]) -> str:
    """One row per preset: sources, size, score, whether it is kept, and licence."""
    rows = [("name", "sources", "size", "score", "kept", "licence")]
    for preset in presets:
        use = "" if preset.license.commercial_use else " (no commercial use)"
        rows.append(
            (
                preset.name,
                ", ".join(preset.sources),
                f"{preset.megabytes:.0f} MB",
                f"{preset.mean_score:.1f} dB" if preset.scores else "-",
                "yes" if is_kept(preset) else "-",
                f"{preset.license.id}{use}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def preset_card(preset: Preset) -> str:
    """All that is known of a preset, and where it was found."""
    terms, scores = preset.license, preset.scores
    lines = [
        f"{preset.name}: {preset.description}",
        f"sources      {', '.join(preset.sources)}, at {preset.sample_rate_hz} Hz",
        f"licence      {terms.id}, "
        f"{'commercial use allowed' if terms.commercial_use else 'no commercial use'} "
        f"({terms.source})",
    ]
    if terms.words:
        lines.append(f'             "{terms.words}"')
    lines.append(f"trained on   {preset.trained_on}")
    if scores:
        given = ", ".join(f"{source} {value}" for source, value in scores.values.items())
        lines += [
            f"scores       {given}",
            f"             {scores.definition} ({scores.source})",
        ]
    lines.append(f"checked      {preset.checked}")
    for n, file in enumerate(preset.files):
        lines += [
            f"{'files' if n == 0 else '':12} {file.address} ({file.megabytes} MB)",
            f"             {in_words(file.hash)}",
        ]
        if file.package:
            lines.append(f"             or the package {file.package}")
    for n, (what, found) in enumerate(preset.facts.items()):
        lines.append(f"{'found in' if n == 0 else '':12} {what}: {found}")
    lines.append(f"kept         {converted_file(preset) if is_kept(preset) else 'not yet'}")
    return "\n".join(lines)
