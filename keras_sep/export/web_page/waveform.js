// Waveforms, as keras_sep.plots draws them.

const WIDTH = 720;
const HEIGHT = 180;

/** The outline of a signal as the attribute `d` of a path; `full` is the level at the upper edge. */
export function waveformPath(signal, full) {
  const samples = signal[0].length;
  const columns = Math.min(samples, WIDTH);
  const highest = new Float32Array(columns).fill(-Infinity);
  const lowest = new Float32Array(columns).fill(Infinity);
  for (const channel of signal) {
    for (let place = 0; place < samples; place++) {
      const column = Math.floor(place * columns / samples);
      if (channel[place] > highest[column]) highest[column] = channel[place];
      if (channel[place] < lowest[column]) lowest[column] = channel[place];
    }
  }
  const point = (value, column) => {
    const share = Math.max(-1, Math.min(1, value / Math.max(full, 1e-9)));
    return `${Math.round(10 * column * WIDTH / columns) / 10} ${Math.round(HEIGHT / 2 * (1 - share))}`;
  };
  const top = Array.from(highest, point);
  const bottom = Array.from(lowest, point).reverse();
  return `M${[...top, ...bottom].join("L")}Z`;
}
