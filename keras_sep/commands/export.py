"""`keras-sep export`: a model for TensorFlow Serving, ONNX Runtime, LiteRT or browsers."""

import argparse

from keras_sep._progress import waiting
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._chosen_stems import chosen_stems
from keras_sep.export import litert, onnx, saved_model, serving_files, web

FORMATS = {".onnx": "onnx", ".tflite": "litert"}  # by suffix
# options of some formats: name, default, formats that have it
OPTIONS = {
    "format": (None, ("saved_model", "onnx", "litert")),
    "weights": ("float32", ("onnx", "litert", "web")),
    "samples": (None, ("litert",)),
    "chunk_samples": (None, ("onnx", "litert")),
    "serving": (False, ("saved_model",)),
    "no_warm_up": (False, ("saved_model",)),
}


def run(args: argparse.Namespace) -> int:
    """Export a saved separator."""
    path = args.web or args.out
    wanted = "web" if args.web else args.format or FORMATS.get(path.suffix.lower(), "saved_model")
    for name, (default, formats) in OPTIONS.items():
        if getattr(args, name) != default and wanted not in formats:
            option = "--" + name.replace("_", "-")
            raise ValueError(f"{option}: only for {' or '.join(formats)}, not for {wanted}")
    separator, stems = chosen_model(args), chosen_stems(args)
    with waiting(f"exporting to {path}"):
        if wanted == "web":
            written = web(separator, path, args.overwrite, stems, args.weights)
        elif wanted == "onnx":
            written = onnx(separator, path, args.overwrite, stems, args.weights, args.chunk_samples)
        elif wanted == "litert":
            written = litert(
                separator,
                path,
                args.samples,
                args.overwrite,
                stems,
                args.weights,
                args.chunk_samples,
            )
        else:
            written = saved_model(separator, path, args.overwrite, stems, not args.no_warm_up)
    print(written)
    if args.serving:
        print(*serving_files(written.absolute().parents[1]), sep="\n")
    return 0
