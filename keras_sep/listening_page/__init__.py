"""A listening page: sounds that play in step, pictures, scores and curves, as one HTML file."""

from keras_sep.listening_page.clip import Clip
from keras_sep.listening_page.open_page import open_address as open_address
from keras_sep.listening_page.open_page import open_page
from keras_sep.listening_page.page import Section, Table, write_page
from keras_sep.listening_page.player import lane_html as lane_html
from keras_sep.listening_page.player import player_html as player_html
from keras_sep.listening_page.player import waveform_html as waveform_html

__all__ = ["Clip", "Section", "Table", "open_page", "write_page"]
