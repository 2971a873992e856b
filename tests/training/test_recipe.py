"""Recipes: read from YAML, typed, and clear about what is wrong."""

import dataclasses
from pathlib import Path

import keras
import pytest

from keras_sep import training
from keras_sep._named.fields import to_mapping
from keras_sep.training import Named, Recipe, build_optimizer

RECIPES = sorted((Path(__file__).resolve().parents[2] / "training" / "recipes").glob("*.yaml"))
LEAST = "model: {name: open_unmix}\nsources: [vocals, drums]\ntargets: [vocals]\n"


def write(tmp_path, text):
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_recipes_are_there():
    assert {path.stem for path in RECIPES} >= {"open_unmix", "musdb_clip"}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipe_survives_yaml(path, tmp_path):
    recipe = Recipe.from_yaml(path)
    assert Recipe.from_yaml(write(tmp_path, recipe.to_yaml())) == recipe


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_what_a_recipe_names_is_there(path):
    recipe = Recipe.from_yaml(path)
    arguments = recipe.model.arguments
    # as the published sizes, but quick
    narrow = {"units": 4, "hidden": 4, "filters": 2}
    small = {
        name: value if isinstance(value, list) else narrow.get(name, value)
        for name, value in arguments.items()
    }
    recipe = dataclasses.replace(recipe, model=Named(recipe.model.name, small))
    network = training.build_network(recipe)
    assert training.build_separator(recipe, network).source_names == recipe.targets
    assert training.build_loss(recipe)
    assert training.build_target(recipe)


def test_published_open_unmix():
    """The numbers of Open-Unmix's published training."""
    recipe = Recipe.from_yaml(RECIPES[0].with_name("open_unmix.yaml"))
    assert recipe.data.excerpt_seconds == 6
    assert recipe.data.excerpts_per_track == 64
    assert recipe.data.gain == (0.25, 1.25)
    assert recipe.fit.batch_size == 16
    assert recipe.fit.learning_rate == 1e-3
    assert recipe.fit.weight_decay == 1e-5
    assert (recipe.fit.patience, recipe.fit.plateau_patience) == (140, 80)
    assert recipe.fit.plateau_factor == 0.3
    assert recipe.model.arguments["hidden"] == 512
    # the highest bin below 16 kHz: 16000 / (44100 / 4096) = 1486.08
    assert recipe.model.arguments["bandwidth_bins"] == 1487
    assert len(recipe.data.validation) == 14


def test_numbers_that_yaml_reads_as_text(tmp_path):
    """YAML 1.1 wants a decimal point in `1e-3`; people do not."""
    text = LEAST.replace("open_unmix", "open_unmix, arguments: {dropout: 2e-1}")
    recipe = Recipe.from_yaml(write(tmp_path, text + "fit: {learning_rate: 1e-3}\n"))
    assert recipe.fit.learning_rate == 0.001
    assert recipe.model.arguments == {"dropout": 0.2}
    named = dataclasses.replace(recipe, sources=("vocals", "1e5"))
    assert Recipe.from_yaml(write(tmp_path, named.to_yaml())) == named


@pytest.mark.fault
def test_transform_of_a_paper(tmp_path):
    text = LEAST + "stft: {frame_length: 400, hop_length: 160, window: sqrt_hann, fft_length: 512}"
    recipe = Recipe.from_yaml(write(tmp_path, text))
    front_end = training.build_front_end(recipe)
    assert front_end.compute_output_shape((None, 401, 2))[0] == (None, 3, 257, 2)
    assert (front_end.window, recipe.stft.bins, recipe.margin_samples) == ("sqrt_hann", 257, 320)
    assert training.build_network(recipe).input_shape[2] == 257
    window = [0.25, 0.5, 1]
    own = dataclasses.replace(recipe, stft=training.STFTSettings(3, 2, window))
    assert Recipe.from_yaml(write(tmp_path, own.to_yaml())) == own
    assert training.build_front_end(own).window == window


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LEAST + "epochs: 3\n", "unknown key `epochs`. Known keys: channels, data, fit, "),
        (LEAST + "data: {exerpt_seconds: 3}\n", "unknown key `data.exerpt_seconds`"),
        ("sources: [a]\ntargets: [a]\n", "missing key `model`"),
        (LEAST + "fit: {batch_size: many}\n", "`fit.batch_size` must be a whole number"),
        (LEAST + "fit: {batch_size: true}\n", "`fit.batch_size` must be a whole number"),
        (LEAST + "fit: {jit: 1}\n", "`fit.jit` must be true or false. Received: 1"),
        (LEAST + "fit: {learning_rate: fast}\n", "`fit.learning_rate` must be a number"),
        (
            LEAST + "fit: {learning_rate: -1}\n",
            "`fit.learning_rate` must be above 0 and at most 1000",
        ),
        (LEAST + "data: {gain: [0.5]}\n", "`data.gain` must be a list of 2"),
        (LEAST + "data: {gain: [0.5, 0.1]}\n", "`data.gain` must be [low, high]"),
        (LEAST + "data: {incoherent: 2}\n", "`data.incoherent` must lie between 0 and 1"),
        (LEAST + "data: {spectrograms: gpu}\n", "must be one of cached, pipeline, model"),
        (LEAST + "data: {reader: ffmpeg}\n", "`data.reader` must be one of soundfile, tfio."),
        (LEAST + "stft: {window: kaiser}\n", '`window` must be one of "hann", "sqrt_hann", "hammi'),
        (LEAST + "stft: {hop_length: 5000}\n", "must leave no sample without a window"),
        (LEAST + "stft: {fft_length: 2048}\n", "`fft_length` must be at least `frame_length`"),
        (LEAST + "stft: 4096\n", "`stft` must be a mapping of keys. Received: 4096"),
        (
            LEAST + "fit: {plateau_patience: 2, final_learning_rate: 1e-5}\n",
            "`fit.final_learning_rate` and `fit.plateau_patience` control",
        ),
        (LEAST.replace("[vocals]", "[voice]"), "`targets` must be among the sources"),
        (LEAST.replace("[vocals]", "vocals"), "`targets` must be a list. Received: 'vocals'"),
        (
            LEAST.replace("open_unmix", "open_unmix, arguments: {bins: 3}"),
            "`model.arguments.bins` follows from the recipe's own keys",
        ),
        (
            LEAST + "stft: null\nloss: WaveformLoss\ndata: {spectrograms: cached}\n",
            "`data.spectrograms` is about spectrograms; without an `stft` it has no meaning",
        ),
        (
            LEAST + "stft: null\nloss: WaveformLoss\npost_filter: ClusterMasks\n",
            "`post_filter` is about spectrograms; without an `stft` it has no meaning",
        ),
        (LEAST + "stft: null\n", "`loss` must compare waveforms where there is no `stft`"),
        (
            LEAST + "loss: {name: PermutationInvariantLoss, arguments: {loss: SpectrogramLoss}}\n",
            "`interchangeable_sources` must be true with `PermutationInvariantLoss`",
        ),
        (
            LEAST + "stft: null\nloss: {name: PermutationInvariantLoss, "
            "arguments: {loss: SpectrogramLoss}}\ninterchangeable_sources: true\n",
            "`loss` must compare waveforms where there is no `stft`",
        ),
        (
            LEAST + "stft: null\nloss: DeepClusteringLoss\n",
            "`loss` must compare waveforms where there is no `stft`",
        ),
        (
            LEAST + "loss: SISNR\n",
            "`loss` must compare spectrograms, or embeddings, unless `stft` is null",
        ),
        (
            LEAST + "loss: {name: PermutationInvariantLoss, arguments: {loss: SNR}}\n",
            "unless `stft` is null, as it is for networks of waveforms. Received: SNR",
        ),
        (
            LEAST + "loss: DeepClusteringLoss\n",
            "`target` must be clustering_target for DeepClusteringLoss. "
            "Received: magnitude_spectrum_approximation",
        ),
        (
            LEAST + "target: clustering_target\n",
            " for SpectrogramLoss. Received: clustering_target",
        ),
        (
            LEAST + "data: {spectrograms: model}\nheads: {embeddings: {target: clustering_target, "
            "loss: DeepAttractorLoss}}\n",
            "`heads.embeddings.target` must be deep_attractor_target for DeepAttractorLoss",
        ),
        (
            LEAST + "data: {spectrograms: model}\nheads: {a: {loss: SpectrogramLoss}}\n",
            "missing key `heads.a.target`",
        ),
        (
            LEAST + "stft: null\nheads: {a: {loss: SISNR, target: clustering_target}}\n",
            "`heads.a.target` is about spectrograms; without an `stft` it has no meaning",
        ),
        (
            LEAST + "stft: null\nheads: {a: {loss: SpectrogramLoss}}\n",
            "`heads.a.loss` must compare waveforms where there is no `stft`",
        ),
        (LEAST + "data: {context_samples: 3}\n", "`data.context_samples` applies to waveform"),
        (LEAST + "data: {flip_polarity: 2}\n", "`data.flip_polarity` must lie between 0 and 1"),
        (LEAST + "data: {repitch: -1}\n", "`data.repitch` must lie between 0 and 1"),
        (
            LEAST + "data: {repitch: 0.2, spectrograms: cached}\n",
            "`data.repitch` must be 0 with spectrograms that are cached",
        ),
        (LEAST + "data: {tempo: [0, 1]}\n", "`data.tempo` must be [low, high], from 0.5 to 2"),
        (LEAST + "data: {pitch_semitones: [2, 1]}\n", "`data.pitch_semitones` must be [low, high]"),
        (LEAST + "fit: {precision: half}\n", "`fit.precision` must be one of float32, mixed_b"),
        ("a: [", "not YAML"),
        ("", "`recipe` must be a mapping of keys. Received: None"),
    ],
)
def test_complaints_are_one_line_naming_file_and_key(tmp_path, text, complaint):
    path = write(tmp_path, text)
    with pytest.raises(ValueError) as error:
        Recipe.from_yaml(path)
    assert str(error.value).startswith(f"{path}: ")
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_absent_recipe(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.yaml: No such file or directory"):
        Recipe.from_yaml(tmp_path / "absent.yaml")


def test_an_optimizer_of_keras(recipe):
    fit = {"optimizer": {"name": "AdamW", "arguments": {"weight_decay": 0.01}}, "clip_norm": 2.0}
    values = {**to_mapping(recipe), "fit": {"learning_rate": 0.003, "accumulation": 4, **fit}}
    made = build_optimizer(Recipe.from_mapping(values))
    assert type(made) is keras.optimizers.AdamW
    config = made.get_config()
    assert config["weight_decay"] == 0.01
    assert config["learning_rate"] == pytest.approx(0.003)
    assert (config["global_clipnorm"], config["gradient_accumulation_steps"]) == (2.0, 4)
    values["fit"]["optimizer"] = "Adm"
    with pytest.raises(ValueError, match=r"`fit.optimizer.name` must be one of .*mean `Adam`"):
        build_optimizer(Recipe.from_mapping(values))
    values["fit"]["optimizer"] = {"name": "SGD", "arguments": {"momentun": 0.9}}
    with pytest.raises(ValueError, match=r"takes no `momentun`. Did you mean `momentum`"):
        build_optimizer(Recipe.from_mapping(values))
    values["fit"]["optimizer"] = {"name": "SGD", "arguments": {"learning_rate": 0.5}}
    with pytest.raises(ValueError, match=r"arguments.learning_rate` must be given as `fit.learn"):
        Recipe.from_mapping(values)
    values["fit"] |= {"optimizer": "SGD", "weight_decay": 0.1}
    with pytest.raises(ValueError, match=r"`fit.weight_decay` is for the default optimizer"):
        Recipe.from_mapping(values)
