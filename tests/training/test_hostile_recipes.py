"""Recipes that nobody means well: each is refused soon, in one short line that names the key."""

import resource
import time

import pytest

from keras_sep.training import Recipe

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("first_network")]

TRACKS = "model: {name: open_unmix}\nsources: [vocals, drums]\ntargets: [vocals]\n"
VOICES = """model: {name: conv_tasnet, arguments: {filters: 8, bottleneck: 4, hidden: 8, skip: 4}}
sources: [s1, s2]
targets: [s1, s2]
sample_rate_hz: 8000
channels: 1
stft: null
loss: SISNR
"""


def bomb(levels):
    """YAML whose aliases come to 10 to the power of `levels` values."""
    aliases = [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 10)}]" for n in range(levels)
    ]
    return f"model: {{name: conv_tasnet, arguments: {{{', '.join(aliases)}}}}}\n"


def merged(levels):
    """The same of mappings merged into each other."""
    lines = ["a0: &a0 {k: 1}"]
    for n in range(1, levels):
        lines.append(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}")
    return "\n".join(lines)


NUMBERS = {
    "sample_rate_hz": ["0", "-1", "1000000000", "1" + "0" * 30, "44100.5", ".nan", "8e3"],
    "channels": ["0", "-2", "1000000000", "'2'", "null", "[2]"],
    "seed": ["-1", str(2**70), "1.5", "x"],
    "stft.frame_length": ["0", "1", "-4096", "1000000000", ".inf"],
    "stft.hop_length": ["0", "-1", "1000000000", "0.5"],
    "data.excerpt_seconds": ["0", "-1", ".inf", "-.inf", ".nan", "1e400", "1e30", "1e9", "1e-9"],
    "data.context_samples": ["-1", "1000000000"],
    "data.excerpts_per_track": ["0", "-1", "1" + "0" * 30],
    "data.incoherent": ["-0.1", "1.1", ".nan"],
    "data.swap_channels": [".inf"],
    "data.gain": ["[-1, 1]", "[1, 0.5]", "[0, .inf]", "[.nan, 1]", "[1, 1.0e+9]", "[1]", "1"],
    "data.tempo": ["[0.3, 3]", "[0, 1]", "[1, .nan]"],
    "data.pitch_semitones": ["[-40, 40]", "[-.inf, 0]"],
    "data.parallel_calls": ["0", "-1", "1000000000", "1.5"],
    "fit.batch_size": ["0", "-1", "1000000000", "1" + "0" * 5000, "0x" + "f" * 9000],
    "fit.epochs": ["0", "-1", "1" + "0" * 30],
    "fit.time_limit_seconds": ["0", "-1", ".inf", ".nan"],
    "fit.learning_rate": ["0", "-1e-3", ".inf", ".nan", "1e400", "1" + "0" * 400],
    "fit.final_learning_rate": ["0", ".nan"],
    "fit.clip_norm": ["0", "-1", ".inf"],
    "fit.weight_decay": ["-1", ".inf"],
    "fit.patience": ["0", "-1", "1" + "0" * 30],
    "fit.plateau_factor": ["-1", "0", "1", "2", ".nan"],
    "fit.plateau_cooldown": ["-1", "1.5"],
    "fit.decay_factor": ["-1", "0", "1.1", ".nan"],
    "voices.mixtures_per_epoch": ["0", "1e30", "1" + "0" * 30],
    "voices.validation_mixtures": ["0", "-1"],
    "voices.level_db": ["[-1.0e+9, 1]", "[1, -1]", "[.nan, .nan]"],
    "voices.gain_db": ["[-1.0e+9, 1.0e+9]", "[0, .inf]"],
    "voices.gap_seconds": ["[-1, 0]", "[0, 1.0e+9]"],
    "voices.speed": ["[[0, 1]]", "[[1, .inf]]", "[[1.2, 0.8]]", "[1, 1]"],
}
TEXTS = {
    "nothing": "",
    "a list": "[]",
    "a text": "hello",
    "nested lists": "[" * 5000,
    "nested mappings": "{a: " * 5000,
    "nested blocks": "- " * 5000,
    "an alias of itself": TRACKS.replace("open_unmix", "open_unmix, arguments: {hidden: &f [*f]}"),
    "a mapping of itself": "&a {model: *a}",
    "a merge of itself": "&a {<<: *a}",
    "aliases of aliases": bomb(9) + "sources: [*a8]\ntargets: [s1]\n",
    "merges of merges": merged(9),
    "few aliases where texts belong": bomb(4) + "sources: [*a3]\ntargets: [s1]\n",
    "an alias of nothing": "sources: *a",
    "two documents": TRACKS + "---\n" + TRACKS,
    "a tab": "data:\n\tepochs: 1",
    "a key twice": TRACKS + "seed: 1\nseed: 2\n",
    "a key twice inside": TRACKS + "fit: {epochs: 1, epochs: 2}\n",
    "keys of numbers": TRACKS + "1: 2\n",
    "argument names of numbers": TRACKS.replace("open_unmix", "open_unmix, arguments: {1: 2}"),
    "keys of lists": TRACKS + "? [a]\n: 2\n",
    "python objects": "model: !!python/object/apply:os.system [ls]",
    "tags": "model: !mine {name: open_unmix}",
    "binary": TRACKS + "license: !!binary aGk=\n",
    "an integer without digits": TRACKS + "seed: 0b_\n",
    "a number of texts": TRACKS + "seed: !!int ''\n",
    "sexagesimals": TRACKS + "seed: 1" + ":59" * 20000 + "\n",
    "control characters": TRACKS + "license: \x00\n",
    "a long key": TRACKS + "x" * 100_000 + ": 1\n",
    "a long text": TRACKS + "seed: " + "x" * 100_000 + "\n",
    "a long recipe": TRACKS + "# " + "x" * 1_000_000,
    "a long list": TRACKS + "seed: [" + "1, " * 3_000 + "]\n",
    "a long pair": TRACKS + "data: {gain: [" + "1, " * 3_000 + "]}\n",
    "a date": TRACKS + "seed: 2020-01-01\n",
    "lines in a text": TRACKS + 'seed: "a\\nb\\nc"\n',
    "a source that leaves the folder": TRACKS.replace("drums", "../drums"),
    "a source without a name": TRACKS.replace("drums", "''"),
    "a hidden source": TRACKS.replace("drums", ".drums"),
    "a source of NUL": TRACKS.replace("drums", '"a\\0"'),
    "a path of NUL": TRACKS + 'data: {cache: "a\\0b"}\n',
    "half a character": TRACKS + 'license: "\\ud800"\n',
    "a long source": TRACKS.replace("drums", "x" * 300),
    "sources of numbers": TRACKS.replace("drums", "1"),
    "a source twice": TRACKS.replace("drums", "vocals"),
    "an absent target": TRACKS.replace("targets: [vocals]", "targets: [" + "x, " * 1000 + "]"),
    "no sources": TRACKS.replace("[vocals, drums]", "[]"),
    "hours of many channels": TRACKS + "channels: 250\ndata: {excerpt_seconds: 3600}\n",
    "a long transform of short frames": TRACKS
    + "stft: {frame_length: 64, hop_length: 16, fft_length: 1048576}\n",
    "a hop of one sample": TRACKS + "stft: {frame_length: 1048576, hop_length: 1}\n",
}


def recipe_with(key, value):
    section, _, name = key.rpartition(".")
    if section == "voices":
        return VOICES + f"voices: {{train: ['(.+)/.+'], {name}: {value}}}\n"
    return TRACKS + (f"{section}: {{{name}: {value}}}\n" if section else f"{name}: {value}\n")


def refusal(path):
    """What is said of a recipe, which must be short, soon and without much memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(ValueError) as refused:
        Recipe.from_yaml(path)
    seconds = time.process_time() - began
    said = str(refused.value).removeprefix(f"{path}: ")
    assert str(refused.value) != said
    assert "\n" not in said
    assert len(said) < 300
    assert seconds < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB
    return said


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in NUMBERS.items() for value in values]
)
def test_numbers_without_sense_are_named(tmp_path, key, value):
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe_with(key, value))
    said = refusal(path)
    assert f"`{key}` must " in said or "excerpts of" in said or "4300 digits" in said


@pytest.mark.parametrize("text", [*TEXTS.values()], ids=[*TEXTS])
def test_texts_that_are_no_recipe(tmp_path, text):
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    refusal(path)


def test_the_recipes_without_these_are_recipes(tmp_path):
    path = tmp_path / "recipe.yaml"
    for text in (TRACKS, recipe_with("voices.gain_db", "[-1, 1]")):
        path.write_text(text)
        Recipe.from_yaml(path)
    # aliases and merges within reason, a byte order mark, another encoding
    path.write_text(
        "fit: &fit {epochs: 3}\n" + TRACKS + "data: {gain: &g [0, 1], tempo: [1, 1]}\n",
        encoding="utf-8-sig",
    )
    assert Recipe.from_yaml(path).data.gain == (0.0, 1.0)
    path.write_text(TRACKS + "license: 2020-01-01\n", encoding="utf-16")
    assert Recipe.from_yaml(path).license == "2020-01-01"


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "."])
def test_files_that_are_no_recipes(name):
    refusal(name)
