# Everything sets itself up: `make demo` and `make test` work in a fresh clone.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2
# most of what is installed is never imported
INSTALL := -m pip install --quiet --no-compile

.PHONY: help demo test faults fuzz lint parity test-app test-backends test-beam test-tfio test-minimum test-wheel \
	test-web bench bench-spleeter notebooks sounds docs clean

help:
	@echo "make demo           a synthetic band, an Open-Unmix trained on it, a listening page (five minutes)"
	@echo "make test           every test that needs no other framework"
	@echo "make faults         of these, the tests of what real files, users and accidents once broke"
	@echo "make fuzz           10,000 damaged sound files: read plausibly, or named in one line"
	@echo "make lint           ruff and mypy"
	@echo "make parity         the same numbers as the PyTorch originals, compared live"
	@echo "make test-backends  every layer, loss and model on the JAX and PyTorch backends"
	@echo "make test-beam      catalogues with Apache Beam, in the environment of test-tfio"
	@echo "make test-app       the app in Chromium, with Gradio, in the same environment [SONG='track folder']"
	@echo "make test-tfio      the tensorflow-io reader, with TensorFlow 2.17 in its own environment"
	@echo "make test-minimum   the oldest release of each dependency that pyproject.toml admits"
	@echo "make test-wheel     the package as it would be published, installed and used elsewhere"
	@echo "make test-web       the pages in Chromium, which must be there, as must npm"
	@echo "make notebooks      runs the tutorial in Jupyter's kernel; make docs then has its notebooks and sounds"
	@echo "make sounds         separates by published weights, for the pages of models [RECORDING=...]"
	@echo "make docs           the documentation site, in site/, its links checked"
	@echo "make bench          the speed tables in benchmarks/results, with PyTorch in the same run"
	@echo "make bench-spleeter SONG=... CHECKPOINT=...  beside spleeter-thomasesr, on a song"

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) --upgrade pip setuptools wheel
	$(BIN)/python $(INSTALL) --editable '.[test]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/keras-sep demo --out demo --export saved_models/demo/1

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(VENV)/.installed
	$(BIN)/python -m pytest tests -n 2 --dist loadfile --no-loadscope-reorder \
		--ignore=tests/parity --ignore=tests/tfio

faults: $(VENV)/.installed
	$(BIN)/python -m pytest tests -m fault -n 2 --dist loadfile --ignore=tests/parity --ignore=tests/tfio

# by workers: a decoder that crashes ends one of them, which is named
fuzz: $(VENV)/.installed
	FUZZ_FILES=10000 $(BIN)/python -m pytest tests/data/audio/test_fuzz_audio.py -n 2

# PyTorch and the peers live in an environment of their own: they never enter the runtime.
# An unpinned torch would bring gigabytes of CUDA; 2.13.0 is the CPU build.
# Spleeter's networks need Keras 2 (tf_keras), not the old Python and TensorFlow its package asks for.
$(VENV)-parity/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-parity
	$(VENV)-parity/bin/python $(INSTALL) --upgrade pip setuptools wheel
	$(VENV)-parity/bin/python $(INSTALL) torch==2.13.0
	$(VENV)-parity/bin/python $(INSTALL) --editable '.[test]'
	$(VENV)-parity/bin/python $(INSTALL) jax
	$(VENV)-parity/bin/python $(INSTALL) librosa scikit-learn
	$(VENV)-parity/bin/python $(INSTALL) --no-deps openunmix==1.3.0
	$(VENV)-parity/bin/python $(INSTALL) --no-deps asteroid==0.7.0 asteroid-filterbanks==0.4.0
	$(VENV)-parity/bin/python $(INSTALL) --no-deps demucs==4.1.0 julius==0.2.8 einops==0.8.2
	$(VENV)-parity/bin/python $(INSTALL) --no-deps speechbrain==1.1.2
	$(VENV)-parity/bin/python $(INSTALL) --no-deps pymss-core==0.1.14 msst==0.1.0 moises-light==0.1.5
	$(VENV)-parity/bin/python $(INSTALL) --no-deps rotary-embedding-torch==0.9.1 beartype==0.23.1
	$(VENV)-parity/bin/python $(INSTALL) --no-deps HS-TasNet==0.3.4 einx==0.3.0 frozendict==2.5.1 loguru==0.7.3
	$(VENV)-parity/bin/python $(INSTALL) --no-deps espnet==202511 torch-complex==0.4.4 typeguard==4.4.4
	$(VENV)-parity/bin/python $(INSTALL) --no-deps grain==0.2.18 array-record==0.8.6 etils==1.15.0 portpicker==1.6.0 psutil==7.2.2
	$(VENV)-parity/bin/python $(INSTALL) tf_keras
	$(VENV)-parity/bin/python $(INSTALL) --no-deps --ignore-requires-python spleeter==2.4.2
	touch $@

parity: $(VENV)-parity/.installed
	$(VENV)-parity/bin/python -m pytest tests/parity -n 2 --dist loadfile --no-loadscope-reorder

# the harnesses over every public layer, loss and model, what is told apart by backend, and old files
HARNESSES := tests/test_harness.py tests/test_loss_harness.py tests/ops/test_windows.py \
	tests/test_without_tensorflow.py tests/inference/test_files_of_0_1.py \
	tests/training/test_hosts_jax.py tests/training/test_parallel_jax.py \
	tests/training/test_on_device_augmentation.py \
	tests/training/test_lora.py
# thousands of tiny models are compiled and run once: JAX without its costly passes takes a third less
XLA_LITTLE := --xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true
# what is compiled once, no other test, worker, process or run compiles again
test-backends: export JAX_COMPILATION_CACHE_DIR = $(abspath $(VENV)-parity)/jax_cache
test-backends: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS = 0
test-backends: export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES = -1
test-backends: $(VENV)-parity/.installed
	for backend in torch jax; do \
		KERAS_BACKEND=$$backend XLA_FLAGS="$(XLA_LITTLE)" $(VENV)-parity/bin/python -m pytest \
			$(HARNESSES) -n 2 --dist loadgroup || exit 1; \
	done

# tensorflow-io needs TensorFlow 2.17; Apache Beam an older protobuf than the exporters take, and both
# it and Gradio an older Pillow than matplotlib does
$(VENV)-tfio/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-tfio
	$(VENV)-tfio/bin/python $(INSTALL) --upgrade pip setuptools wheel
	$(VENV)-tfio/bin/python $(INSTALL) --editable '.[tfio,beam,app]' pytest pytest-xdist
	touch $@

test-tfio: $(VENV)-tfio/.installed
	$(VENV)-tfio/bin/python -m pytest tests/tfio

test-beam: $(VENV)-tfio/.installed
	$(VENV)-tfio/bin/python -m pytest tests/beam

test-app: export KERAS_SEP_TEST_WEB = 1
test-app: export KERAS_SEP_TEST_SONG = $(SONG)
test-app: $(VENV)-tfio/.installed
	$(VENV)-tfio/bin/python -m pytest tests/app

# The oldest release of everything that pyproject.toml admits. What model files from outside may do
# is for Keras to refuse, too: the oldest one must. optree 0.20.0 crashes under Keras 3.13 and 3.14,
# and pyparsing 3.3 warns of old matplotlibs.
$(VENV)-minimum/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-minimum
	$(VENV)-minimum/bin/python $(INSTALL) --upgrade pip setuptools wheel
	$(VENV)-minimum/bin/python tests/lower_bounds.py tensorflow jax eval plots augment effects stream \
		> $(VENV)-minimum/bounds.txt
	$(VENV)-minimum/bin/python $(INSTALL) --editable . \
		-r $(VENV)-minimum/bounds.txt optree==0.17.0 'pyparsing<3.3' pytest pytest-xdist
	touch $@

MINIMUM := commands/test_stream_alsa.py inference/test_hostile_models.py inference/test_load_separator.py test_separator.py \
	test_private_keras.py test_plots.py metrics/test_bss_eval.py metrics/test_ratios.py \
	data/audio/test_audio.py data/audio/test_audio_names.py data/audio/test_audio_writer.py \
	data/audio/test_counted_audio.py data/audio/test_resample.py \
	data/augmentations/test_augmentations.py data/pipelines/test_repitch.py data/pipelines/test_spectrogram_dataset.py \
	pretrained/test_download.py training/test_recipe.py \
	training/test_train.py::test_training_lowers_the_loss_and_leaves_a_separator \
	export/test_saved_model.py::test_a_process_without_keras_sep_gives_the_same_numbers
test-minimum: $(VENV)-minimum/.installed
	$(VENV)-minimum/bin/python -m pytest $(addprefix tests/,$(MINIMUM)) -n 2 --dist loadfile
	KERAS_BACKEND=jax $(VENV)-minimum/bin/python -m pytest tests/test_without_tensorflow.py

# The package as it would be published, in an environment that has nothing else, away from here.
WHEEL_PYTHON := $(abspath $(VENV)-wheel)/bin/python
test-wheel: $(VENV)/.installed
	rm -rf build dist $(VENV)-wheel
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv $(VENV)-wheel
	$(WHEEL_PYTHON) $(INSTALL) "$$(ls dist/*.whl)[tensorflow,plots]"
	folder=$$(mktemp -d) && cd "$$folder" && $(WHEEL_PYTHON) -I $(CURDIR)/tests/installed/use.py && \
		$(abspath $(BIN))/mypy --config-file= --ignore-missing-imports --warn-unused-ignores \
		--python-executable $(WHEEL_PYTHON) $(CURDIR)/tests/installed/typed.py && rm -r "$$folder"

# `make test` runs these too where onnxruntime-web and axe-core have been fetched, and skips what is missing
test-web: export KERAS_SEP_TEST_WEB = 1
test-web: $(VENV)/.installed
	$(BIN)/python -m pytest tests/export/test_web.py tests/export/test_web_scripts.py \
		tests/export/test_web_page.py tests/test_player.py

# On virtual machines the first touch of a fresh page can take microseconds, and differently long
# from one minute to the next: both sides keep the memory they were once given.
bench: export MALLOC_MMAP_MAX_ = 0
bench: export MALLOC_TRIM_THRESHOLD_ = 100000000000
bench: export MALLOC_TOP_PAD_ = 268435456
bench: $(VENV)-parity/.installed
	for script in recurrent recurrent_choices open_unmix data deep_clustering waveform music_networks; do \
		$(VENV)-parity/bin/python benchmarks/$$script.py || exit 1; \
	done

# Spleeter on today's TensorFlow, as a package of the name that spleeter 2.4.2 has: its own place.
$(VENV)-spleeter/.installed:
	$(PYTHON) -m venv $(VENV)-spleeter
	$(VENV)-spleeter/bin/python $(INSTALL) spleeter-thomasesr==3.0.0a1 tf_keras soundfile
	touch $@

bench-spleeter: $(VENV)/.installed $(VENV)-spleeter/.installed
	$(BIN)/python benchmarks/spleeter_stems.py "$(SONG)" --checkpoint "$(CHECKPOINT)" \
		--peer $(VENV)-spleeter/bin/python

# Pages are read, not run: neither Keras nor a backend is needed, and pages come from all folders.
$(VENV)-docs/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python $(INSTALL) --upgrade pip
	$(PYTHON) -c "import tomllib; extras = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
		print(*extras['optional-dependencies']['docs'], sep='\n')" > $(VENV)-docs/wanted.txt
	$(VENV)-docs/bin/python $(INSTALL) -r $(VENV)-docs/wanted.txt
	touch $@

sounds: $(VENV)/.installed
	$(BIN)/python -m website.sounds $(RECORDING)

notebooks: $(VENV)/.installed
	$(BIN)/python docs/notebooks.py website/executed --execute

docs: $(VENV)-docs/.installed
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict

clean:
	rm -rf demo runs build dist site *.egg-info
