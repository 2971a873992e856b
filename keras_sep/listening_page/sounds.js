"use strict";
// The sound of the page in pieces of some seconds, each its own MP3 file with a margin on both
// sides: in scripts of the page, or in a folder beside it.

const texts = new Map(); // "lane/piece" to base64
const asked = new Map(); // scripts beside the page, by name, to their promises

// called by the scripts that hold the sound
function put(lane, first, pieces) {
  pieces.forEach((text, index) => texts.set(`${lane}/${first + index}`, text));
}

function load(name) {
  if (!asked.has(name)) {
    asked.set(name, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${document.body.dataset.audio}/${name}`;
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

async function decoded(lane, number, context) {
  const key = `${lane}/${number}`;
  if (!texts.has(key)) {
    await load(`${lane}-${Math.floor(number / Number(document.body.dataset.piecesPerScript))}.js`);
  }
  const bytes = Uint8Array.from(atob(texts.get(key)), (letter) => letter.charCodeAt(0));
  return context.decodeAudioData(bytes.buffer);
}
