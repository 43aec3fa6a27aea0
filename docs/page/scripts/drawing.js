// Helpers of the panels: canvases that are sharp on every screen, colours of the page, pixels.

export const find = (id) => document.getElementById(id);

/** A colour of the style sheet, for canvases. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Fit a canvas to its place on the screen; returns its 2-D context, in which one unit is one CSS pixel. */
export function sharp(canvas, width, height) {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Pictures (count, channels * side * side) in [-1, 1], side by side in one canvas of `columns`, a pixel a pixel. */
export function showPixels(canvas, pictures, { channels = 1, side = 28, columns = 1, ink = null, paper = null } = {}) {
  const places = side * side;
  const count = pictures.length / (channels * places);
  const rows = Math.ceil(count / columns);
  if (canvas.width !== columns * side || canvas.height !== rows * side) {
    Object.assign(canvas, { width: columns * side, height: rows * side });
  }
  const image = new ImageData(canvas.width, canvas.height);
  for (let n = 0; n < count; n += 1) {
    for (let p = 0; p < places; p += 1) {
      const row = Math.floor(n / columns) * side + Math.floor(p / side);
      const to = 4 * (row * canvas.width + (n % columns) * side + (p % side));
      for (let c = 0; c < 3; c += 1) {
        const value = (pictures[(n * channels + (channels === 3 ? c : 0)) * places + p] + 1) / 2;
        image.data[to + c] = ink ? paper[c] + value * (ink[c] - paper[c]) : 255 * value;
      }
      image.data[to + 3] = 255;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** "#rrggbb" as three numbers. */
export const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** Call `work` once, at the next frame, however often it is asked for before. */
export function oncePerFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}

/** A row of buttons as one stop for the Tab key, with the arrow keys between them. */
export function roving(row) {
  const buttons = [...row.querySelectorAll("button")];
  buttons.forEach((button, i) => { button.tabIndex = i === 0 ? 0 : -1; });
  row.addEventListener("focusin", (event) => {
    if (buttons.includes(event.target)) buttons.forEach((button) => { button.tabIndex = button === event.target ? 0 : -1; });
  });
  row.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
  });
}

/** Hand a file to the reader. */
export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
