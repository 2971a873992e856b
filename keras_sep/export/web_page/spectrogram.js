// Spectrograms on a mel scale, as keras_sep.plots draws them.

const FLOOR_DB = -70;
const LOWEST_HZ = 40;
const FRAMES_PER_COLUMN = 8; // at most
// from silence to full level, ever lighter: also without colour, the louder is the brighter
const COLOURS = [
  [3, 3, 12], [47, 20, 93], [128, 33, 122], [212, 62, 93], [248, 140, 66], [252, 240, 190],
];
const PAUSE_MS = 12; // of work, after which the page is let breathe

/** Draws a signal on a canvas; `top` is the level of the brightest colour in dB. */
export async function drawSpectrogram(canvas, signal, rate, top) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for await (const [column, levels] of columnsOf(signal, rate, width, height)) {
    levels.forEach((level, row) => {
      const colour = colourOf((level - top) / -FLOOR_DB + 1);
      image.data.set([...colour, 255], 4 * (row * width + column));
    });
  }
  context.putImageData(image, 0, 0);
}

function colourOf(shade) {
  const place = Math.max(0, Math.min(1, shade)) * (COLOURS.length - 1);
  const below = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[below].map((from, part) =>
    Math.round(from + (place - below) * (COLOURS[below + 1][part] - from)));
}

/** Pairs of a column and its levels in dB, from the highest frequency down. */
export async function* columnsOf(signal, rate, width, height) {
  const samples = signal[0].length;
  const frame = 2 ** Math.round(Math.log2(0.046 * rate)); // 2048 at 44100 Hz
  const hop = Math.max(frame / 4, Math.ceil(samples / (FRAMES_PER_COLUMN * width)));
  const frames = 1 + Math.floor(samples / hop);
  const spectrum = new PowerSpectrum(frame);
  const rows = rowsOf(rate, frame, height);
  let worked = performance.now();
  for (let column = 0; column < width; column++) {
    const first = Math.floor(column * frames / width);
    const end = Math.max(Math.ceil((column + 1) * frames / width), first + 1);
    const largest = new Float64Array(height);
    for (let number = first; number < end && number < frames; number++) {
      const power = spectrum.of(signal, number * hop - frame / 2);
      rows.forEach((row, index) => { largest[index] = Math.max(largest[index], row(power)); });
    }
    yield [column, Array.from(largest, (power) => 10 * Math.log10(Math.max(power, 1e-12)))];
    if (performance.now() - worked > PAUSE_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      worked = performance.now();
    }
  }
}

/** For each row of a picture a function from the power in bins to that at the row's frequency. */
function rowsOf(rate, frame, height) {
  const low = Math.log1p(LOWEST_HZ / 700);
  const high = Math.log1p(rate / 2 / 700);
  const bins = Array.from({ length: height }, (_, row) =>
    700 * Math.expm1(high + (low - high) * row / (height - 1)) / rate * frame);
  return bins.map((bin, row) => {
    const above = bins[Math.max(row - 1, 0)];
    const under = bins[Math.min(row + 1, height - 1)];
    const neighbours = row === 0 || row === height - 1 ? 1 : 2;
    const span = Math.max((above - under) / neighbours / 2, 0.5);
    if (span > 1) { // the loudest of many, so that partials do not fall between rows
      const first = Math.max(Math.trunc(bin - span), 0);
      const last = Math.min(Math.trunc(bin + span) + 1, frame / 2);
      return (power) => power.subarray(first, last + 1).reduce((a, b) => Math.max(a, b), 0);
    }
    const below = Math.max(0, Math.min(Math.floor(bin), frame / 2 - 1));
    const share = Math.max(0, Math.min(1, bin - below));
    return (power) => power[below] * (1 - share) + power[below + 1] * share;
  });
}

/** The power of frames under a Hann window, 1 for a sine of amplitude 1. */
export class PowerSpectrum {
  constructor(length) {
    this.length = length;
    this.window = Float64Array.from({ length }, (_, place) =>
      0.5 - 0.5 * Math.cos(2 * Math.PI * place / length));
    this.cosine = Float64Array.from({ length: length / 2 }, (_, k) =>
      Math.cos(2 * Math.PI * k / length));
    this.sine = Float64Array.from({ length: length / 2 }, (_, k) =>
      Math.sin(2 * Math.PI * k / length));
    this.real = new Float64Array(length);
    this.imaginary = new Float64Array(length);
    this.power = new Float64Array(length / 2 + 1);
  }

  /** Mean power of one or two channels, of the frame that begins at a sample. */
  of(signal, start) {
    const { length, window, real, imaginary, power } = this;
    const [left, right] = signal; // two real signals in one complex transform
    for (let place = 0; place < length; place++) {
      real[place] = window[place] * (left[start + place] ?? 0);
      imaginary[place] = right ? window[place] * (right[start + place] ?? 0) : 0;
    }
    this.transform();
    const scale = 2 * signal.length * (length / 4) ** 2;
    for (let bin = 0; bin <= length / 2; bin++) {
      const mirror = (length - bin) % length;
      power[bin] = (real[bin] ** 2 + imaginary[bin] ** 2
        + real[mirror] ** 2 + imaginary[mirror] ** 2) / scale;
    }
    return power;
  }

  /** The fast Fourier transform of Cooley and Tukey, in place. */
  transform() {
    const { length, real, imaginary, cosine, sine } = this;
    for (let place = 1, mirrored = 0; place < length; place++) {
      let bit = length >> 1;
      for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
      mirrored ^= bit;
      if (place < mirrored) {
        [real[place], real[mirrored]] = [real[mirrored], real[place]];
        [imaginary[place], imaginary[mirrored]] = [imaginary[mirrored], imaginary[place]];
      }
    }
    for (let half = 1; half < length; half *= 2) {
      const step = length / (2 * half);
      for (let start = 0; start < length; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k;
          const b = a + half;
          const re = real[b] * cosine[k * step] + imaginary[b] * sine[k * step];
          const im = imaginary[b] * cosine[k * step] - real[b] * sine[k * step];
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
      }
    }
  }
}
