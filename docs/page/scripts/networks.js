// The trained networks of the notebooks: the same weights, the same numbers to a thousandth (tests/page).

import { asPicture, convolve, linear, loadLayer, rectify, squash, stride } from "./layers.js";

export const LATENTS = 64; // numbers that make a hand (notebook 06)
const ICON_LATENTS = 32;
export const ICON_NUMBERS = 80; // make one icon another for the same sentence: the latent, then a place in its cloud (notebook 10)

/** How many rows a batch must have: the matrix product works on eight columns at once. */
const full = (count) => Math.ceil(count / 8) * 8;

/** Rows of numbers (count, width), as the first `width` rows of a (height, batch) matrix; the rest stays zero. */
function asColumns(space, rows, width, height, batch) {
  const x = space.take(height * batch).fill(0);
  for (let b = 0; b < rows.length / width; b += 1) for (let i = 0; i < width; i += 1) x[i * batch + b] = rows[b * width + i];
  return x;
}

/** Work on at most `most` rows at a time, which spares the memory: `each(from, to)` for all of them. */
function inParts(count, most, each) {
  for (let from = 0; from < count; from += most) each(from, Math.min(from + most, count));
}

/** Notebook 06: capital letters by name, and the discriminator that learned beside them. */
export class Letters {
  constructor(space, matrices) {
    this.space = space;
    this.names = matrices["letters.names"]; // (26, 16)
    this.begin = loadLayer(space, matrices, "letters.begin");
    this.convolutions = ["letters.first", "letters.second", "letters.paint"].map((name) => loadLayer(space, matrices, name));
    this.look = ["judge.first", "judge.second", "judge.third"].map((name) => loadLayer(space, matrices, name));
    this.head = matrices["judge.head"].values; // (26, 1024): what speaks for "real", for each letter
    this.offset = matrices["judge.offset"].values[0];
  }

  /** Latents (count, 64) and letters 0 to 25 to pictures (count, 784) in [-1, 1]. */
  draw(latents, letters) {
    const pictures = new Float32Array(letters.length * 784);
    inParts(letters.length, 32, (from, to) => {
      const part = latents.subarray(from * LATENTS, to * LATENTS);
      pictures.set(this.drawSome(part, letters.slice(from, to)), from * 784);
    });
    return pictures;
  }

  drawSome(latents, letters) {
    const { space, names } = this;
    space.reset();
    const batch = full(letters.length);
    const x = asColumns(space, latents, LATENTS, LATENTS + names.columns, batch);
    letters.forEach((letter, b) => {
      for (let i = 0; i < names.columns; i += 1) x[(LATENTS + i) * batch + b] = names.values[letter * names.columns + i];
    });
    const [first, second, paint] = this.convolutions;
    let h = asPicture(space, rectify(linear(space, this.begin, x, batch)), batch, 49);
    h = rectify(convolve(space, first, h, batch, 7, { enlarge: true }));
    h = rectify(convolve(space, second, h, batch, 14));
    return squash(convolve(space, paint, h, batch, 14, { enlarge: true })).subarray(0, letters.length * 784);
  }

  /** Pictures (count, 784) and their letters to logits: above zero, the discriminator says "real". */
  judge(pictures, letters) {
    const { space } = this;
    space.reset();
    const batch = full(letters.length);
    let h = space.take(batch * 784).fill(-1);
    h.set(pictures);
    let side = 28;
    this.look.forEach((layer, k) => {
      [h, side] = stride(space, layer, h, batch, side, k < 2 ? 4 : 3);
      rectify(h, 0.2);
    });
    return letters.map((letter, b) => {
      let logit = this.offset;
      for (let f = 0; f < 1024; f += 1) {
        logit += this.head[letter * 1024 + f] * h[(Math.floor(f / 16) * batch + b) * 16 + (f % 16)];
      }
      return logit;
    });
  }
}

/** Notebook 10: a sentence becomes an icon. */
export class Icons {
  constructor(space, matrices, vocabulary) {
    this.space = space;
    this.vocabulary = vocabulary;
    this.words = matrices["icons.words"]; // (57, 128): a row for each word
    const load = (name) => loadLayer(space, matrices, name);
    const told = (name) => ({ convolution: load(name), say: load(`${name}.say`) });
    this.layers = { cloud: load("icons.cloud"), begin: load("icons.begin"), paint: load("icons.paint") };
    this.blocks = ["icons.first", "icons.second", "icons.third", "icons.fourth"].map(told);
  }

  /** The words of a sentence, each with whether the network has learned it. */
  hear(sentence) {
    const words = sentence.toLowerCase().match(/[a-z]+/g) ?? [];
    return words.map((word) => ({ word, known: this.vocabulary.includes(word) }));
  }

  /** The sentence as 128 numbers, the sum of its words' rows, shifted and scaled to mean 0 and variance 1. */
  embed(sentence) {
    const e = new Float64Array(this.words.columns);
    for (const { word } of this.hear(sentence)) {
      const at = this.vocabulary.indexOf(word) * e.length;
      if (at >= 0) e.forEach((_, i) => { e[i] += this.words.values[at + i]; });
    }
    const mean = e.reduce((sum, value) => sum + value, 0) / e.length;
    const variance = e.reduce((sum, value) => sum + (value - mean) ** 2, 0) / e.length;
    return e.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
  }

  /**
   * Draw one icon for each row of the numbers (count, 80), draws from a standard normal distribution.
   * @param sentences one for each row
   * @returns (count, 3 * 1024) in [-1, 1]
   */
  draw(numbers, sentences) {
    const pictures = new Float32Array(sentences.length * 3 * 1024);
    inParts(sentences.length, 8, (from, to) => {
      const some = numbers.subarray(from * ICON_NUMBERS, to * ICON_NUMBERS);
      pictures.set(this.drawSome(some, sentences.slice(from, to)), from * 3 * 1024);
    });
    return pictures;
  }

  drawSome(numbers, sentences) {
    const { space, layers: { cloud, begin, paint }, blocks } = this;
    space.reset();
    const count = sentences.length;
    const batch = full(count);
    const e = asColumns(space, Float32Array.from(sentences.flatMap((text) => [...this.embed(text)])), 128, 128, batch);
    const around = linear(space, cloud, e, batch); // means, then logarithms of variances
    const x = asColumns(space, numbers, ICON_NUMBERS, ICON_NUMBERS, batch);
    const c = x.subarray(ICON_LATENTS * batch);
    c.forEach((noise, i) => { c[i] = around[i] + Math.exp(around[c.length + i] / 2) * noise; });
    let h = asPicture(space, rectify(linear(space, begin, x, batch)), batch, 16);
    h = this.told(blocks[0], h, c, batch, 4);
    for (const [k, block] of blocks.slice(1).entries()) h = this.told(block, h, c, batch, 4 << k, true); // 8, 16, 32
    return byPicture(squash(convolve(space, paint, h, batch, 32)), count, batch, 1024);
  }

  /** A convolution whose channels the sentence scales and shifts. */
  told({ convolution, say }, h, c, batch, side, enlarge = false) {
    const { space } = this;
    const y = convolve(space, convolution, h, batch, side, { enlarge });
    const words = linear(space, say, c, batch); // (2 * channels, batch)
    const channels = convolution.outputs;
    const places = y.length / (channels * batch);
    for (let o = 0; o < channels; o += 1) {
      for (let b = 0; b < batch; b += 1) {
        const [scale, shift] = [1 + words[o * batch + b], words[(channels + o) * batch + b]];
        const from = (o * batch + b) * places;
        for (let i = from; i < from + places; i += 1) y[i] = y[i] * scale + shift;
      }
    }
    return rectify(y);
  }
}

/** (3, batch * places) as one row a picture: (count, 3 * places). */
function byPicture(x, count, batch, places) {
  const rows = new Float32Array(count * 3 * places);
  for (let b = 0; b < count; b += 1) {
    for (let o = 0; o < 3; o += 1) {
      rows.set(x.subarray((o * batch + b) * places, (o * batch + b + 1) * places), (3 * b + o) * places);
    }
  }
  return rows;
}
