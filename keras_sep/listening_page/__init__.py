"""A listening page: one self-contained HTML file with players, pictures and scores."""

from keras_sep.listening_page.clip import Clip
from keras_sep.listening_page.page import Section, Table, write_page

__all__ = ["Clip", "Section", "Table", "write_page"]
