"""The program of docs/searching.md runs as it stands, on less of everything."""

import contextlib
import io
import os
import re
from pathlib import Path

import pytest
from small_runs import small_recipe

from keras_sep.training import Recipe

optuna = pytest.importorskip("optuna")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "searching.md"


def test_the_program_of_the_page(album, tmp_path, monkeypatch):
    (code,) = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    for old, new in (("n_trials=20", "n_trials=2"), ("[128, 256, 512]", "[4, 6]")):
        assert old in code
        code = code.replace(old, new)
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(small_recipe({"layers": 1, "bidirectional": False}).to_yaml())
    os.symlink(album, "data")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, str(PAGE), "exec"), {"__name__": "searching"})
    study = optuna.load_study(study_name="mine", storage="sqlite:///search.db")
    assert [trial.state for trial in study.trials] == [optuna.trial.TrialState.COMPLETE] * 2
    best = study.best_trial
    assert best.value == min(best.intermediate_values.values())
    kept = Recipe.from_yaml(f"search/{best.number}/recipe.yaml")
    assert kept.fit.learning_rate == best.params["learning_rate"]
    assert kept.model.arguments["hidden"] == best.params["hidden"]
    assert Path(f"search/{best.number}/separator.keras").is_file()
    assert said.getvalue() == f"{best.number} {best.params}\n"
