"""What the scores mean, for pages that people read."""

IN_WORDS = (
    "Scores are in decibels; higher is better. SDR compares a source's energy with that of all "
    "that differs from it in the estimate; SI-SDR forgives a difference in level. At 0 dB the "
    "error is as strong as the source, at 10 dB it has a tenth of its energy, at 20 dB a "
    "hundredth. What counts is how far a model is above the mixture. In music, a source at 5 dB is "
    "clearly apart, with audible remains of the others; the best published systems reach 9 to "
    "10 dB on average over vocals, drums, bass and the rest. For two speakers, 15 dB above the "
    "mixture is good. Ears decide: what disturbs may cost little, and what costs much may not "
    "disturb."
)
