// How far a separation has come, and how long it will take, also within a block.

import { blockLengths } from "./blocks.js";
import { timeLeft } from "./words.js";

const MOST = 0.98; // of a block, as long as it is not done

/**
 * The progress of a separation. Work is counted in samples of blocks, those that neighbours share
 * twice.
 *
 * @param samples Length of the signal.
 * @param grid Its blocks, as for `separateBlocks`.
 * @param now Time in milliseconds, as in the methods.
 * @param pace Milliseconds per sample of an earlier separation, or null.
 */
export class Progress {
  constructor(samples, grid, now, pace = null) {
    this.blocks = blockLengths(samples, grid);
    this.all = this.blocks.reduce((sum, length) => sum + length, 0);
    this.done = 0;
    this.pace = pace;
    this.started = this.latest = now;
  }

  /** Counts a block of this length; returns the milliseconds per sample so far. */
  add(length, now) {
    this.blocks.shift();
    this.done += length;
    this.latest = now;
    this.pace = (now - this.started) / this.done;
    return this.pace;
  }

  /** How much is done, from 0 to 1, or null where that cannot be told yet. */
  share(now) {
    if (this.pace === null) return null;
    const [block = 0] = this.blocks;
    return (this.done + Math.min((now - this.latest) / this.pace, MOST * block)) / this.all;
  }

  /** "46 %, 20 seconds left" */
  words(now) {
    const share = this.share(now);
    if (share === null) return "";
    const left = timeLeft(this.pace * this.all * (1 - share));
    return `${Math.floor(100 * share)} %, ${left}`;
  }
}
