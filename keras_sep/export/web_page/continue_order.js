// Matching the stems of one block to those of the next, where their order is arbitrary.

function inner(first, second) {
  let sum = 0;
  first.forEach((channel, index) => {
    const other = second[index];
    for (let place = 0; place < channel.length; place++) sum += channel[place] * other[place];
  });
  return sum;
}

/**
 * The order that makes `stems` continue those of `reference`: the one with the largest sum of
 * correlation coefficients over the same samples. Where stems are silent or match equally well,
 * the order stays.
 */
export function continueOrder(reference, stems) {
  const energies = [reference, stems].map((some) => some.map((stem) => inner(stem, stem)));
  const correlation = reference.map((wanted, row) => stems.map((stem, column) => {
    const norm = Math.sqrt(energies[0][row] * energies[1][column]);
    return (norm > 0 ? inner(wanted, stem) / norm : 0) + (row === column ? 1e-9 : 0);
  }));
  return bestAssignment(correlation);
}

/** For each row the column that is its own, such that the sum of the cells is largest. */
export function bestAssignment(matrix) {
  const count = matrix.length;
  // best[taken]: of the first rows, with just these columns taken, a bit for each
  const best = new Float64Array(2 ** count).fill(-Infinity);
  const lastColumn = new Int32Array(2 ** count);
  best[0] = 0;
  for (let taken = 0; taken < best.length - 1; taken++) {
    const row = bitCount(taken);
    for (let column = 0; column < count; column++) {
      const next = taken | (1 << column);
      const sum = best[taken] + matrix[row][column];
      if (next !== taken && sum > best[next]) {
        best[next] = sum;
        lastColumn[next] = column;
      }
    }
  }
  const order = new Array(count);
  for (let taken = best.length - 1, row = count - 1; row >= 0; row--) {
    order[row] = lastColumn[taken];
    taken &= ~(1 << order[row]);
  }
  return order;
}

function bitCount(number) {
  let count = 0;
  for (let rest = number; rest; rest &= rest - 1) count++;
  return count;
}
