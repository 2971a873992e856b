"""A web page that separates songs: `keras-sep app`. See docs/app.md."""

from keras_sep.app.models import Models
from keras_sep.app.results import Results
from keras_sep.app.separate_upload import Song, separate_upload
from keras_sep.app.server import build_app, serve
from keras_sep.app.settings import AppSettings

__all__ = ["AppSettings", "Models", "Results", "Song", "build_app", "separate_upload", "serve"]
