// The players of a page.

for (const box of document.querySelectorAll(".mixer")) {
  const lanes = [...box.querySelectorAll(".lane")].map((row) => {
    const { lane, pieces, marginSeconds } = row.dataset;
    const piece = async (number, context) =>
      (number < Number(pieces) ? decoded(lane, number, context) : null);
    return { row, margin: Number(marginSeconds), piece };
  });
  const seconds = Number(box.dataset.seconds);
  new Player(box, lanes, seconds, Number(document.body.dataset.pieceSeconds));
}
