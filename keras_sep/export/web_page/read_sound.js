// Files that were dropped or chosen, decoded by the browser.

/** An AudioBuffer of one or two channels at this sample rate. */
export async function readSound(file, rate) {
  const bytes = await file.arrayBuffer();
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes);
  } catch {
    throw new Error(
      `${file.name}: this browser cannot decode it. WAV, MP3, FLAC, Ogg and M4A are safe choices.`,
    );
  }
  if (sound.length === 0) throw new Error(`${file.name}: no sound in it.`);
  return sound.numberOfChannels > 2 ? stereo(sound) : sound;
}

/** More channels than two, mixed as browsers mix loudspeakers down. */
function stereo(sound) {
  const context = new OfflineAudioContext(2, sound.length, sound.sampleRate);
  const source = context.createBufferSource();
  source.buffer = sound;
  source.connect(context.destination);
  source.start();
  return context.startRendering();
}

/** The channels of an AudioBuffer. */
export const channelsOf = (sound) =>
  Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index));
