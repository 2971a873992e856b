"""Where downloaded and converted files are kept."""

import os
from pathlib import Path

import platformdirs

HOME = "KERAS_SEP_HOME"


def home() -> Path:
    """The folder of all that is kept: `KERAS_SEP_HOME`, or by the platform's convention."""
    given = os.environ.get(HOME)
    return Path(given).expanduser() if given else platformdirs.user_cache_path("keras_sep")
