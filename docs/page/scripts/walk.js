// Panel: four directions in the space of hands.

import { channels, colour, find, oncePerFrame, roving, showPixels } from "./drawing.js";
import { LATENTS } from "./networks.js";
import { normals, uniform } from "./random.js";
import { say } from "./texts.js";

const COUNT = 16;
const REACH = 2.5; // standard deviations to either side

export function startWalking(letters, ways) {
  const canvas = find("walk-canvas");
  const names = Object.keys(ways);
  const sliders = names.map((name) => find(`walk-${name}`));
  let [letter, seed] = [6, 3];
  let hands = null;

  const paint = () => ({ ink: channels(colour("ink")), paper: channels(colour("paper")) });

  /** The latents of `count` hands, moved along every slider's way by its value, or by the one that is given. */
  function moved(count, given = {}) {
    const z = hands.slice(0, count * LATENTS);
    names.forEach((name, k) => {
      const amount = given[name] ?? Number(sliders[k].value);
      for (let i = 0; i < z.length; i += 1) z[i] += amount * ways[name][i % LATENTS];
    });
    return z;
  }

  const draw = oncePerFrame(() => {
    const began = performance.now();
    const pictures = letters.draw(moved(COUNT), new Array(COUNT).fill(letter));
    const milliseconds = performance.now() - began;
    showPixels(canvas, pictures, { columns: 4, ...paint() });
    canvas.setAttribute("aria-label", say("walk.alt", String.fromCharCode(65 + letter)));
    find("walk-speed").textContent = say("walk.speed", milliseconds.toFixed(1));
  });

  /** The first hand at both ends of every slider, with the other sliders where they are. */
  function ends() {
    const cases = names.flatMap((name) => [-REACH, REACH].map((end) => moved(1, { [name]: end })));
    const z = new Float32Array(cases.length * LATENTS);
    cases.forEach((latent, i) => z.set(latent, i * LATENTS));
    const pictures = letters.draw(z, new Array(cases.length).fill(letter));
    cases.forEach((_, i) => {
      const small = find(`walk-${names[Math.floor(i / 2)]}-${i % 2 ? "high" : "low"}`);
      showPixels(small, pictures.subarray(i * 784, (i + 1) * 784), paint());
    });
  }

  function all() {
    draw();
    ends();
  }

  function others() {
    hands = normals(COUNT * LATENTS, uniform(seed)).map((value) => 0.8 * value);
    all();
  }

  const picker = find("walk-letters");
  for (let k = 0; k < 26; k += 1) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: String.fromCharCode(65 + k) });
    button.setAttribute("aria-pressed", String(k === letter));
    button.addEventListener("click", () => {
      picker.children[letter].setAttribute("aria-pressed", "false");
      letter = k;
      button.setAttribute("aria-pressed", "true");
      all();
    });
    picker.append(button);
  }
  roving(picker);
  sliders.forEach((slider) => {
    slider.addEventListener("input", draw);
    slider.addEventListener("input", () => slider.setAttribute("aria-valuetext", `${slider.value} σ`));
    slider.addEventListener("change", ends);
  });
  find("walk-other").addEventListener("click", () => {
    seed += 1;
    others();
  });
  find("walk-back").addEventListener("click", () => {
    sliders.forEach((slider) => { slider.value = "0"; });
    all();
  });
  document.addEventListener("language", draw);
  document.addEventListener("theme", all);
  others();
}
