"""Packaging of keras_sep: audio source separation for Keras."""

from pathlib import Path

from setuptools import find_packages, setup

EVAL = ["museval>=0.4.0"]
PLOTS = ["matplotlib>=3.7"]
AUGMENT = ["python-stretch>=0.3.1"]

setup(
    name="keras_sep",
    version="0.1.0",
    description="Layers, losses and a model zoo for audio source separation in Keras",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["keras_sep", "keras_sep.*", "keras_sep_cli"]),
    package_data={"keras_sep": ["py.typed"]},
    # Why each of these is here: docs/dependencies.md
    install_requires=[
        "tensorflow>=2.17",
        "keras>=3.13.2",
        "numpy>=1.26",
        "scipy>=1.11",
        "soundfile>=0.12",
        "av>=14.0",
        "soxr>=0.4",
        "h5py>=3.10",
        "tensorboard>=2.17",
        "PyYAML>=6.0",
        "tqdm>=4.64",
    ],
    extras_require={
        "eval": EVAL,
        "plots": PLOTS,
        "augment": AUGMENT,
        "test": [
            *EVAL,
            *PLOTS,
            *AUGMENT,
            "pytest>=8.0",
            "pytest-xdist>=3.7",
            "ruff>=0.9",
            "mypy>=1.10",
            "types-PyYAML",
            "types-tqdm",
        ],
        "tfio": ["tensorflow==2.17.*", "tensorflow-io>=0.37.1"],
        "cuda": ["tensorflow[and-cuda]>=2.17"],
    },
    entry_points={"console_scripts": ["keras-sep=keras_sep_cli:main"]},
    classifiers=[
        "License :: OSI Approved :: Apache Software License",
        "Programming Language :: Python :: 3",
        "Topic :: Multimedia :: Sound/Audio :: Analysis",
    ],
)
