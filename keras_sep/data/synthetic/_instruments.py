"""The four players of the synthetic band: each turns a score into mono or stereo samples.

Everything is additive synthesis and shaped noise in NumPy, quick enough to make minutes of music
in seconds. Nothing here is a recording.
"""

import numpy as np

# Centres in Hz of the first three formants of five sung vowels, their widths and gains.
_VOWELS_HZ = np.array(
    [
        [730, 1090, 2440],  # a
        [530, 1840, 2480],  # e
        [270, 2290, 3010],  # i
        [570, 840, 2410],  # o
        [300, 870, 2240],  # u
    ],
    dtype=np.float64,
)
_FORMANT_WIDTHS_HZ = np.array([90.0, 120.0, 170.0])
_FORMANT_GAINS = np.array([1.0, 0.6, 0.3])
_BLOCK = 8192  # samples


def harmonics(phase: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """Sum of sines at whole multiples of a phase, by the recurrence of Chebyshev.

    Args:
        phase: Phase of the fundamental in radians, shape (samples,).
        amplitudes: Amplitude of each partial, shape (partials,), or of each partial at each sample,
            shape (partials, samples).

    Returns:
        Samples, shape (samples,).
    """
    out = np.empty_like(phase)
    for begin in range(0, len(phase), _BLOCK):  # blocks that stay in the processor's cache
        block = slice(begin, begin + _BLOCK)
        twice_cosine = 2.0 * np.cos(phase[block])
        before, current = np.zeros_like(twice_cosine), np.sin(phase[block])
        total = np.zeros_like(twice_cosine)
        for amplitude in amplitudes:
            total += (amplitude if np.ndim(amplitude) == 0 else amplitude[block]) * current
            before *= -1.0
            before += twice_cosine * current
            before, current = current, before
        out[block] = total
    return out


def drum_kit(
    rng: np.random.Generator, beats: int, beat_seconds: float, sample_rate_hz: int
) -> np.ndarray:
    """A rock beat: kick, snare and hi-hat in eighths, with fills. Stereo, (samples, 2)."""
    out = np.zeros((round(beats * beat_seconds * sample_rate_hz), 2))
    kick, snare = _kick(rng, sample_rate_hz), _snare(rng, sample_rate_hz)
    closed, opened = _hat(rng, 0.045, sample_rate_hz), _hat(rng, 0.2, sample_rate_hz)
    extra_kick = rng.random(8) < 0.3
    for beat in range(beats):
        bar_beat = beat % 4
        if bar_beat in (0, 2):
            _strike(out, kick, beat * beat_seconds, rng.uniform(0.8, 1.0), 0.5, sample_rate_hz)
        elif rng.random() < 0.97:
            _strike(out, snare, beat * beat_seconds, rng.uniform(0.7, 0.9), 0.42, sample_rate_hz)
        if extra_kick[beat % 8]:
            _strike(out, kick, (beat + 0.5) * beat_seconds, 0.6, 0.5, sample_rate_hz)
        for half in (0.0, 0.5):
            hat = opened if rng.random() < 0.08 else closed
            level = rng.uniform(0.25, 0.4) if half else rng.uniform(0.35, 0.5)
            _strike(out, hat, (beat + half) * beat_seconds, level, 0.68, sample_rate_hz)
        if beat % 16 == 15:
            for quarter in (0.25, 0.5, 0.75):
                when = (beat + quarter) * beat_seconds
                _strike(out, snare, when, rng.uniform(0.4, 0.7), 0.42, sample_rate_hz)
    return out


def bass_guitar(
    rng: np.random.Generator,
    roots: np.ndarray,
    beat_seconds: float,
    sample_rate_hz: int,
) -> np.ndarray:
    """Plucked eighths on the roots, fifths and octaves of the chords. Mono, (samples,).

    Args:
        rng: Source of the player's whims.
        roots: MIDI note of the chord's root on each beat, between 28 and 40.
        beat_seconds: Length of a beat in seconds.
        sample_rate_hz: Sample rate in Hz.
    """
    out = np.zeros(round(len(roots) * beat_seconds * sample_rate_hz))
    pattern = rng.choice([0, 0, 0, 7, 12], size=8)
    pattern[0] = 0
    plays = rng.random(8) < 0.8
    plays[[0, 4]] = True
    length = beat_seconds * rng.uniform(0.42, 0.49)
    notes: dict[int, np.ndarray] = {}
    for eighth in range(2 * len(roots)):
        if not plays[eighth % 8]:
            continue
        pitch = int(roots[eighth // 2] + pattern[eighth % 8])
        if pitch not in notes:
            notes[pitch] = _plucked(pitch, length, 10, 4.5, 2.0, 0.8, sample_rate_hz)
        when = eighth * beat_seconds / 2
        _add(out, rng.uniform(0.8, 1.0) * notes[pitch], when, sample_rate_hz)
    return out


def keyboard(
    rng: np.random.Generator,
    chords: np.ndarray,
    beat_seconds: float,
    sample_rate_hz: int,
) -> np.ndarray:
    """An organ's held chords under broken chords of an electric piano. Stereo, (samples, 2).

    Args:
        rng: Source of the player's whims.
        chords: MIDI notes of the chord on each beat, shape (beats, notes).
        beat_seconds: Length of a beat in seconds.
        sample_rate_hz: Sample rate in Hz.
    """
    out = np.zeros((round(len(chords) * beat_seconds * sample_rate_hz), 2))
    drawbars = rng.uniform(0.2, 1.0, size=8) / np.arange(1, 9)
    order = rng.permutation([0, 1, 2, 1, 0, 2, 1, 2])
    held: dict[tuple[int, ...], np.ndarray] = {}
    for bar in range(0, len(chords), 4):
        chord = tuple(int(note) for note in chords[bar])
        if chord not in held:
            held[chord] = _organ(chord, drawbars, 4 * beat_seconds, sample_rate_hz)
        _add(out, held[chord], bar * beat_seconds, sample_rate_hz)
    notes: dict[int, np.ndarray] = {}
    for eighth in range(2 * len(chords)):
        if rng.random() < 0.15:
            continue
        pitch = int(chords[eighth // 2][order[eighth % 8]]) + 12
        if pitch not in notes:
            notes[pitch] = _plucked(pitch, 0.9 * beat_seconds, 6, 4.5, 1.5, 1.5, sample_rate_hz)
        pan = 0.3 + 0.4 * (order[eighth % 8] / 2)
        for side, gain in ((0, 1 - pan), (1, pan)):
            _add(out[:, side], gain * notes[pitch], eighth * beat_seconds / 2, sample_rate_hz)
    return out


def singer(
    rng: np.random.Generator,
    chords: np.ndarray,
    beat_seconds: float,
    sample_rate_hz: int,
) -> np.ndarray:
    """Phrases of gliding, vibrating vowels with breath, and rests between. Mono, (samples,).

    Args:
        rng: Source of the melody.
        chords: MIDI notes of the chord on each beat, shape (beats, notes).
        beat_seconds: Length of a beat in seconds.
        sample_rate_hz: Sample rate in Hz.
    """
    total = round(len(chords) * beat_seconds * sample_rate_hz)
    pitch = np.full(total, 60.0)
    loudness = np.zeros(total)
    vowels = np.zeros((3, total))
    consonants = np.zeros(total)
    hiss = _hat(rng, 0.09, sample_rate_hz)
    beat, rest = 0.0, False
    while beat < len(chords):
        length = float(rng.choice([0.5, 1.0, 1.0, 2.0]))
        begin = round(beat * beat_seconds * sample_rate_hz)
        end = min(total, round((beat + length) * beat_seconds * sample_rate_hz))
        rest = not rest and rng.random() < (0.5 if int(beat) % 8 >= 6 else 0.1)
        pitch[begin:end] = rng.choice(chords[min(int(beat), len(chords) - 1)]) + 12 * (
            rng.random() < 0.25
        )
        vowels[:, begin:end] = rng.choice(_VOWELS_HZ)[:, None]
        if not rest:
            loudness[begin:end] = rng.uniform(0.7, 1.0)
            if rng.random() < 0.6:
                _add(consonants, 0.15 * hiss, beat * beat_seconds, sample_rate_hz)
        beat += length
    time = np.arange(total) / sample_rate_hz
    vibrato = 0.35 * np.sin(2 * np.pi * rng.uniform(5.0, 6.2) * time)
    frequency = _hz(_smooth(pitch, 0.05, sample_rate_hz) + vibrato)
    loudness = _smooth(loudness, 0.06, sample_rate_hz)
    vowels = np.stack([_smooth(formant, 0.08, sample_rate_hz) for formant in vowels])
    phase = 2 * np.pi * np.cumsum(frequency) / sample_rate_hz
    partials = int(min(32, 0.45 * sample_rate_hz / frequency.max()))
    voice = 0.02 * rng.standard_normal(total)  # breath
    for begin in range(0, total, _BLOCK):
        block = slice(begin, begin + _BLOCK)
        gains = _sung(frequency[block], vowels[:, block], partials)
        voice[block] += harmonics(phase[block], gains)
    return loudness * voice + consonants


def _plucked(
    pitch: int,
    seconds: float,
    partials: int,
    decay: float,
    decay_a_partial: float,
    slope: float,
    sample_rate_hz: int,
) -> np.ndarray:
    """A plucked string: higher partials are softer, by `slope`, and decay faster."""
    time = _time(seconds, sample_rate_hz)
    number = np.arange(1, partials + 1)
    faster = np.exp(-time * decay_a_partial)
    envelopes = np.empty((partials, len(time)))
    envelopes[0] = np.exp(-time * decay)
    for partial in range(1, partials):
        np.multiply(envelopes[partial - 1], faster, out=envelopes[partial])
    envelopes /= number[:, None] ** slope
    return harmonics(2 * np.pi * _hz(pitch) * time, envelopes) * _fades(len(time), 80)


def _organ(
    chord: tuple[int, ...], drawbars: np.ndarray, seconds: float, sample_rate_hz: int
) -> np.ndarray:
    """A held chord with tremolo, slightly detuned between left and right, (samples, 2)."""
    time = _time(seconds, sample_rate_hz)
    out = np.empty((len(time), 2))
    for side, cents in ((0, -4.0), (1, 4.0)):
        tones = [harmonics(2 * np.pi * _hz(note + cents / 100) * time, drawbars) for note in chord]
        tremolo = 1 + 0.2 * np.sin(2 * np.pi * 5.0 * time + side * 2.0)
        out[:, side] = 0.25 * np.sum(tones, axis=0) * tremolo * _fades(len(time), 900)
    return out


def _sung(frequency: np.ndarray, vowels: np.ndarray, partials: int) -> np.ndarray:
    """Amplitude of each partial: a glottal spectrum that falls by 1 / k, through the formants."""
    coarse = slice(None, None, 64)  # envelopes move slowly: work out every 64th sample
    number = np.arange(1, partials + 1)[:, None]
    at = number * frequency[coarse]
    gain = np.full_like(at, 0.03)
    for centre, width, level in zip(vowels, _FORMANT_WIDTHS_HZ, _FORMANT_GAINS, strict=True):
        gain += level / (1.0 + ((at - centre[coarse]) / width) ** 2)
    gain /= number**0.7
    return np.repeat(gain, 64, axis=1)[:, : len(frequency)]


def _kick(rng: np.random.Generator, sample_rate_hz: int) -> np.ndarray:
    time = _time(0.28, sample_rate_hz)
    sweep = 48 * time + (rng.uniform(90, 130) / 30) * (1 - np.exp(-30 * time))  # cycles
    click = 0.3 * rng.standard_normal(len(time)) * np.exp(-time * 400)
    return np.sin(2 * np.pi * sweep) * np.exp(-time * 13) + click


def _snare(rng: np.random.Generator, sample_rate_hz: int) -> np.ndarray:
    time = _time(0.24, sample_rate_hz)
    tone = np.sin(2 * np.pi * rng.uniform(170, 220) * time) * np.exp(-time * 25)
    noise = _band_noise(rng, len(time), 700, 9000, sample_rate_hz) * np.exp(-time * 18)
    return 0.5 * tone + 0.9 * noise


def _hat(rng: np.random.Generator, seconds: float, sample_rate_hz: int) -> np.ndarray:
    time = _time(4 * seconds, sample_rate_hz)
    noise = _band_noise(rng, len(time), 5000, 16000, sample_rate_hz)
    return noise * np.exp(-time / seconds)


def _band_noise(
    rng: np.random.Generator, samples: int, low_hz: float, high_hz: float, sample_rate_hz: int
) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / sample_rate_hz)
    low = min(low_hz, 0.25 * sample_rate_hz)
    inside = 1 / (1 + (low / np.maximum(frequency, 1)) ** 8) / (1 + (frequency / high_hz) ** 8)
    noise = np.fft.irfft(spectrum * np.sqrt(inside), samples)
    return noise / np.abs(noise).max()


def _strike(
    out: np.ndarray, hit: np.ndarray, seconds: float, level: float, pan: float, sample_rate_hz: int
) -> None:
    for side, gain in ((0, 2 * (1 - pan)), (1, 2 * pan)):
        _add(out[:, side], gain * level * hit, seconds, sample_rate_hz)


def _add(out: np.ndarray, note: np.ndarray, seconds: float, sample_rate_hz: int) -> None:
    begin = round(seconds * sample_rate_hz)
    room = max(0, len(out) - begin)
    out[begin : begin + len(note)] += note[:room]


def _time(seconds: float, sample_rate_hz: int) -> np.ndarray:
    return np.arange(max(1, round(seconds * sample_rate_hz))) / sample_rate_hz


def _fades(samples: int, ramp: int) -> np.ndarray:
    """One, but rising from zero and falling to zero over `ramp` samples: no clicks."""
    edge = np.minimum(np.arange(samples), np.arange(samples)[::-1])
    return np.minimum(1.0, edge / ramp)


def _smooth(steps: np.ndarray, seconds: float, sample_rate_hz: int) -> np.ndarray:
    """A moving average, which turns steps into glides."""
    width = max(1, round(seconds * sample_rate_hz))
    total = np.cumsum(np.pad(steps, (width, 0), mode="edge"))
    return (total[width:] - total[:-width]) / width


def _hz(midi: np.ndarray | float) -> np.ndarray:
    return 440.0 * 2.0 ** ((np.asarray(midi, dtype=np.float64) - 69.0) / 12.0)
