// The rows of the result: one for the song, one for each stem.

import { channelsOf } from "./read_sound.js";
import { drawSpectrogram } from "./spectrogram.js";
import { peakOf, wavFile } from "./wav.js";

const template = document.getElementById("lane");
const format = document.getElementById("format");

/**
 * Rows for sounds by name, the first of them the song, muted.
 *
 * @param sounds Pairs of a name and an AudioBuffer.
 * @param song Name of the song without suffix, from which those of files are made.
 * @returns `{ row, sound }` of each.
 */
export function lanesOf(sounds, song) {
  const signals = sounds.map(([, sound]) => channelsOf(sound));
  const loudest = peakOf(signals.slice(1));
  const lanes = sounds.map(([name, sound], index) => {
    const row = template.content.cloneNode(true).querySelector(".lane");
    row.setAttribute("aria-label", name);
    row.querySelector("b").textContent = name;
    row.querySelector(".mute").setAttribute("aria-label", `Mute ${name}`);
    row.querySelector(".mute").setAttribute("aria-pressed", String(index === 0));
    row.querySelector(".solo").setAttribute("aria-label", `Solo ${name}`);
    row.querySelector(".volume").setAttribute("aria-label", `Volume of ${name}`);
    row.querySelector("canvas").setAttribute("aria-label", `Spectrogram of ${name}`);
    const button = row.querySelector(".save");
    button.setAttribute("aria-label", `Save ${name}`);
    if (index === 0) button.remove();
    button.onclick = () => save(`${song} - ${name}.wav`, signals[index], sound.sampleRate, loudest);
    return { row, sound };
  });
  draw(lanes, signals);
  return lanes;
}

async function draw(lanes, signals) {
  const top = 20 * Math.log10(Math.max(1e-3, peakOf(signals))) - 10;
  for (const [index, { row, sound }] of lanes.entries()) {
    await drawSpectrogram(row.querySelector("canvas"), signals[index], sound.sampleRate, top);
  }
}

function save(name, signal, rate, loudest) {
  // stems beyond what 16 bits hold are all turned down alike
  const gain = format.value === "int16" && loudest > 1 ? 1 / loudest : 1;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(wavFile(signal, rate, format.value, gain));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
