"""Audio files of any length to the files of their stems. See docs/long_files.md."""

from keras_sep.inference.block_grid import BlockGrid, block_grid
from keras_sep.inference.compiled_separator import CompiledSeparator
from keras_sep.inference.exported_separator import ExportedSeparator
from keras_sep.inference.load_separator import load_separator
from keras_sep.inference.preview import preview as preview
from keras_sep.inference.separate_array import separate_array as separate_array
from keras_sep.inference.separate_blocks import separate_blocks
from keras_sep.inference.separate_file import separate_file
from keras_sep.inference.stem_files import CLIP_MODES as CLIP_MODES
from keras_sep.inference.stem_files import stem_paths as stem_paths
from keras_sep.inference.stem_gains import WITHOUT as WITHOUT
from keras_sep.inference.stem_gains import stem_gains as stem_gains

__all__ = [
    "BlockGrid",
    "CompiledSeparator",
    "ExportedSeparator",
    "block_grid",
    "load_separator",
    "separate_blocks",
    "separate_file",
]
