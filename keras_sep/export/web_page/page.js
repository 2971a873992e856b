// The page: takes a file, lets a worker separate it, shows the stems.

import { channelsOf, readSound } from "./read_sound.js";
import { lanesOf } from "./lanes.js";
import { Mixer } from "./mixer.js";
import { inWords, megabytes, timeLeft } from "./words.js";

const part = (id) => document.getElementById(id);
const input = part("file");
let facts = null; // what model.json says
let worker = null; // while it separates
let mixer = null;
let turn = 0; // counts files and cancellations, so that what is over can be told

function show(state, text = "", problem = "") {
  document.body.dataset.state = state;
  part("running").hidden = state !== "separating";
  part("status").textContent = text;
  part("problem").textContent = problem;
}

function say(text, share) {
  part("status").textContent = text;
  if (share === undefined) part("progress").removeAttribute("value");
  else part("progress").value = share;
}

function stop() {
  turn++;
  worker?.terminate();
  worker = null;
}

function clear() {
  mixer?.close();
  mixer = null;
  part("result").hidden = true;
  part("lanes").replaceChildren();
}

async function take(file) {
  stop();
  clear();
  const own = turn;
  show("separating");
  say(`Reading ${file.name}`);
  try {
    const sound = await readSound(file, facts.sample_rate_hz);
    if (own !== turn) return;
    const stems = await separated(sound);
    if (own !== turn) return;
    present(file.name.replace(/\.[^.]+$/, ""), sound, stems);
  } catch (error) {
    if (own !== turn) return;
    stop();
    input.value = ""; // so that the same file can be chosen again
    show("failed", "", error.message);
  }
}

/** The stems of an AudioBuffer as AudioBuffers, in the order of the model's names. */
function separated(sound) {
  const { length, numberOfChannels, sampleRate } = sound;
  const stems = facts.source_names.map(
    () => new AudioBuffer({ length, numberOfChannels, sampleRate }),
  );
  const signal = channelsOf(sound).map((channel) => channel.slice());
  let begun = 0;
  let done = 0;
  return new Promise((resolve, reject) => {
    worker = new Worker(new URL("separate_worker.js", import.meta.url), { type: "module" });
    worker.onerror = () => reject(new Error("The part of the page that separates did not start."));
    worker.onmessage = ({ data }) => {
      if (data.loaded) {
        say(`Loading the model, ${megabytes(facts.bytes)}`, data.loaded / facts.bytes);
      } else if (data.begun) {
        begun = performance.now();
        say("Separating");
      } else if (data.piece) {
        data.piece.forEach((stem, source) => stem.forEach((channel, index) => {
          stems[source].copyToChannel(channel, index, done);
        }));
        done = data.done;
        const left = timeLeft(performance.now() - begun, done, length);
        say(`Separating, ${Math.floor(100 * done / length)} %, ${left}`, done / length);
      } else if (data.problem) {
        reject(new Error(data.problem));
      } else if (data.finished) {
        worker.terminate();
        worker = null;
        document.body.dataset.seconds = (performance.now() - begun) / 1000;
        resolve(stems);
      }
    };
    worker.postMessage({ signal, facts }, signal.map((channel) => channel.buffer));
  });
}

function present(song, sound, stems) {
  const named = facts.source_names.map((name, index) => [name, stems[index]]);
  const lanes = lanesOf([["mixture", sound], ...named], song);
  part("song").textContent = song;
  part("lanes").replaceChildren(...lanes.map((lane) => lane.row));
  part("result").hidden = false;
  mixer = new Mixer(document.querySelector(".mixer"), lanes);
  show("done", "Done.");
}

input.onchange = () => {
  if (input.files.length) take(input.files[0]);
};
part("cancel").onclick = () => {
  stop();
  input.value = "";
  show("ready", "Cancelled.");
  input.focus();
};

for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle("over", kind === "dragover");
    const [file] = kind === "drop" ? event.dataTransfer.files : [];
    if (file && facts) take(file);
  });
}

try {
  const response = await fetch(new URL("model.json", import.meta.url));
  if (!response.ok) throw new Error(`the server says ${response.status}`);
  facts = await response.json();
  part("about").textContent =
    `This page separates recordings into stems: ${inWords(facts.source_names)}.`;
  part("license").textContent = facts.license ? `Model: ${facts.license}` : "";
  input.disabled = false;
  show("ready");
} catch (error) {
  show("failed", "", `model.json could not be loaded: ${error.message}.`);
}
