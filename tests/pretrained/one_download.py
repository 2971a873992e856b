"""Downloads one file in its own process, without what imports TensorFlow.

Arguments: address and hash.
"""

import importlib.util
import sys
import types

for name in ("keras_sep", "keras_sep.pretrained"):  # their modules alone, not their faces
    package = types.ModuleType(name)
    package.__path__ = importlib.util.find_spec(name).submodule_search_locations
    sys.modules[name] = package

from keras_sep.pretrained._download import download  # noqa: E402
from keras_sep.pretrained.preset import Original  # noqa: E402

print("ready", flush=True)
print(download(Original(*sys.argv[1:], megabytes=0)))
