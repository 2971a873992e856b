"""docs/results.md is what `benchmarks/results_table.py` writes, and says what its sources say."""

import importlib.util
import json

import pytest


@pytest.fixture
def script(request):
    path = request.config.rootpath / "benchmarks" / "results_table.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_script_writes(script):
    assert script.PAGE.read_text(encoding="utf-8") == script.page()


def test_figures_are_those_of_the_files_that_hold_them(script, tmp_path, monkeypatch):
    for name in ("music_networks.json", "music_networks.md", "waveform.md"):
        (tmp_path / name).write_text((script.RESULTS / name).read_text(encoding="utf-8"))
    runtimes = json.loads((script.RESULTS / "runtimes.json").read_text(encoding="utf-8"))
    runtimes["dtln"]["pace"]["Keras"] = 123.4567
    (tmp_path / "runtimes.json").write_text(json.dumps(runtimes))
    monkeypatch.setattr(script, "RESULTS", tmp_path)
    (row,) = [row for row in script.speeds() if "`dtln`" in row[0]]
    assert row == [script.card("dtln"), "1.0", "16", "123.457", None, None]
