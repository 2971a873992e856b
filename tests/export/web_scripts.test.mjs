// Run by test_web_scripts.py, which says what Python makes of the same numbers.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

const { WEB_PAGE: page, WEB_CASES: folder } = process.env;
const load = (name) => import(pathToFileURL(join(page, name)));
const cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf-8"));
const signalOf = (channels) => channels.map((channel) => Float32Array.from(channel));

function close(found, wanted, tolerance, what) {
  assert.equal(found.length, wanted.length, `${what}: length`);
  found.forEach((number, place) => {
    const error = Math.abs(number - wanted[place]);
    assert.ok(error <= tolerance, `${what}: ${number} for ${wanted[place]} at ${place}`);
  });
}

test("blocks are joined as in Python", async () => {
  const { separateBlocks } = await load("blocks.js");
  for (const { grid, interchangeable, signal, stems } of cases.blocks) {
    let calls = 0;
    const separate = async (block) => {
      calls++;
      const made = [
        block.map((channel) => channel.map((sample, place) => sample + place / 1000)),
        block.map((channel) => channel.map((sample, place) => sample * sample - place / 1000)),
        block.map((channel) => channel.map((sample) => -sample)),
      ];
      return calls % 2 === 0 ? made.reverse() : made;
    };
    const found = stems.map((stem) => stem.map(() => []));
    for await (const piece of separateBlocks(separate, signalOf(signal), grid, interchangeable)) {
      piece.forEach((stem, source) => stem.forEach((channel, index) => {
        found[source][index].push(...channel);
      }));
    }
    const what = `${JSON.stringify(grid)} ${signal[0].length} ${interchangeable}`;
    // both round to float32 after every operation or at the end
    stems.forEach((stem, source) => stem.forEach((channel, index) => {
      close(found[source][index], channel, 1e-6, what);
    }));
  }
});

test("blocks have the lengths of Python", async () => {
  const { blockLengths } = await load("blocks.js");
  for (const { grid, signal, lengths } of cases.blocks) {
    assert.deepEqual(blockLengths(signal[0].length, grid), lengths);
  }
});

test("progress goes on within a block, by the pace of those before", async () => {
  const { Progress } = await load("progress.js");
  const grid = { stride: 60, context: 20, fade: 10 };
  const progress = new Progress(200, grid, 5000); // blocks of 100, 100 and 80 samples
  assert.equal(progress.share(7000), null);
  assert.equal(progress.words(7000), "");
  assert.equal(progress.add(100, 15_000), 100); // ten seconds: 100 ms a sample
  assert.equal(progress.share(15_000), 100 / 280);
  assert.equal(progress.words(15_000), "35 %, 18 seconds left");
  assert.equal(progress.share(20_000), 150 / 280);
  assert.equal(progress.share(90_000), 198 / 280); // the block takes longer than was thought
  progress.add(100, 25_000);
  progress.add(80, 33_000);
  assert.equal(progress.share(33_000), 1);
  const again = new Progress(200, grid, 0, 1000); // at the pace of an earlier one, a second
  assert.equal(again.words(10_000), "3 %, 5 minutes left");
});

test("orders are those of scipy", async () => {
  const { bestAssignment } = await load("continue_order.js");
  for (const { matrix, order } of cases.assignments) {
    assert.deepEqual(bestAssignment(matrix), order);
  }
});

test("silence keeps its order", async () => {
  const { continueOrder } = await load("continue_order.js");
  const silent = [1, 2, 3].map(() => [new Float32Array(10)]);
  assert.deepEqual(continueOrder(silent, silent), [0, 1, 2]);
});

test("spectrograms have the levels of keras_sep.plots", async () => {
  const { columnsOf } = await load("spectrogram.js");
  for (const { signal, rate, levels } of cases.spectrograms) {
    for await (const [column, found] of columnsOf(signalOf(signal), rate, 31, 180)) {
      // float32 there; below -90 dB it is all rounding
      const wanted = levels.map((row) => Math.max(row[column], -90));
      close(found.map((level) => Math.max(level, -90)), wanted, 0.02, `column ${column}`);
    }
  }
});

test("waveforms are those of keras_sep.plots", async () => {
  const { waveformPath } = await load("waveform.js");
  const numbers = (path) => path.match(/-?[0-9.]+/g).map(Number);
  for (const { signal, path } of cases.waveforms) {
    const found = waveformPath(signalOf(signal), 0.5);
    assert.equal(found.replace(/[0-9.]+/g, ""), path.replace(/[0-9.]+/g, ""));
    close(numbers(found), numbers(path), 1, "path"); // halves are rounded the other way
  }
});

test("channels are averaged or copied, and interleaved", async () => {
  const { deinterleaved, interleaved, withChannels } = await load("channels.js");
  const stereo = signalOf([[1, 2], [3, 6]]);
  assert.deepEqual(withChannels(stereo, 1), signalOf([[2, 4]]));
  assert.deepEqual(withChannels(withChannels(stereo, 1), 2), signalOf([[2, 4], [2, 4]]));
  assert.equal(withChannels(stereo, 2), stereo);
  assert.deepEqual(interleaved(stereo), Float32Array.of(1, 3, 2, 6));
  assert.deepEqual(deinterleaved(interleaved(stereo), 2), stereo);
});

test("WAV files are written", async () => {
  const { peakOf, wavFile } = await load("wav.js");
  const sound = signalOf(cases.sound);
  assert.equal(peakOf([sound]), Math.max(...sound.map((c) => Math.max(...c.map(Math.abs)))));
  for (const [format, gain] of [["float32", 1], ["int16", 0.5]]) {
    const file = wavFile(sound, 8000, format, gain);
    writeFileSync(join(folder, `${format}.wav`), Buffer.from(await file.arrayBuffer()));
  }
});
