// The number of channels that a model wants, of a signal that has another.

/** The same signal in another number of channels: their mean, or one copied. */
export function withChannels(signal, count) {
  if (signal.length === count) return signal;
  const [first, ...others] = signal;
  const mono = others.length === 0 ? first : first.map((sample, place) =>
    others.reduce((sum, channel) => sum + channel[place], sample) / signal.length);
  return Array.from({ length: count }, (_, index) => (index === 0 ? mono : mono.slice()));
}

/** One Float32Array, sample by sample, as networks take it. */
export function interleaved(signal) {
  const count = signal.length;
  const samples = new Float32Array(count * signal[0].length);
  signal.forEach((channel, index) => {
    for (let place = 0; place < channel.length; place++) samples[place * count + index] = channel[place];
  });
  return samples;
}

/** The channels of what `interleaved` returns. */
export function deinterleaved(samples, count) {
  const length = samples.length / count;
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from({ length }, (__, place) => samples[place * count + index]));
}
