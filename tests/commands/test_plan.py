"""`keras-sep plan` from the outside."""

import json

from small_song import write_track

from keras_sep import training

RECIPE = """
model: {name: open_unmix, arguments: {hidden: 4, layers: 1, bidirectional: false}}
sources: [drums, vocals]
targets: [vocals]
sample_rate_hz: 4000
stft: {frame_length: 64, hop_length: 32}
data: {excerpt_seconds: 0.1, excerpts_per_track: 4}
fit: {batch_size: 2, epochs: 3}
"""


def test_plan(tmp_path, run):
    path = tmp_path / "mine.yaml"
    path.write_text(RECIPE)
    status, lines, said = run("plan", path)
    assert (status, said) == (0, [])
    document = training.plan(training.Recipe.from_yaml(path))
    assert lines[0].startswith(f"network: open_unmix, {document['parameters']:,} parameters")
    assert lines[1].startswith("memory: weights ")
    assert lines[2].startswith("a step of 2 excerpts: ")
    for track in ("train/one", "valid/two"):
        write_track(tmp_path / "data" / track, ("drums", "vocals"))
    options = ("--data", tmp_path / "data", "--seconds", 0.01)
    status, lines, _ = run("plan", path, *options, "--json")
    assert status == 0
    measured = json.loads("\n".join(lines))
    assert measured["measured"]["steps_per_epoch"] == 2
    assert {name: measured[name] for name in document} == document
    lines = training.plan_lines(training.Recipe.from_yaml(path), measured)
    assert lines[-1] == f"limited by: {measured['measured']['limited_by']}"
    assert any(line.startswith("to the end: ") and "(3 epochs)" in line for line in lines)
    assert run("plan", tmp_path / "none.yaml")[0] == 1
