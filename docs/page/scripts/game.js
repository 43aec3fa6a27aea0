// A GAN in the plane that learns in the browser: two small networks, their gradients by hand, and Adam.

const SLOPE = 0.2; // of the leaky ReLU below zero

const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** A network of linear layers with leaky ReLUs between them; rows are samples. */
export class Network {
  constructor(sizes, normal) {
    this.layers = sizes.slice(1).map((outputs, k) => {
      const inputs = sizes[k];
      const scale = Math.sqrt(2 / inputs) * (k === sizes.length - 2 ? 0.5 : 1);
      const weight = Float32Array.from({ length: inputs * outputs }, () => scale * normal());
      const numbers = { weight, bias: new Float32Array(outputs) };
      const parts = Object.entries(numbers).map(([name, values]) => [name, {
        values, slope: new Float32Array(values.length), second: new Float32Array(values.length),
      }]);
      return { inputs, outputs, ...Object.fromEntries(parts) };
    });
    this.steps = 0;
  }

  /** x (count, inputs) to (count, outputs); what `backward` needs is kept. */
  forward(x, count) {
    this.kept = [x];
    this.layers.forEach(({ inputs, outputs, weight, bias }, k) => {
      const from = this.kept.at(-1);
      const y = new Float32Array(count * outputs);
      for (let n = 0; n < count; n += 1) {
        for (let o = 0; o < outputs; o += 1) {
          let sum = bias.values[o];
          for (let i = 0; i < inputs; i += 1) sum += weight.values[o * inputs + i] * from[n * inputs + i];
          y[n * outputs + o] = sum < 0 && k < this.layers.length - 1 ? SLOPE * sum : sum;
        }
      }
      this.kept.push(y);
    });
    return this.kept.at(-1);
  }

  /** From the slopes in the outputs to those in the inputs; the weights' slopes are kept for `update`. */
  backward(slopes, count) {
    let back = slopes;
    for (let k = this.layers.length - 1; k >= 0; k -= 1) {
      const { inputs, outputs, weight, bias } = this.layers[k];
      const [x, y] = [this.kept[k], this.kept[k + 1]];
      const before = new Float32Array(count * inputs);
      weight.slope.fill(0);
      bias.slope.fill(0);
      for (let n = 0; n < count; n += 1) {
        for (let o = 0; o < outputs; o += 1) {
          let g = back[n * outputs + o];
          if (k < this.layers.length - 1 && y[n * outputs + o] < 0) g *= SLOPE;
          bias.slope[o] += g;
          for (let i = 0; i < inputs; i += 1) {
            weight.slope[o * inputs + i] += g * x[n * inputs + i];
            before[n * inputs + i] += g * weight.values[o * inputs + i];
          }
        }
      }
      back = before;
    }
    return back;
  }

  /** One step of Adam without momentum (betas 0 and 0.99). */
  update(rate) {
    this.steps += 1;
    const correction = 1 - 0.99 ** this.steps;
    for (const { weight, bias } of this.layers) {
      for (const { values, slope, second } of [weight, bias]) {
        for (let i = 0; i < values.length; i += 1) {
          second[i] = 0.99 * second[i] + 0.01 * slope[i] ** 2;
          values[i] -= (rate * slope[i]) / (Math.sqrt(second[i] / correction) + 1e-8);
        }
      }
    }
  }
}

/** The game of notebook 02: cross-entropy for D, the non-saturating loss for G. */
export class Game {
  /**
   * @param normal a source of standard normal numbers
   * @param sample (count) => real points (count, 2)
   */
  constructor(normal, sample, { latents = 4, width = 32, batch = 64, rate = 3e-3 } = {}) {
    Object.assign(this, { normal, sample, latents, batch, rate, share: 1, step: 0, dLoss: NaN, gLoss: NaN });
    this.g = new Network([latents, width, width, 2], normal);
    this.d = new Network([2, width, width, 1], normal);
  }

  noise(count) {
    return Float32Array.from({ length: count * this.latents }, this.normal);
  }

  /** D learns: real logits up, fake logits down. `share` is its rate as a share of G's. */
  dStep() {
    const { batch, d, g } = this;
    const both = new Float32Array(4 * batch);
    both.set(this.sample(batch));
    both.set(g.forward(this.noise(batch), batch), 2 * batch);
    const logits = d.forward(both, 2 * batch);
    let loss = 0;
    const slopes = logits.map((logit, n) => {
      loss += softplus(n < batch ? -logit : logit) / batch;
      return (n < batch ? -sigmoid(-logit) : sigmoid(logit)) / batch;
    });
    d.backward(slopes, 2 * batch);
    d.update(this.rate * this.share);
    this.dLoss = loss;
  }

  /** G learns: the logits of its fakes up. */
  gStep() {
    const { batch, d, g } = this;
    const fakes = g.forward(this.noise(batch), batch);
    const logits = d.forward(fakes, batch);
    this.gLoss = logits.reduce((sum, logit) => sum + softplus(-logit) / batch, 0);
    const pull = d.backward(logits.map((logit) => -sigmoid(-logit) / batch), batch);
    g.backward(pull, batch);
    g.update(this.rate);
  }

  both() {
    this.dStep();
    this.gStep();
    this.step += 1;
  }

  /** Fakes of given latents, and the way in which G's loss pulls each of them, (count, 2) both. */
  pulled(latents) {
    const count = latents.length / this.latents;
    const fakes = this.g.forward(latents, count).slice();
    const logits = this.d.forward(fakes, count);
    const slopes = this.d.backward(logits.map((logit) => -sigmoid(-logit)), count);
    return { fakes, arrows: slopes.map((value) => -value) };
  }
}

/** Sets of real points: a function of (uniform, normal) that draws one point. */
export const SETS = {
  ring: (uniform, normal) => {
    const angle = (Math.floor(8 * uniform()) * Math.PI) / 4;
    return [2 * Math.cos(angle) + 0.1 * normal(), 2 * Math.sin(angle) + 0.1 * normal()];
  },
  lines: (uniform, normal) => [4 * uniform() - 2, (uniform() < 0.5 ? 1 : -1) + 0.08 * normal()],
  spiral: (uniform, normal) => {
    const t = Math.sqrt(uniform());
    return [2.2 * t * Math.cos(7 * t) + 0.06 * normal(), 2.2 * t * Math.sin(7 * t) + 0.06 * normal()];
  },
};

/** How many of the ring's eight places hold at least a fifth of their fair share of the points (count, 2). */
export function modesCovered(points) {
  const counts = new Array(8).fill(0);
  for (let n = 0; n < points.length / 2; n += 1) {
    for (let k = 0; k < 8; k += 1) {
      const [x, y] = [2 * Math.cos((k * Math.PI) / 4), 2 * Math.sin((k * Math.PI) / 4)];
      if (Math.hypot(points[2 * n] - x, points[2 * n + 1] - y) < 0.3) counts[k] += 1;
    }
  }
  return counts.filter((held) => held >= points.length / 2 / 8 / 5).length;
}
