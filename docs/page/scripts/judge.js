// Panel: twenty rounds of real or generated, beside the trained discriminator.

import { find, showPixels } from "./drawing.js";
import { LATENTS } from "./networks.js";
import { normals } from "./random.js";
import { say } from "./texts.js";

const ROUNDS = 20;

/** Shares of right answers: {sensitivity, specificity} from rounds {real, saidReal}. */
export function shares(rounds) {
  const share = (real) => {
    const asked = rounds.filter((round) => round.real === real);
    return asked.filter((round) => round.saidReal === real).length / asked.length;
  };
  const all = rounds.filter((round) => round.real === round.saidReal).length / rounds.length;
  return { sensitivity: share(false), specificity: share(true), all };
}

export function startJudging(letters, { pixels, letters: names, sensitivity, specificity }) {
  const canvas = find("judge-canvas");
  const real = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
  const many = { sensitivity, specificity, all: (sensitivity + specificity) / 2 };
  let rounds = [];
  let at = -1; // before the first round; ROUNDS: after the last
  let said = null;

  /** Ten real and ten generated letters in an order that chance chooses, each with D's logit. */
  function deal() {
    const order = [...names.keys()].sort(() => Math.random() - 0.5).slice(0, ROUNDS);
    const asked = order.map((k) => names[k]);
    const fakes = letters.draw(normals(ROUNDS * LATENTS, Math.random), asked);
    const isReal = order.map((_, i) => i < ROUNDS / 2);
    const pictures = new Float32Array(ROUNDS * 784);
    order.forEach((k, i) => {
      const shown = isReal[i] ? Float32Array.from(real.subarray(k * 784, (k + 1) * 784), (v) => v / 127.5 - 1) : fakes.subarray(i * 784, (i + 1) * 784);
      pictures.set(shown, i * 784);
    });
    const logits = letters.judge(pictures, asked);
    rounds = order.map((_, i) => ({ picture: pictures.subarray(i * 784, (i + 1) * 784), real: isReal[i], logit: logits[i] }));
    rounds.sort(() => Math.random() - 0.5);
    at = 0;
    said = null;
    show();
    find("judge-real").focus(); // the button that was pressed is gone; the keys R and G are heard here
  }

  function verdict() {
    const { real: isReal, saidReal, logit } = said;
    const what = say(isReal ? "judge.isReal" : "judge.isGenerated");
    const byD = say(logit > 0 ? "judge.isReal" : "judge.isGenerated");
    const number = (Math.round(10 * logit) / 10 || 0).toFixed(1).replace("-", "−");
    return say(saidReal === isReal ? "judge.right" : "judge.wrong", what, byD, number);
  }

  function result() {
    const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
    const byD = rounds.map(({ real: isReal, logit }) => ({ real: isReal, saidReal: logit > 0 }));
    const rows = [["judge.you", shares(rounds)], ["judge.d", shares(byD)], ["judge.dMany", many]];
    const body = find("judge-result").querySelector("tbody");
    body.replaceChildren(...rows.map(([key, row]) => {
      const line = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = say(key);
      line.append(head, ...["sensitivity", "specificity", "all"].map((name) => {
        const cell = document.createElement("td");
        cell.textContent = percent(row[name]);
        return cell;
      }));
      return line;
    }));
  }

  function show() {
    const playing = at >= 0 && at < ROUNDS;
    find("judge-question").textContent = at < 0 ? say("judge.waiting") : playing ? say("judge.round", at + 1) : say("judge.result");
    find("judge-verdict").textContent = said ? verdict() : "";
    for (const id of ["judge-real", "judge-generated"]) find(id).disabled = !playing;
    find("judge-begin").hidden = playing;
    find("judge-begin").textContent = say(at < 0 ? "judge.start" : "judge.again");
    find("judge-result").hidden = at < ROUNDS;
    find("judge-last").hidden = !said;
    if (said) showPixels(find("judge-last"), said.picture);
    if (playing) showPixels(canvas, rounds[at].picture);
    if (at === ROUNDS) result();
  }

  function answer(saidReal) {
    if (at < 0 || at >= ROUNDS) return;
    rounds[at].saidReal = saidReal;
    said = rounds[at];
    at += 1;
    show();
    if (at === ROUNDS) find("judge-begin").focus();
  }

  find("judge-real").addEventListener("click", () => answer(true));
  find("judge-generated").addEventListener("click", () => answer(false));
  find("judge-begin").addEventListener("click", deal);
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const writing = event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey;
    if (!writing && (key === "r" || key === "g")) answer(key === "r");
  });
  document.addEventListener("language", show);
  // Before the first round: sixteen of both sorts, without an answer.
  const some = letters.draw(normals(8 * LATENTS, Math.random), names.slice(40, 48));
  const mixed = Float32Array.from({ length: 16 * 784 }, (_, i) => {
    const [n, p] = [Math.floor(i / 784), i % 784];
    return n % 2 ? real[(n + 40) * 784 + p] / 127.5 - 1 : some[(n / 2) * 784 + p];
  });
  showPixels(canvas, mixed, { columns: 4 });
  show();
}
