"""A SavedModel without the names of gradients that it does not hold."""

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ATTRIBUTE = "_gradient_op_type"
CALLS = ("PartitionedCall", "StatefulPartitionedCall")  # TensorFlow renames these as it loads them


def without_gradients(folder: Path) -> None:
    """Remove the names of custom gradients from a SavedModel that was saved without them.

    An operation with a custom gradient, such as TensorFlow's own `silu`, carries the gradient's
    name, also in a graph for inference. The name says nothing outside the process that registered
    it, and whoever loads the file is warned of every function in which it stands.

    Args:
        folder: Folder of the SavedModel, whose `saved_model.pb` and `fingerprint.pb` are rewritten.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    path = folder / "saved_model.pb"
    model = SavedModel.FromString(path.read_bytes())
    for graph in (meta_graph.graph_def for meta_graph in model.meta_graphs):
        for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
            _remove(nodes)
    path.write_bytes(model.SerializeToString(deterministic=True))
    _renew_fingerprint(folder)


def _remove(nodes: Iterable[Any]) -> None:
    for node in nodes:
        if node.op not in CALLS and ATTRIBUTE in node.attr:
            del node.attr[ATTRIBUTE]


def _renew_fingerprint(folder: Path) -> None:
    """Compute the fingerprint of the file as it is now; a SavedModel may also have none."""
    (folder / "fingerprint.pb").unlink(missing_ok=True)
    try:  # it reads fingerprints in public and writes them in private
        tools = importlib.import_module("tensorflow.python.saved_model.fingerprinting_utils")
        tools.write_fingerprint(str(folder))
    except (ImportError, AttributeError):
        return
