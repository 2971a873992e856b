"""Cases of the U-Nets: two halvings, windows of 8 frames."""

from cases.case import BINS, CHANNELS, SPECTRUM, Case
from keras_sep import zoo

TARGETS = ("vocals", "drums")

MODELS = {
    "unet": Case(
        (SPECTRUM,),
        lambda x: zoo.unet(
            TARGETS, bins=BINS, channels=CHANNELS, filters=(3, 5), window_frames=8, dropout=0.0
        )(x),
        masked=True,
        weights=28,
        traced=False,
    ),
    "spleeter_unet": Case(
        (SPECTRUM,),
        lambda x: zoo.spleeter_unet(
            TARGETS,
            bins=BINS,
            channels=CHANNELS,
            bandwidth_bins=12,
            filters=(3, 5),
            window_frames=8,
            hop_frames=5,
            mask_extension="average",
            dropout=0.0,
        )(x),
        masked=True,
        weights=32,
    ),
}
