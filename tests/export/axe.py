"""axe-core, which finds what keeps people from using a page."""

import hashlib
import json
import shutil
import subprocess
import tarfile

from web_files import WANTED, require

from keras_sep._home import home

VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
SIZES = (1280, 390)


def require_axe():
    """Its script: no network is used unless the tests of pages are asked for."""
    kept = home() / "downloads" / "npm" / f"axe-core-{VERSION}" / "axe.min.js"
    if WANTED and not kept.is_file():
        require(shutil.which("npm"), "npm is not installed")
        kept.parent.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", f"axe-core@{VERSION}", "--ignore-scripts", "--silent"]
        subprocess.run(command, cwd=kept.parent, check=True, capture_output=True, timeout=300)
        with tarfile.open(kept.with_name(f"axe-core-{VERSION}.tgz")) as package:
            kept.write_bytes(package.extractfile("package/axe.min.js").read())
    require(kept.is_file(), f"axe-core {VERSION} is not fetched yet")
    script = kept.read_bytes()
    assert hashlib.sha256(script).hexdigest() == SHA256
    return script.decode()


def violations(tab, script):
    """What axe finds in the page as it is, in the light and in the dark, large and small."""
    found = []
    tab.run(f"{script};0")
    for width in SIZES:
        for dark in (False, True):
            tab.look(width, dark=dark)
            text = tab.run("axe.run().then((result) => JSON.stringify(result.violations))")
            found += [
                (width, dark, rule["id"], [node["html"] for node in rule["nodes"]])
                for rule in json.loads(text)
            ]
            wide = tab.run("document.documentElement.scrollWidth")
            found += [(width, "scrolls to", wide)] if wide > width else []
    return found
