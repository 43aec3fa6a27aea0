// One block of memory that WebAssembly and JavaScript both see, and the matrix product that all networks stand on.

const BYTES = 64 * 2 ** 20;

/** Weights stay; everything else is taken anew for every picture. */
export class Workspace {
  /** @param kernel the exports of matmul.wasm, or null: then JavaScript multiplies, five times more slowly. */
  constructor(kernel) {
    this.kernel = kernel;
    if (kernel) kernel.memory.grow(BYTES / 65536 - 1);
    this.buffer = kernel ? kernel.memory.buffer : new ArrayBuffer(BYTES);
    this.used = this.floor = 0;
  }

  /** A Float32Array of `count` numbers that is free again after the next `reset`; its content is undefined. */
  take(count) {
    const start = this.used;
    this.used = start + Math.ceil(count / 4) * 16;
    if (this.used > BYTES) throw new Error(`The workspace of ${BYTES} bytes is full.`);
    return new Float32Array(this.buffer, start, count);
  }

  /** Copy `values` to a place that no `reset` frees. */
  keep(values) {
    if (this.used !== this.floor) throw new Error("Keep weights before anything is computed.");
    const kept = this.take(values.length);
    kept.set(values);
    this.floor = this.used;
    return kept;
  }

  reset() {
    this.used = this.floor;
  }

  /** C = A B: A (m, k), B (k, n), C (m, n), row by row, m a multiple of 4 and n of 8. Returns C. */
  multiply(a, b, m, k, n) {
    const c = this.take(m * n);
    if (this.kernel) this.kernel.matmul(a.byteOffset, b.byteOffset, c.byteOffset, m, k, n);
    else multiplyPlainly(a, b, c, m, k, n);
    return c;
  }
}

/** The same product in JavaScript: four rows of B at a time, so that C is read and written four times less often. */
function multiplyPlainly(a, b, c, m, k, n) {
  c.fill(0);
  for (let i = 0; i < m; i += 1) {
    const row = c.subarray(i * n, i * n + n);
    let p = 0;
    for (; p + 3 < k; p += 4) {
      const [w0, w1, w2, w3] = a.subarray(i * k + p, i * k + p + 4);
      const b0 = b.subarray(p * n, p * n + n);
      const b1 = b.subarray(p * n + n, p * n + 2 * n);
      const b2 = b.subarray(p * n + 2 * n, p * n + 3 * n);
      const b3 = b.subarray(p * n + 3 * n, p * n + 4 * n);
      for (let j = 0; j < n; j += 1) row[j] += w0 * b0[j] + w1 * b1[j] + w2 * b2[j] + w3 * b3[j];
    }
    for (; p < k; p += 1) {
      const w = a[i * k + p];
      for (let j = 0; j < n; j += 1) row[j] += w * b[p * n + j];
    }
  }
}
