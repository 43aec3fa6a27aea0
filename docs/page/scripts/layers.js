// Layers of the networks. Activations are (channels, batch * side * side), row by row; the batch is a multiple of 8.
// Batch normalisation is no layer here: with its running statistics it is linear, and folded into the weights before it.

const multipleOf4 = (count) => Math.ceil(count / 4) * 4;

function padded(space, { rows, columns, values }) {
  const matrix = new Float32Array(multipleOf4(rows) * columns);
  matrix.set(values);
  return space.keep(matrix);
}

/** Put a layer's weights into the workspace: `name.weight` (outputs, anything) and `name.bias` (outputs, 1). */
export function loadLayer(space, matrices, name) {
  const weight = matrices[`${name}.weight`];
  return {
    weight: padded(space, weight),
    bias: matrices[`${name}.bias`].values,
    inputs: weight.columns,
    outputs: matrices[`${name}.bias`].rows,
  };
}

/** x (inputs, batch) to (outputs, batch). */
export function linear(space, layer, x, batch) {
  const { weight, bias, inputs, outputs } = layer;
  const y = space.multiply(weight, x, multipleOf4(outputs), inputs, batch).subarray(0, outputs * batch);
  for (let o = 0, i = 0; o < outputs; o += 1) for (let b = 0; b < batch; b += 1, i += 1) y[i] += bias[o];
  return y;
}

/** A linear layer's (channels * places, batch) as a picture: (channels, batch * places). */
export function asPicture(space, x, batch, places) {
  const y = space.take(x.length);
  for (let c = 0; c < x.length / (places * batch); c += 1) {
    for (let p = 0; p < places; p += 1) {
      for (let b = 0; b < batch; b += 1) y[(c * batch + b) * places + p] = x[(c * places + p) * batch + b];
    }
  }
  return y;
}

/**
 * A 3 x 3 convolution with a border of zeros, after doubling the picture if `enlarge`.
 *
 * The weight is (9 * outputs, inputs), the nine taps one after the other: one matrix product computes all of them at
 * the *small* size, where a doubled picture has four times fewer places; then they are shifted and added.
 */
export function convolve(space, layer, x, batch, side, { enlarge = false } = {}) {
  const { weight, bias, inputs, outputs } = layer;
  const places = side * side;
  const taps = space.multiply(weight, x, multipleOf4(9 * outputs), inputs, batch * places);
  const up = enlarge ? 1 : 0;
  const size = side << up;
  const y = space.take(outputs * batch * size * size);
  for (let o = 0; o < outputs; o += 1) {
    y.fill(bias[o], o * batch * size * size, (o + 1) * batch * size * size);
    for (let t = 0; t < 9; t += 1) {
      const down = Math.floor(t / 3) - 1;
      const right = (t % 3) - 1;
      const [first, end] = [Math.max(0, -right), Math.min(size, size - right)];
      for (let b = 0; b < batch; b += 1) {
        const from = ((t * outputs + o) * batch + b) * places;
        const to = (o * batch + b) * size * size;
        for (let row = Math.max(0, -down); row < Math.min(size, size - down); row += 1) {
          const source = from + ((row + down) >> up) * side;
          const target = to + row * size;
          for (let c = first; c < end; c += 1) y[target + c] += taps[source + ((c + right) >> up)];
        }
      }
    }
  }
  return y;
}

/** A strided convolution (outputs, inputs * kernel * kernel) with a border of one zero; returns the map and its side. */
export function stride(space, layer, x, batch, side, kernel) {
  const { weight, bias, inputs: columns, outputs } = layer;
  const size = Math.floor((side + 2 - kernel) / 2) + 1;
  const patches = space.take(columns * batch * size * size);
  let at = 0;
  for (let k = 0; k < columns; k += 1) {
    const channel = Math.floor(k / (kernel * kernel));
    const down = Math.floor((k % (kernel * kernel)) / kernel) - 1;
    const right = (k % kernel) - 1;
    for (let b = 0; b < batch; b += 1) {
      for (let r = 0; r < size; r += 1) {
        for (let c = 0; c < size; c += 1, at += 1) {
          const [row, column] = [2 * r + down, 2 * c + right];
          const inside = row >= 0 && row < side && column >= 0 && column < side;
          patches[at] = inside ? x[((channel * batch + b) * side + row) * side + column] : 0;
        }
      }
    }
  }
  const y = space.multiply(weight, patches, multipleOf4(outputs), columns, batch * size * size);
  const length = batch * size * size;
  for (let o = 0; o < outputs; o += 1) for (let i = o * length; i < (o + 1) * length; i += 1) y[i] += bias[o];
  return [y, size];
}

/** Below zero times `slope` (0: ReLU), in place. */
export function rectify(x, slope = 0) {
  for (let i = 0; i < x.length; i += 1) if (x[i] < 0) x[i] *= slope;
  return x;
}

/** Squash to [-1, 1], in place. */
export function squash(x) {
  for (let i = 0; i < x.length; i += 1) x[i] = Math.tanh(x[i]);
  return x;
}
