// The player of all pages: lanes of sound that play in step, each with Mute, Solo and a volume.
//
// The sound of a lane comes in pieces of equal length, with a margin before and after each. Pieces
// are made shortly before they are due and start by one clock, sample by sample; over a joint, one
// fades into the next. So a long song needs no more memory than a short one.

const FADE = 0.01; // seconds
const AHEAD = 3; // seconds before the end of a piece at which the next is made
const STEP = 5; // seconds, of an arrow key
const STILL_MS = 500; // between two places of the cursor where the system asks for less motion

const players = new Set();
const still = matchMedia("(prefers-reduced-motion: reduce)");
let context = null;
let current = null; // the player that was used last

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const pressed = (button) => button.getAttribute("aria-pressed") === "true";
const press = (button, down) => button.setAttribute("aria-pressed", String(down));

/** "1:05" */
export const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/**
 * A player of the markup of keras_sep.listening_page.
 *
 * @param box The element of the class `mixer`.
 * @param lanes Objects `{ row, margin, piece }`: the element of the class `lane`, the seconds before
 *   and after a piece, and a function of a piece's number and the AudioContext, which returns a
 *   promise of its AudioBuffer, or null after the end.
 * @param seconds Length of the sound.
 * @param pieceSeconds Length of a piece without its margins.
 */
export class Player {
  constructor(box, lanes, seconds, pieceSeconds) {
    this.box = box;
    this.length = seconds;
    this.pieceLength = pieceSeconds;
    this.place = 0; // where playing begins, in seconds
    this.started = null; // when it began, by the clock of the sound; null before it is heard
    this.playing = false;
    this.run = 0; // counts starts and stops, so that a start can tell that it is over
    this.sources = new Set();
    this.button = box.querySelector(".play");
    this.slider = box.querySelector(".seek");
    this.time = box.querySelector("output");
    this.problem = box.querySelector(".problem");
    this.lanes = lanes.map((lane) => this.prepared(lane));
    this.button.onclick = () => this.toggle();
    this.slider.max = seconds;
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
    for (const button of box.querySelectorAll(".view")) {
      button.onclick = () => this.show(button.dataset.view);
    }
    players.add(this);
    this.balance();
    this.draw();
  }

  prepared({ row, margin, piece }) {
    const lane = { row, margin, piece, gain: null };
    for (const name of ["mute", "solo", "volume"]) lane[name] = row.querySelector(`.${name}`);
    lane.mute.onclick = () => this.toggleMute(lane);
    lane.solo.onclick = () => this.toggleSolo(lane);
    lane.volume.oninput = () => this.balance();
    const picture = row.querySelector(".picture");
    picture.onclick = (event) => {
      const { left, width } = picture.getBoundingClientRect();
      this.seek((event.clientX - left) / width * this.length);
      if (!this.playing) this.play();
    };
    return lane;
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
    if (current !== this) current?.pause();
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
    this.frame(run);
    try {
      await context.resume();
      const { pieceLength } = this;
      let number = Math.floor(this.place / pieceLength);
      for (; number * pieceLength < this.length; number++) {
        const buffers = await Promise.all(this.lanes.map((lane) => lane.piece(number, context)));
        if (run !== this.run) return;
        this.started ??= context.currentTime + 0.05;
        const start = this.started + number * pieceLength - this.place;
        this.schedule(start, buffers);
        while (start + pieceLength - AHEAD > context.currentTime) {
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
    const end = start + this.pieceLength;
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

  /** One lane at a time, or none. */
  toggleSolo(lane) {
    const down = lane && !pressed(lane.solo);
    for (const other of this.lanes) press(other.solo, down && other === lane);
    this.balance();
  }

  /** Chooses the pictures of all lanes: "spectrogram", "waveform" or "mask". */
  show(view) {
    this.box.dataset.view = view;
    for (const button of this.box.querySelectorAll(".view")) {
      press(button, button.dataset.view === view);
    }
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

  frame(run) {
    if (run !== this.run) return;
    if (this.now() >= this.length) {
      this.pause();
      this.move(0);
      return;
    }
    this.draw();
    if (still.matches) setTimeout(() => this.frame(run), STILL_MS);
    else requestAnimationFrame(() => this.frame(run));
  }

  draw() {
    const now = this.now();
    this.box.style.setProperty("--place", this.length ? now / this.length : 0);
    const text = this.playing ? "Pause" : "Play";
    if (this.button.textContent !== text) this.button.textContent = text;
    this.slider.value = now;
    this.slider.setAttribute("aria-valuetext", `${clock(now)} of ${clock(this.length)}`);
    this.time.textContent = `${clock(now)} / ${clock(this.length)}`;
  }

  /** Answers a key, pressed in one of its lanes or elsewhere; whether it did. */
  answers(event, lane) {
    const { key, target } = event;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    const places = {
      ArrowLeft: this.now() - STEP, ArrowRight: this.now() + STEP, Home: 0, End: this.length,
    };
    const within = this.box.contains(target);
    const volume = target.matches(".volume");
    if (key === " " && !target.matches("button, a")) {
      this.toggle();
      if (!within) this.box.focus({ preventScroll: true });
    } else if (key in places && !volume) this.seek(places[key]);
    else if (lane && !volume && (key === "ArrowUp" || key === "ArrowDown")) {
      const place = this.lanes.indexOf(lane) + (key === "ArrowUp" ? -1 : 1);
      this.lanes[place]?.row.focus();
    } else if (lane && key.toLowerCase() === "s") this.toggleSolo(lane);
    else if (lane && key.toLowerCase() === "m") this.toggleMute(lane);
    else if (within && digit === "0") this.toggleSolo(null);
    else if (within && digit && this.lanes[digit - 1]) {
      if (event.shiftKey) this.toggleMute(this.lanes[digit - 1]);
      else this.toggleSolo(this.lanes[digit - 1]);
    } else return false;
    return true;
  }

  /** Stops for good. */
  close() {
    this.pause();
    players.delete(this);
    if (current === this) current = null;
  }
}

// a button that was clicked hands the keyboard to its lane, so that the space bar plays and pauses
document.addEventListener("click", (event) => {
  if (!event.detail || !event.target.matches(".mixer button")) return;
  event.target.closest(".lane, .mixer").focus({ preventScroll: true });
});

const TYPED = "input:not([type='range']), select, textarea, summary, [contenteditable]";

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches(TYPED)) return;
  const focused = [...players].find((player) => player.box.contains(target));
  const player = focused ?? current ?? [...players][0];
  const row = target.closest(".lane");
  if (player?.answers(event, focused?.lanes.find((lane) => lane.row === row))) {
    event.preventDefault();
  }
});
