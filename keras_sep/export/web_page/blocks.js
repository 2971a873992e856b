// Separating a long signal block by block, with overlap and cross-fade, as
// keras_sep.inference.separate_blocks does. A signal is an array of channels, each a Float32Array;
// stems are an array of signals.

import { continueOrder } from "./continue_order.js";

const cut = (stems, begin, end) =>
  stems.map((stem) => stem.map((channel) => channel.slice(begin, end)));

function crossFade(before, after, begin, length) {
  return after.map((stem, source) => stem.map((channel, index) => {
    const old = before[source][index];
    return Float32Array.from({ length }, (_, place) => {
      const rise = (place + 0.5) / length;
      return (1 - rise) * old[begin + place] + rise * channel[begin + place];
    });
  }));
}

/** The lengths of the blocks of a signal of so many samples. */
export function blockLengths(samples, { stride, context }) {
  const block = stride + 2 * context;
  const count = 1 + Math.max(0, Math.ceil((samples - block) / stride));
  return Array.from({ length: count }, (_, index) => Math.min(block, samples - index * stride));
}

/**
 * The stems of a signal, in pieces that follow each other without gap or overlap.
 *
 * @param separate Function from a signal to a promise of its stems, for any number of samples.
 * @param signal The signal.
 * @param grid Samples from block to block (`stride`), shared on either side (`context`), and of a
 *   cross-fade (`fade`).
 * @param interchangeable Whether `separate` may return the stems in another order for every block.
 */
export async function* separateBlocks(separate, signal, grid, interchangeable = false) {
  const { stride, context } = grid;
  const half = Math.floor(grid.fade / 2);
  const lengths = blockLengths(signal[0].length, grid);
  let before = null; // the previous block's stems, from the start of this one
  for (const [index, length] of lengths.entries()) {
    const start = index * stride;
    const last = index === lengths.length - 1;
    let stems = await separate(signal.map((channel) => channel.subarray(start, start + length)));
    let begin = 0;
    if (before !== null) {
      const shared = before[0][0].length;
      if (interchangeable && shared) {
        const order = continueOrder(before, cut(stems, 0, shared));
        stems = order.map((source) => stems[source]);
      }
      begin = context + half;
      yield crossFade(before, stems, context - half, 2 * half);
    }
    yield cut(stems, begin, last ? length : stride + context - half);
    before = cut(stems, stride);
  }
}
