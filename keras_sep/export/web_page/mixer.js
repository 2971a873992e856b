// Players of the song and its stems, all in step.

const FADE = 0.01; // seconds

const pressed = (button) => button.getAttribute("aria-pressed") === "true";
const press = (button, down) => button.setAttribute("aria-pressed", String(down));
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Plays lanes, `{ row, sound }` each, from one clock; only those that are not muted are heard. */
export class Mixer {
  constructor(box, lanes) {
    this.box = box;
    this.lanes = lanes.map((lane) => this.prepared(lane));
    this.length = lanes[0].sound.duration;
    this.place = 0; // where playing begins, in seconds
    this.started = null; // when it began, by the clock of the sound; null while it does not play
    this.context = null;
    this.button = box.querySelector(".play");
    this.slider = box.querySelector(".seek");
    this.time = box.querySelector("output");
    this.slider.max = this.length;
    this.button.onclick = () => (this.started === null ? this.play() : this.pause());
    this.slider.oninput = () => this.seek(Number(this.slider.value));
    this.balance();
    this.draw();
  }

  prepared({ row, sound }) {
    const lane = { row, sound, gain: null, source: null };
    for (const name of ["mute", "solo", "volume"]) lane[name] = row.querySelector(`.${name}`);
    lane.mute.onclick = () => {
      press(lane.mute, !pressed(lane.mute));
      this.balance();
    };
    lane.solo.onclick = () => { // one lane at a time, or none
      const down = !pressed(lane.solo);
      for (const other of this.lanes) press(other.solo, down && other === lane);
      this.balance();
    };
    lane.volume.oninput = () => this.balance();
    const picture = row.querySelector(".picture");
    picture.onclick = (event) => {
      const { left, width } = picture.getBoundingClientRect();
      this.seek((event.clientX - left) / width * this.length);
    };
    return lane;
  }

  now() {
    const gone = this.started === null ? 0 : this.context.currentTime - this.started;
    return Math.min(this.length, this.place + Math.max(0, gone));
  }

  play() {
    this.context ??= new AudioContext();
    this.context.resume();
    if (this.place >= this.length) this.place = 0;
    this.started = this.context.currentTime + 0.05;
    for (const lane of this.lanes) {
      lane.gain = this.context.createGain();
      lane.source = this.context.createBufferSource();
      lane.source.buffer = lane.sound;
      lane.source.connect(lane.gain).connect(this.context.destination);
      lane.source.start(this.started, this.place);
    }
    this.balance(true);
    this.frame();
  }

  pause() {
    if (this.started === null) return;
    this.place = this.now();
    this.started = null;
    for (const lane of this.lanes) {
      lane.gain.gain.setTargetAtTime(0, this.context.currentTime, FADE / 3); // without a click
      lane.source.stop(this.context.currentTime + 5 * FADE);
      lane.gain = null;
    }
    this.draw();
  }

  seek(place) {
    const playing = this.started !== null;
    this.pause();
    this.place = Math.min(this.length, Math.max(0, place));
    if (playing) this.play();
    else this.draw();
  }

  balance(atOnce = false) {
    const solo = this.lanes.some((lane) => pressed(lane.solo));
    for (const lane of this.lanes) {
      const heard = solo ? pressed(lane.solo) : !pressed(lane.mute);
      const level = heard ? Number(lane.volume.value) : 0;
      lane.row.classList.toggle("silent", !heard);
      if (lane.gain === null) continue;
      if (atOnce) lane.gain.gain.value = level;
      else lane.gain.gain.setTargetAtTime(level, this.context.currentTime, FADE);
    }
  }

  frame() {
    if (this.started === null) return;
    if (this.now() >= this.length) {
      this.pause();
      this.seek(0);
      return;
    }
    this.draw();
    requestAnimationFrame(() => this.frame());
  }

  draw() {
    const now = this.now();
    this.box.style.setProperty("--place", now / this.length);
    this.button.textContent = this.started === null ? "Play" : "Pause";
    this.slider.value = now;
    this.slider.setAttribute("aria-valuetext", `${clock(now)} of ${clock(this.length)}`);
    this.time.textContent = `${clock(now)} / ${clock(this.length)}`;
  }

  /** Stops for good. */
  close() {
    this.pause();
    this.context?.close();
  }
}
