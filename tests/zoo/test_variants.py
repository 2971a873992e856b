"""Published sizes: their numbers of weights, counted by others, and what overrules them."""

import inspect

import pytest

import keras_sep_cli
from keras_sep import zoo
from keras_sep._without_memory import without_memory
from keras_sep.zoo._variants import VARIANTS

pytestmark = pytest.mark.fault

# Of demucs 4.1 less what does nothing: biases of attention's keys (of ten blocks in htdemucs) and
# the second biases of LSTMs; of asteroid 0.7; of msst 0.1 less the frequencies of positions; of
# pymss-core 0.1.14; of moises-light 0.1.5 less the frequencies of positions, with the statistics of
# batches; of SepReformer's authors, with those too and less what makes auxiliary estimates; of the
# papers of Wave-U-Net and Wavenet, less the last block's residual, which nothing reads.
# `make parity` counts the rest.
COUNTED = {
    "bs_roformer paper": 74_532_588,
    "bs_roformer viperx": 159_758_028,
    "bs_roformer four_stems": 131_704_100,
    "mel_band_roformer kimberleyjensen": 228_202_788,
    "moises_light paper_large": 5_451_216 - 10 * 16 + 13_552,
    "moises_light paper_small": 2_558_768 - 12 * 16 + 7_744,
    "moises_light fullband_large": 5_477_844 - 10 * 16 + 14_520,
    "moises_light fullband_small": 2_805_796 - 12 * 16 + 8_712,
    "moises_light fullband_large_wide": 9_704_844 - 10 * 16 + 20_328,
    "moises_light fullband_small_wide": 4_323_976 - 12 * 16 + 11_616,
    "bandit bandit_plus": 37_022_688,
    "htdemucs htdemucs": 41_984_456 - 10 * 512,
    "htdemucs htdemucs_6s": 27_414_996 - 10 * 384,
    "hdemucs hdemucs_mmi": 83_618_248,
    "demucs v3": 133_726_952,
    "scnet small": 10_578_768 - 18_432,
    "scnet large": 42_181_232 - 36_864,
    "sudorm_rf 1.0x": 2_584_196,
    "sudorm_rf 1.0x++": 2_630_801,
    # of the authors' files of weights; of HS-TasNet 0.3.4, less a bias that nothing adds and the
    # second biases of LSTMs
    "dtln paper": 986_753,
    "dtln norm": 987_267,
    "hs_tasnet lucidrains": 50_163_210 - 2 - 24_000,
    "hs_tasnet lucidrains_small": 28_135_210 - 2 - 10_000,
    "sepreformer tiny": 3_711_488 + 6_144,
    "sepreformer large": 59_428_608 + 24_576,
    "tfc_tdf mdx23c": 111_994_368,
    "unet paper": 2 * (9_823_313 + 3_008),
    "wave_u_net M4": 10_263_390,
    "wavenet singing_voice": 3_277_249 - 64 * 64,
}


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_are_those_of_the_original(name):
    builder, variant = name.split()
    network = without_memory(lambda: getattr(zoo, builder)(variant=variant))
    assert network.count_params() == COUNTED[name]


def test_every_variant_is_of_arguments_that_the_builder_has():
    for builder, variants in VARIANTS.items():
        names = inspect.signature(getattr(zoo, builder)).parameters
        assert "variant" in names
        assert all(arguments.keys() <= names.keys() for arguments in variants.values())
    without = [name for name in zoo.__all__ if name not in VARIANTS]
    assert not any(
        "variant" in inspect.signature(getattr(zoo, name)).parameters for name in without
    )


def test_given_arguments_overrule_the_variant():
    small = {"filters": 8, "frame_length": 256, "depth": 2, "norm_starts": 1, "blocks": 1}
    network = zoo.htdemucs(3, variant="htdemucs_6s", segment_samples=None, **small)
    assert network.output_shape == (None, None, 2, 3)
    assert network.facts.segment is None
    assert network.facts.arguments["decoder_branches"] is True
    assert "variant" not in network.facts.arguments
    again = zoo.htdemucs(**network.facts.arguments)
    assert again.count_params() == network.count_params()


def test_an_unknown_variant_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"one of htdemucs, .*'htdemucs-6s'. Did you mean `htdem"):
        zoo.htdemucs(variant="htdemucs-6s")
    with pytest.raises(ValueError, match=r"must be one of M1, .* Received: variant=4\. D"):
        zoo.wave_u_net(variant=4)


def test_the_command_lists_them(capsys):
    assert keras_sep_cli.main(["models"]) == 0
    said = capsys.readouterr().out
    assert "variants: 1.0x, 0.5x, 0.25x, 1.0x++" in said
    assert keras_sep_cli.main(["models", "sudorm_rf"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1.0x++          2,630,801 parameters  improved=True"
    assert keras_sep_cli.main(["models", "htdemux"]) == 1
    assert "Did you mean `htdemucs`?" in capsys.readouterr().err
