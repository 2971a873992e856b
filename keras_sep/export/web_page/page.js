// The page: takes a file, lets a worker separate it, shows the stems.

import { channelsOf, readSound } from "./read_sound.js";
import { lanesOf } from "./lanes.js";
import { Player } from "./player.js";
import { Progress } from "./progress.js";
import { inWords, megabytes } from "./words.js";

const REDRAWN_MS = 500;
const PACE = `keras_sep ${location.pathname}`; // under which that of last time is remembered

const part = (id) => document.getElementById(id);
const input = part("file");
let facts = null; // what model.json says
let worker = null; // while it separates
let clock = null; // that redraws the progress of the worker
let player = null;
let turn = 0; // counts files and cancellations, so that what is over can be told

function show(state, text = "", problem = "") {
  document.body.dataset.state = state;
  part("running").hidden = state !== "separating";
  part("status").textContent = text;
  part("problem").textContent = problem;
}

function say(text) {
  if (part("status").textContent !== text) part("status").textContent = text;
}

function showProgress(share, text = "") {
  if (share === null) part("progress").removeAttribute("value");
  else part("progress").value = share;
  part("left").textContent = text;
}

/** Ends the worker, if there is one. */
function stop() {
  worker?.terminate();
  worker = null;
  clearInterval(clock);
}

function clear() {
  player?.close();
  player = null;
  part("result").hidden = true;
  part("lanes").replaceChildren();
}

async function take(file) {
  stop();
  clear();
  const own = ++turn;
  show("separating");
  showProgress(null);
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
  let progress = null;
  let done = 0;
  const draw = () => {
    const now = performance.now();
    showProgress(progress.share(now), progress.words(now));
  };
  return new Promise((resolve, reject) => {
    worker = new Worker(new URL("separate_worker.js", import.meta.url), { type: "module" });
    worker.onerror = () => reject(new Error("The part of the page that separates did not start."));
    worker.onmessage = ({ data }) => {
      if (data.loaded) {
        say(`Loading the model, ${megabytes(facts.bytes)}`);
        showProgress(data.loaded / facts.bytes);
      } else if (data.begun) {
        say("Separating");
        progress = new Progress(length, facts.blocks, performance.now(), remembered());
        clock = setInterval(draw, REDRAWN_MS);
        draw();
      } else if (data.separated) {
        remember(progress.add(data.separated, performance.now()));
        draw();
      } else if (data.piece) {
        data.piece.forEach((stem, source) => stem.forEach((channel, index) => {
          stems[source].copyToChannel(channel, index, done);
        }));
        done += data.piece[0][0].length;
      } else if (data.problem) {
        reject(new Error(data.problem));
      } else if (data.finished) {
        stop();
        resolve(stems);
      }
    };
    worker.postMessage({ signal, facts }, signal.map((channel) => channel.buffer));
  });
}

// where pages may not remember anything, they do without

function remembered() {
  try {
    return Number(localStorage.getItem(PACE)) || null;
  } catch {
    return null;
  }
}

function remember(pace) {
  try {
    localStorage.setItem(PACE, pace);
  } catch { /* as above */ }
}

function present(song, sound, stems) {
  const named = facts.source_names.map((name, index) => [name, stems[index]]);
  const lanes = lanesOf([["mixture", sound], ...named], song);
  part("song").textContent = song;
  part("lanes").replaceChildren(...lanes.map((lane) => lane.row));
  part("result").hidden = false;
  player = new Player(document.querySelector(".mixer"), lanes, sound.duration, sound.duration);
  show("done", "Done.");
}

input.onchange = () => {
  if (input.files.length) take(input.files[0]);
};
part("cancel").onclick = () => {
  turn++;
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
