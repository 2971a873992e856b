// The rows of the result: one for the song, one for each stem.

import { channelsOf } from "./read_sound.js";
import { drawSpectrogram } from "./spectrogram.js";
import { waveformPath } from "./waveform.js";
import { peakOf, wavFile } from "./wav.js";

const template = document.getElementById("lane");
const format = document.getElementById("format");

/**
 * Rows for sounds by name, the first of them the song, muted.
 *
 * @param sounds Pairs of a name and an AudioBuffer.
 * @param song Name of the song without suffix, from which those of files are made.
 * @returns What the player takes of each.
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
    row.querySelector("svg").setAttribute("aria-label", `Waveform of ${name}`);
    const button = row.querySelector(".save");
    button.setAttribute("aria-label", `Save ${name}`);
    if (index === 0) button.remove();
    button.onclick = () => save(`${song} - ${name}.wav`, signals[index], sound.sampleRate, loudest);
    return { row, margin: 0, piece: async (number) => (number === 0 ? sound : null) };
  });
  draw(lanes.map((lane) => lane.row), signals, sounds[0][1].sampleRate);
  return lanes;
}

async function draw(rows, signals, rate) {
  const peak = peakOf(signals);
  const top = 20 * Math.log10(Math.max(1e-3, peak)) - 10;
  for (const [index, row] of rows.entries()) {
    row.querySelector("path").setAttribute("d", waveformPath(signals[index], peak));
    await drawSpectrogram(row.querySelector("canvas"), signals[index], rate, top);
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
