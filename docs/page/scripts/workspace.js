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

/** The same product in JavaScript: two rows of A and four of B at a time, so that numbers once read are used eight times. */
function multiplyPlainly(a, b, c, m, k, n) {
  c.fill(0);
  for (let i = 0; i < m; i += 2) {
    const [r0, r1] = [i * k, i * k + k];
    const c0 = c.subarray(i * n, i * n + n);
    const c1 = c.subarray(i * n + n, i * n + 2 * n);
    for (let p = 0; p < k; p += 4) {
      const rest = Math.min(4, k - p); // k need not be a multiple of 4: weights beyond it count as 0
      const b0 = b.subarray(p * n, p * n + n);
      const b1 = rest > 1 ? b.subarray(p * n + n, p * n + 2 * n) : b0;
      const b2 = rest > 2 ? b.subarray(p * n + 2 * n, p * n + 3 * n) : b0;
      const b3 = rest > 3 ? b.subarray(p * n + 3 * n, p * n + 4 * n) : b0;
      const u0 = a[r0 + p];
      const u1 = rest > 1 ? a[r0 + p + 1] : 0;
      const u2 = rest > 2 ? a[r0 + p + 2] : 0;
      const u3 = rest > 3 ? a[r0 + p + 3] : 0;
      const v0 = a[r1 + p];
      const v1 = rest > 1 ? a[r1 + p + 1] : 0;
      const v2 = rest > 2 ? a[r1 + p + 2] : 0;
      const v3 = rest > 3 ? a[r1 + p + 3] : 0;
      for (let j = 0; j < n; j += 1) {
        const x0 = b0[j];
        const x1 = b1[j];
        const x2 = b2[j];
        const x3 = b3[j];
        c0[j] += u0 * x0 + u1 * x1 + u2 * x2 + u3 * x3;
        c1[j] += v0 * x0 + v1 * x1 + v2 * x2 + v3 * x3;
      }
    }
  }
}
