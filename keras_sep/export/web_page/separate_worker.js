// The thread that separates. It is told `{ signal, facts }` once, a signal and what model.json says,
// and answers with messages of what it does: `{ loaded }` bytes of the model, `{ begun }`,
// `{ separated }`, the length of a block, `{ piece }`, the stems of the next samples, `{ finished }`
// or `{ problem }`.

import { InferenceSession, Tensor, env } from "./onnxruntime.js";
import { separateBlocks } from "./blocks.js";
import { deinterleaved, interleaved, withChannels } from "./channels.js";
import { loadModel } from "./load_model.js";

env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", import.meta.url).href };
env.logLevel = "error";

/** A function from a signal to its stems, in the signal's own number of channels. */
function separation(session, facts) {
  return async (signal) => {
    const channels = facts.channels ?? signal.length;
    const samples = interleaved(withChannels(signal, channels));
    const waveform = new Tensor("float32", samples, [1, signal[0].length, channels]);
    const found = await session.run({ waveform });
    waveform.dispose();
    postMessage({ separated: signal[0].length });
    return facts.source_names.map((name) => {
      const stem = withChannels(deinterleaved(found[name].data, channels), signal.length);
      found[name].dispose();
      if (!stem.every((channel) => channel.every(Number.isFinite))) {
        throw new Error("The model outputs samples that are not numbers.");
      }
      return stem;
    });
  };
}

async function run({ signal, facts }) {
  const content = await loadModel(facts, (loaded) => postMessage({ loaded }));
  const session = await InferenceSession.create(content, { executionProviders: ["wasm"] });
  postMessage({ begun: true });
  const separate = separation(session, facts);
  const { blocks, interchangeable_sources: interchangeable } = facts;
  for await (const piece of separateBlocks(separate, signal, blocks, interchangeable)) {
    postMessage({ piece }, piece.flat().map((channel) => channel.buffer));
  }
  postMessage({ finished: true });
}

onmessage = async ({ data }) => {
  try {
    await run(data);
  } catch (error) {
    postMessage({ problem: String(error.message ?? error) });
  }
};
