// WAV files.

const FORMATS = { int16: { code: 1, bytes: 2 }, float32: { code: 3, bytes: 4 } };

/**
 * A WAV file as a Blob.
 *
 * @param channels A Float32Array per channel.
 * @param rate Sample rate in Hz.
 * @param format "int16" or "float32".
 * @param gain Factor of all samples.
 */
export function wavFile(channels, rate, format, gain = 1) {
  const { code, bytes } = FORMATS[format];
  const count = channels.length;
  const size = channels[0].length * count * bytes;
  const header = new DataView(new ArrayBuffer(58));
  let place = 0;
  const text = (letters) => {
    for (const letter of letters) header.setUint8(place++, letter.charCodeAt(0));
  };
  const short = (number) => header.setUint16((place += 2) - 2, number, true);
  const long = (number) => header.setUint32((place += 4) - 4, number, true);
  text("RIFF"), long(50 + size), text("WAVE");
  text("fmt "), long(18), short(code), short(count), long(rate);
  long(rate * count * bytes), short(count * bytes), short(8 * bytes), short(0);
  text("fact"), long(4), long(channels[0].length);
  text("data"), long(size);
  return new Blob([header, body(channels, bytes, gain)], { type: "audio/wav" });
}

function body(channels, bytes, gain) {
  const count = channels.length;
  const view = new DataView(new ArrayBuffer(channels[0].length * count * bytes));
  channels.forEach((channel, index) => {
    for (let place = 0; place < channel.length; place++) {
      const at = (place * count + index) * bytes;
      const sample = gain * channel[place];
      if (bytes === 4) view.setFloat32(at, sample, true);
      else view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(32768 * sample))), true);
    }
  });
  return view;
}

/** The largest sample of several signals, without its sign. */
export function peakOf(signals) {
  let peak = 0;
  for (const channel of signals.flat()) {
    for (const sample of channel) peak = Math.max(peak, Math.abs(sample));
  }
  return peak;
}
