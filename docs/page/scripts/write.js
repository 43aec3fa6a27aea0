// Panel: a word in a hand that nobody has.

import { colour, download, find, sharp } from "./drawing.js";
import { LATENTS } from "./networks.js";
import { outline, pathOf } from "./outline.js";
import { normals, uniform } from "./random.js";
import { say } from "./texts.js";

const [GAP, SPACE, LINE] = [2.4, 9, 30]; // in the network's pixels: between letters, a space, from line to line
const CALM = 0.8; // hands are drawn a little nearer to the middle than the network learned: fewer broken letters

/** The 64 numbers of hand `number`. */
export const handOf = (number) => normals(LATENTS, uniform(number)).map((value) => CALM * value);

/** Words as lines of at most `most` letters, broken at spaces where there are any. */
export function lines(text, most) {
  const found = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    for (let at = 0; at < word.length; at += most) {
      const piece = word.slice(at, at + most);
      const last = found.at(-1);
      if (at === 0 && last !== undefined && last.length + 1 + piece.length <= most) found[found.length - 1] = `${last} ${piece}`;
      else found.push(piece);
    }
  }
  return found;
}

/** A text in one hand, as one SVG path with its size in the network's pixels. */
export function written(letters, text, hand, most) {
  const rows = lines(text, most);
  const all = rows.join("").replaceAll(" ", "");
  const latents = new Float32Array(all.length * LATENTS);
  for (let i = 0; i < all.length; i += 1) latents.set(hand, i * LATENTS);
  const pictures = all ? letters.draw(latents, [...all].map((letter) => letter.charCodeAt(0) - 65)) : [];
  let [path, width, used] = ["", 0, 0];
  rows.forEach((row, k) => {
    let x = GAP;
    for (const letter of row) {
      if (letter === " ") {
        x += SPACE;
        continue;
      }
      const { loops, left, right } = outline(pictures.subarray(used * 784, (used + 1) * 784));
      path += pathOf(loops, 1, x - left, k * LINE + 1);
      x += right - left + GAP;
      used += 1;
    }
    width = Math.max(width, x);
  });
  return { path, width, height: rows.length * LINE };
}

export function startWriting(letters) {
  const [field, canvas, note, chosen] = ["write-word", "write-canvas", "write-note", "write-number"].map(find);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let number = 20;
  let hand = handOf(number);
  let shown = null;

  const plain = () => field.value.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase(); // accents are taken off
  const text = () => plain().replace(/[^A-Z\s]/g, "");
  const longest = () => Math.max(0, ...text().split(/\s+/).map((word) => word.length));
  const most = () => Math.max(canvas.clientWidth < 500 ? 7 : 12, Math.min(longest(), 14)); // rather smaller than broken
  const fileName = (kind) => `${text().trim().toLowerCase().replace(/\s+/g, "-")}-${number}.${kind}`;

  function draw() {
    shown = written(letters, text(), hand, most());
    const wide = canvas.clientWidth;
    const scale = Math.min(wide / Math.max(shown.width, 1), 6.5);
    const context = sharp(canvas, wide, Math.max(110, shown.height * scale));
    context.clearRect(0, 0, wide, canvas.height);
    context.translate((wide - shown.width * scale) / 2, 0);
    context.scale(scale, scale);
    context.fillStyle = colour("ink");
    context.fill(new Path2D(shown.path), "evenodd");
    canvas.setAttribute("aria-label", text().trim() ? say("write.alt", text().trim(), number) : say("write.nothing"));
    const left = [...new Set(plain().replace(/[A-Z\s]/g, ""))].join(" ");
    note.textContent = left ? say("write.unknown", left) : text().trim() ? "" : say("write.empty");
    for (const id of ["write-png", "write-svg"]) find(id).disabled = !shown.path;
  }

  /** From this hand to another, over less than half a second: all between are hands as well. */
  function another(wanted = 1 + Math.floor(99_999 * Math.random())) {
    number = wanted;
    chosen.value = String(number);
    const [from, to, began] = [hand, handOf(number), performance.now()];
    const frame = (now) => {
      const share = still.matches ? 1 : Math.min(1, Math.max(0, (now - began) / 420));
      const angle = (share * Math.PI) / 2; // along a quarter of a circle the length stays nearly the same
      hand = share < 1 ? from.map((value, i) => Math.cos(angle) * value + Math.sin(angle) * to[i]) : to;
      draw();
      if (share < 1) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  field.addEventListener("input", draw);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) another();
  });
  find("write-another").addEventListener("click", () => another());
  chosen.addEventListener("change", () => another(Math.max(1, Math.min(99_999, Math.round(Number(chosen.value)) || 1))));
  find("write-svg").addEventListener("click", () => {
    const size = `viewBox="0 0 ${shown.width.toFixed(1)} ${shown.height}"`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}><path fill="#1d1b18" fill-rule="evenodd" d="${shown.path}"/></svg>`;
    download(fileName("svg"), new Blob([svg], { type: "image/svg+xml" }));
  });
  find("write-png").addEventListener("click", () => {
    const large = document.createElement("canvas");
    const scale = Math.min(24, 4000 / shown.width);
    Object.assign(large, { width: shown.width * scale, height: shown.height * scale });
    const context = large.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, large.width, large.height);
    context.scale(scale, scale);
    context.fillStyle = "#1d1b18";
    context.fill(new Path2D(shown.path), "evenodd");
    large.toBlob((blob) => download(fileName("png"), blob));
  });
  window.addEventListener("resize", draw);
  document.addEventListener("language", draw);
  document.addEventListener("theme", draw);
  draw();
}
