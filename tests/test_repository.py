"""Files for others can be read; `.ci/release.py` refuses what is not ready, and tags what is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import keras_sep

ROOT = Path(__file__).parents[1]
VERSION, DATE = "3.1.0", "2031-01-09"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of that version, in which `.ci/run` says that it ran."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "somebody@example.org")
    root = tmp_path / "project"
    for name, text in (
        ("keras_sep/__init__.py", f'__version__ = "{VERSION}"\n'),
        ("CITATION.cff", f"version: {VERSION}\n"),
        ("CHANGELOG.md", f"# Changelog\n\n## {VERSION} ({DATE})\n\n## 3.0.0 (2030-01-09)\n"),
        (".ci/run", "#!/bin/sh\necho checked && test ! -e fails\n"),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / ".ci" / "run").chmod(0o755)
    shutil.copy(ROOT / ".ci" / "release.py", root / ".ci")
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit(root)
    return root


def git(root, *arguments):
    command = ["git", "-C", root, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "all")


def release(root, version=VERSION):
    command = [sys.executable, root / ".ci" / "release.py", version, "--date", DATE]
    return subprocess.run(command, capture_output=True, text=True)


def test_what_is_ready_is_checked_and_tagged_once(project):
    done = release(project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("checked\n")
    assert git(project, "tag", "--list") == [f"v{VERSION}"]
    assert f"v{VERSION} is tagged already" in release(project).stderr


def test_nothing_is_tagged_whose_checks_fail(project):
    (project / "fails").touch()
    commit(project)
    assert release(project).returncode != 0
    assert git(project, "tag", "--list") == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("keras_sep/__init__.py", '__version__ = "3.0.0"\n', "must say 3.1.0. Received: 3.0.0"),
        ("CITATION.cff", "title: x\n", "CITATION.cff must say 3.1.0. Received: None"),
        ("CHANGELOG.md", f"## {VERSION} (unreleased)\n", f"must say {VERSION} ({DATE}). Received"),
    ],
)
def test_versions_that_differ_are_named(project, name, text, problem):
    (project / name).write_text(text)
    commit(project)
    done = release(project)
    assert done.returncode == 1
    assert problem in done.stderr
    assert "checked" not in done.stdout


def test_what_is_not_committed_or_elsewhere_or_no_version(project):
    (project / "new").touch()
    git(project, "checkout", "--quiet", "-b", "other")
    said = release(project, "3.1").stderr
    assert "all must be committed. Received:\n?? new" in said
    assert "releases are made from main. Received: other" in said
    assert "the version must be like 0.2.0 or 0.2.0rc1. Received: 3.1" in said


def test_the_citation_has_the_version():
    assert f"\nversion: {keras_sep.__version__}\n" in (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("workflows", "workflows/*.yml"),
        ("issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_github_understands(schema, pattern):
    found = [str(path) for path in ROOT.glob(f".github/{pattern}")]
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.github-{schema}",
    ]
    done = subprocess.run([*command, *found], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [".pre-commit-config.yaml", "CITATION.cff"])
def test_yaml_for_others_can_be_read(name):
    assert isinstance(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), dict)
