"""What the tests of pages for browsers need, or a reason to skip them."""

import os
import shutil

import pytest
from chromium import chromium

from keras_sep._home import home
from keras_sep.export._onnxruntime_web import VERSION, onnxruntime_web

WANTED = os.environ.get("KERAS_SEP_TEST_WEB") == "1"  # `make test-web`


def require(found, reason):
    """Skip where something is not there, or fail where it was asked for."""
    if not found and WANTED:
        pytest.fail(reason)
    if not found:
        pytest.skip(f"{reason} (make test-web)")
    return found


def require_chromium():
    return require(chromium(), "Chromium is not installed")


def require_node():
    return require(shutil.which("node"), "Node.js is not installed")


def require_runtime():
    """The files of onnxruntime-web: no network is used unless the tests of pages are asked for."""
    kept = home() / "downloads" / "npm" / f"onnxruntime-web-{VERSION}"
    require(WANTED or kept.is_dir(), f"onnxruntime-web {VERSION} is not fetched yet")
    return onnxruntime_web()
