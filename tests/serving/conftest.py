"""The C++ program, and exports of the zoo for it."""

import shutil
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf
from served_networks import served_separator

import keras_sep


@pytest.fixture(scope="session")
def loader(tmp_path_factory):
    """The program, compiled against the headers and libraries of the tensorflow wheel."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is needed to compile tests/serving/loader.cc")
    program = tmp_path_factory.mktemp("loader") / "loader"
    folder = tf.sysconfig.get_lib()
    subprocess.run(
        [
            compiler,
            Path(__file__).with_name("loader.cc"),
            *("-o", program),
            "-w",  # TensorFlow's headers warn, and they are not ours
            *tf.sysconfig.get_compile_flags(),
            # the linker sees no direct use of some libraries that hold the kernels
            "-Wl,--no-as-needed",
            f"-L{folder}",
            "-l:libtensorflow_cc.so.2",
            "-l:libtensorflow_framework.so.2",
            f"-Wl,-rpath,{folder}",
        ],
        check=True,
        timeout=400,
    )
    return program


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Function from a name in `ZOO` to a separator and its SavedModel, which is written once."""
    root = tmp_path_factory.mktemp("zoo")
    made = {}

    def export(model):
        if model not in made:
            separator = served_separator(model)
            folder = root / model.replace(" ", "_") / "1"
            made[model] = separator, keras_sep.export.saved_model(separator, folder)
        return made[model]

    return export
