"""Checks, builds and tags a release.

    python .ci/release.py 0.2.0 [--date 2027-01-31]

Before: `__version__`, `CITATION.cff` and the newest section of `CHANGELOG.md` have the version, the
section with the day of the release, and all is committed on `main`. It then runs `.ci/run`, which
also builds and tries the package, and tags the commit. What is in `dist/` may then be published:
the last lines say how.
"""

import argparse
import datetime
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BRANCH = "main"


def git(*arguments: str) -> str:
    """The output of git."""
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def problems(version: str, date: str) -> list[str]:
    """What stands in the way of a release, a line each."""
    found = []
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        found.append(f"the version must be like 0.2.0 or 0.2.0rc1. Received: {version}")
    if (branch := git("rev-parse", "--abbrev-ref", "HEAD")) != BRANCH:
        found.append(f"releases are made from {BRANCH}. Received: {branch}")
    if changed := git("status", "--porcelain"):
        found.append(f"all must be committed. Received:\n{changed}")
    if git("tag", "--list", f"v{version}"):
        found.append(f"v{version} is tagged already")
    for name, pattern in (
        ("keras_sep/__init__.py", r'^__version__ = "(.*)"$'),
        ("CITATION.cff", r"^version: (.*)$"),
        ("CHANGELOG.md", r"^## (.*)$"),
    ):
        wanted = f"{version} ({date})" if name == "CHANGELOG.md" else version
        text = (ROOT / name).read_text(encoding="utf-8")
        received = re.search(pattern, text, re.MULTILINE)
        if received is None or received[1] != wanted:
            found.append(f"{name} must say {wanted}. Received: {received and received[1]}")
    return found


def main() -> int:
    """Release the version on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    parser.add_argument("--date", default=today, help="day of the release (default: today)")
    options = parser.parse_args()
    if found := problems(options.version, options.date):
        print("\n".join(found), file=sys.stderr)
        return 1
    subprocess.run([ROOT / ".ci" / "run"], check=True, cwd=ROOT)
    tag = f"v{options.version}"
    git("tag", "--annotate", tag, "--message", f"keras_sep {options.version}")
    print(f"tagged {tag}. To publish it:\n  git push origin {tag}\n  twine upload dist/*")
    return 0


if __name__ == "__main__":
    sys.exit(main())
