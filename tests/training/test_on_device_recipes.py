"""Recipes whose model varies its batches itself: the same after a resume, or refused."""

import dataclasses

import keras
import numpy as np
import pytest
from small_runs import log, small_recipe, with_data, with_fit

from keras_sep import training
from keras_sep.training import DataSettings, OnDeviceSettings, VoiceSettings
from keras_sep.training._training_state import LAST, read_state

SETTINGS = OnDeviceSettings(gain=(0.5, 2.0), flip_polarity=0.5, remix=0.5, mixup=0.4)
MASKS = {"time_masks": 1, "time_mask_frames": 5, "frequency_masks": 2, "frequency_mask_bins": 4}
WAVEFORMS = {
    "filters": 8, "bottleneck": 4, "hidden": 6, "skip": 4, "blocks": 1, "repeats": 1,
}  # fmt: skip


def spectral():
    settings = dataclasses.replace(SETTINGS, **MASKS)
    return with_data(small_recipe(), spectrograms="model", on_device=settings)


def waveforms():
    recipe = small_recipe()
    return dataclasses.replace(
        recipe,
        data=dataclasses.replace(recipe.data, on_device=SETTINGS),
        model=training.Named("conv_tasnet", WAVEFORMS),
        stft=None,
        loss=training.Named("WaveformLoss", {"norm": "l1"}),
    )


@pytest.mark.parametrize("make", [spectral, waveforms])
def test_a_resumed_training_draws_the_same(make, album, tmp_path):
    """To the bit; the separator is that of the network alone."""
    recipe = make()
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml())
    assert training.Recipe.from_yaml(tmp_path / "recipe.yaml") == recipe
    path = training.train(recipe, album, tmp_path / "whole", verbose=0)
    short = with_fit(recipe, epochs=1)
    training.train(short, album, tmp_path / "parts", verbose=0)
    training.train(recipe, album, tmp_path / "parts", resume=True, verbose=0)
    losses = [
        [(row["loss"], row["val_loss"]) for row in log(tmp_path / out)]
        for out in ("whole", "parts")
    ]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 2
    states = [read_state(tmp_path / out / LAST)[0].seeds for out in ("whole", "parts")]
    assert states[0] == states[1]
    assert max(count for _, count in states[0]) >= 6 * 4  # draws of the steps of two epochs
    separator = keras.saving.load_model(path)
    mixture = np.random.default_rng(0).normal(size=(1, 1700, 2)).astype("float32")
    assert separator(mixture).shape == (1, 1700, 2, 1)
    np.testing.assert_array_equal(separator(mixture), separator(mixture, training=False))


@pytest.mark.fault
def test_where_the_model_computes_nothing_it_varies_nothing():
    with pytest.raises(ValueError, match=r'`data.spectrograms` must be "model" with `data.on_'):
        with_data(small_recipe(), on_device=SETTINGS)
    masked = OnDeviceSettings(time_masks=2)
    with pytest.raises(ValueError, match="no `time_masks` or `frequency_masks` without an `stft`"):
        with_data(waveforms(), on_device=masked)
    with pytest.raises(ValueError, match=r"`data.on_device.remix` must be 0 where `voices` are"):
        dataclasses.replace(
            waveforms(),
            data=DataSettings(excerpt_seconds=0.4, on_device=SETTINGS),
            voices=VoiceSettings(train=("(.*)/vocals.wav",)),
        )
    with pytest.raises(ValueError, match=r"`data.on_device.gain` must be \[low, high\]"):
        OnDeviceSettings(gain=(2.0, 1.0))
    values = {"model": "open_unmix", "sources": ["a"], "targets": ["a"]}
    values["data"] = {"on_device": {"mixupp": 1}}
    with pytest.raises(ValueError, match=r"unknown key `data.on_device.mixupp`. Did you mean"):
        training.Recipe.from_mapping(values)
