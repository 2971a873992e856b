"""Compiling a program against the headers and libraries of the tensorflow wheel."""

import subprocess

import tensorflow as tf


def compile_program(source, program):
    """Write the program of a C++ file."""
    folder = tf.sysconfig.get_lib()
    subprocess.run(
        [
            "g++",
            source,
            *("-o", program),
            "-w",  # TensorFlow's headers warn, and they are not ours
            "-pthread",
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
