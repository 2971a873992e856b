"""Showing a page in the browser."""

import os
import sys
import webbrowser
from pathlib import Path

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def open_page(path: str | Path) -> bool:
    """Open a page in the browser, and return whether one was found.

    On a machine without a screen nothing is opened: a browser of the terminal would take it over.

    Args:
        path: Path of the page.
    """
    return open_address(Path(path).resolve().as_uri())


def open_address(address: str) -> bool:
    """Open an address as `open_page` does a page.

    Args:
        address: The address.
    """
    headless = sys.platform.startswith("linux") and not any(map(os.environ.get, _SCREENS))
    if headless:
        return False
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False
