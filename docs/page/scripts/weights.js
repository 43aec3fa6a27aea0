// The weights as they lie in the page: 16-bit whole numbers with one scale a row, in base64.

function bytes(base64) {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/**
 * Read every matrix of the page.
 * @param table [[name, rows, columns], ...] in the order in which they are stored
 * @param base64 the scales of all rows (float32), then all values (int16), both little-endian
 * @returns {name: {rows, columns, values: Float32Array}}
 */
export function readWeights(table, base64) {
  const content = bytes(base64);
  const rowCount = table.reduce((sum, [, rows]) => sum + rows, 0);
  const scales = new Float32Array(content.buffer, 0, rowCount);
  const whole = new Int16Array(content.buffer, 4 * rowCount);
  const matrices = {};
  let [row, at] = [0, 0];
  for (const [name, rows, columns] of table) {
    const values = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r += 1, row += 1) {
      for (let c = 0; c < columns; c += 1, at += 1) values[r * columns + c] = scales[row] * whole[at];
    }
    matrices[name] = { rows, columns, values };
  }
  return matrices;
}

/** The kernel of matmul.wat, or null where WebAssembly or its vectors are missing or forbidden. */
export function readKernel(base64) {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes(base64))).exports;
  } catch {
    return null;
  }
}
