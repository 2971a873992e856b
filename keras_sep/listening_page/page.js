"use strict";
// A mixer plays all its lanes in step: their sound comes in pieces of some seconds, each an MP3 file
// of its own with a margin on both sides. Pieces are decoded shortly before they are due and start
// by one clock, sample by sample; over a joint, one fades into the next. So a long song needs no
// more memory than a short one.

const PIECE = Number(document.body.dataset.pieceSeconds);
const PER_SCRIPT = Number(document.body.dataset.piecesPerScript);
const FOLDER = document.body.dataset.audio;
const FADE = 0.01; // seconds
const AHEAD = 3; // seconds before the end of a piece at which the next is decoded

const texts = new Map(); // "lane/piece" to base64
const asked = new Map(); // scripts beside the page, by name, to their promises
const mixers = [];
let context = null;
let current = null; // the mixer that was used last

// called by the scripts that hold the sound
function put(lane, first, pieces) {
  pieces.forEach((text, index) => texts.set(`${lane}/${first + index}`, text));
}

function load(name) {
  if (!asked.has(name)) {
    asked.set(name, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${FOLDER}/${name}`;
      script.onload = resolve;
      script.onerror = () => {
        asked.delete(name);
        reject(new Error(`${script.src} is missing: keep its folder beside the page.`));
      };
      document.head.append(script);
    }));
  }
  return asked.get(name);
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

class Lane {
  constructor(row, mixer) {
    this.row = row;
    this.number = row.dataset.lane;
    this.pieces = Number(row.dataset.pieces);
    this.margin = Number(row.dataset.marginSeconds);
    this.mute = row.querySelector(".mute");
    this.solo = row.querySelector(".solo");
    this.volume = row.querySelector(".volume");
    this.gain = null;
    this.mute.onclick = () => mixer.toggleMute(this);
    this.solo.onclick = () => mixer.toggleSolo(this);
    this.volume.oninput = () => mixer.balance();
    const picture = row.querySelector(".picture");
    picture.onclick = (event) => {
      const box = picture.getBoundingClientRect();
      mixer.seek((event.clientX - box.left) / box.width * mixer.length);
      if (!mixer.playing) mixer.play();
    };
  }

  async piece(number) {
    if (number >= this.pieces) return null;
    const key = `${this.number}/${number}`;
    if (!texts.has(key)) await load(`${this.number}-${Math.floor(number / PER_SCRIPT)}.js`);
    const bytes = Uint8Array.from(atob(texts.get(key)), (letter) => letter.charCodeAt(0));
    return context.decodeAudioData(bytes.buffer);
  }
}

const pressed = (button) => button.getAttribute("aria-pressed") === "true";
const press = (button, down) => button.setAttribute("aria-pressed", String(down));

class Mixer {
  constructor(box) {
    this.box = box;
    this.length = Number(box.dataset.seconds);
    this.place = 0; // where playing begins, in seconds
    this.started = null; // when it began, by the clock of the sound; null before it is heard
    this.playing = false;
    this.run = 0; // counts starts and stops, so that a start can tell that it is over
    this.sources = new Set();
    this.button = box.querySelector(".play");
    this.slider = box.querySelector(".seek");
    this.time = box.querySelector("output");
    this.problem = box.querySelector(".problem");
    this.lanes = [...box.querySelectorAll(".lane")].map((row) => new Lane(row, this));
    this.button.onclick = () => this.toggle();
    let resume = false;
    this.slider.oninput = () => {
      const place = Number(this.slider.value); // before drawing sets it back
      resume ||= this.playing;
      this.pause();
      this.move(place);
    };
    this.slider.onchange = () => {
      if (resume) this.play();
      resume = false;
    };
    this.balance();
    this.draw();
  }

  now() {
    const gone = this.started === null ? 0 : Math.max(0, context.currentTime - this.started);
    return Math.min(this.length, this.place + gone);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  async play() {
    if (current && current !== this) current.pause();
    current = this;
    context ??= new AudioContext();
    if (this.place >= this.length) this.place = 0;
    const run = ++this.run;
    this.playing = true;
    this.problem.textContent = "";
    this.output = context.createGain();
    this.output.connect(context.destination);
    for (const lane of this.lanes) {
      lane.gain = context.createGain();
      lane.gain.connect(this.output);
    }
    this.balance(true);
    this.frame();
    try {
      await context.resume();
      for (let number = Math.floor(this.place / PIECE); number * PIECE < this.length; number++) {
        const buffers = await Promise.all(this.lanes.map((lane) => lane.piece(number)));
        if (run !== this.run) return;
        this.started ??= context.currentTime + 0.05;
        const start = this.started + number * PIECE - this.place;
        this.schedule(start, buffers);
        while (start + PIECE - AHEAD > context.currentTime) {
          await wait(250);
          if (run !== this.run) return;
        }
      }
    } catch (error) {
      if (run === this.run) this.pause();
      this.problem.textContent = error.message;
    }
  }

  schedule(start, buffers) {
    const end = start + PIECE;
    // inside a piece if playing begins there, or if it was decoded late: all lanes alike
    const begin = Math.max(start, this.started, context.currentTime + 0.005);
    if (begin >= end) return;
    buffers.forEach((buffer, index) => {
      if (buffer === null) return;
      const lane = this.lanes[index];
      const source = context.createBufferSource();
      const fade = context.createGain();
      source.buffer = buffer;
      fade.gain.setValueAtTime(0, begin);
      fade.gain.linearRampToValueAtTime(1, begin + FADE);
      fade.gain.setValueAtTime(1, end);
      fade.gain.linearRampToValueAtTime(0, end + FADE);
      source.connect(fade).connect(lane.gain);
      source.start(begin, lane.margin + begin - start, end + FADE - begin);
      this.sources.add(source);
      source.onended = () => {
        this.sources.delete(source);
        fade.disconnect();
      };
    });
  }

  pause() {
    if (!this.playing) return;
    this.place = this.now();
    this.started = null;
    this.playing = false;
    this.run++;
    this.output.gain.setTargetAtTime(0, context.currentTime, FADE / 3); // without a click
    for (const source of this.sources) source.stop(context.currentTime + 5 * FADE);
    this.draw();
  }

  move(place) {
    this.place = Math.min(this.length, Math.max(0, place));
    this.draw();
  }

  seek(place) {
    const { playing } = this;
    this.pause();
    this.move(place);
    if (playing && this.place < this.length) this.play();
  }

  toggleMute(lane) {
    press(lane.mute, !pressed(lane.mute));
    this.balance();
  }

  // one lane at a time, or none
  toggleSolo(lane) {
    const down = lane && !pressed(lane.solo);
    for (const other of this.lanes) press(other.solo, down && other === lane);
    this.balance();
  }

  balance(atOnce = false) {
    const solo = this.lanes.some((lane) => pressed(lane.solo));
    for (const lane of this.lanes) {
      const heard = solo ? pressed(lane.solo) : !pressed(lane.mute);
      const level = heard ? Number(lane.volume.value) : 0;
      lane.row.classList.toggle("silent", !heard);
      if (!lane.gain) continue;
      if (atOnce) lane.gain.gain.value = level;
      else lane.gain.gain.setTargetAtTime(level, context.currentTime, FADE);
    }
  }

  frame() {
    if (!this.playing) return;
    if (this.now() >= this.length) {
      this.pause();
      this.move(0);
      return;
    }
    this.draw();
    requestAnimationFrame(() => this.frame());
  }

  draw() {
    const now = this.now();
    this.box.style.setProperty("--place", this.length ? now / this.length : 0);
    this.button.textContent = this.playing ? "Pause" : "Play";
    this.slider.value = now;
    this.slider.setAttribute("aria-valuetext", `${clock(now)} of ${clock(this.length)}`);
    this.time.textContent = `${clock(now)} / ${clock(this.length)}`;
  }
}

for (const box of document.querySelectorAll(".mixer")) mixers.push(new Mixer(box));

// a button that was clicked lets go of the keyboard, so that the space bar plays and pauses
document.addEventListener("click", (event) => {
  if (event.detail && event.target.matches("button")) event.target.blur();
});

document.addEventListener("keydown", (event) => {
  const mixer = current || mixers[0];
  if (!mixer || event.ctrlKey || event.metaKey || event.altKey) return;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  const places = {
    ArrowLeft: mixer.now() - 5, ArrowRight: mixer.now() + 5, Home: 0, End: mixer.length,
  };
  if (event.key === " " && !event.target.matches("button")) mixer.toggle();
  else if (event.key in places && !event.target.matches(".volume")) mixer.seek(places[event.key]);
  else if (digit && digit[1] === "0") mixer.toggleSolo(null);
  else if (digit && mixer.lanes[digit[1] - 1]) {
    const lane = mixer.lanes[digit[1] - 1];
    if (event.shiftKey) mixer.toggleMute(lane);
    else mixer.toggleSolo(lane);
  } else return;
  event.preventDefault();
});
