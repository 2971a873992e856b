// The bytes of a file beside this one, with word of how many have come.

/** The content of the model's file; `heard` is called with the number of bytes so far. */
export async function loadModel(facts, heard) {
  const response = await fetch(new URL(facts.model, import.meta.url));
  if (!response.ok) {
    throw new Error(`${facts.model} could not be loaded: the server says ${response.status}.`);
  }
  const content = new Uint8Array(facts.bytes);
  let loaded = 0;
  for (let reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (loaded + value.length > content.length) {
      loaded = Infinity;
      break;
    }
    content.set(value, loaded);
    loaded += value.length;
    heard(loaded);
  }
  if (loaded !== content.length) {
    throw new Error(`${facts.model} is not as long as model.json says: export the page anew.`);
  }
  return content;
}
