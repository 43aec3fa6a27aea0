// Panel: a GAN in the plane that learns while one looks.

import { channels, colour, find, sharp } from "./drawing.js";
import { Game, modesCovered, SETS, sigmoid } from "./game.js";
import { normals, uniform } from "./random.js";
import { say } from "./texts.js";

const REACH = 3; // the picture shows [-3, 3] in both directions
const GRID = 36; // cells a side for D's belief
const SHOWN = 160; // fakes, always of the same latents
const BUDGET = 10; // milliseconds of learning in one frame
const PAST = 240; // losses that are drawn

export function startTraining() {
  const [canvas, chart] = ["train-canvas", "train-chart"].map(find);
  const random = uniform(Date.now());
  const normal = () => normals(1, random)[0];
  const ground = Object.assign(document.createElement("canvas"), { width: GRID, height: GRID }); // D's belief, enlarged
  let own = []; // points that the reader has drawn
  let [game, probe, real] = [null, null, null];
  let [running, frame, message] = [false, 0, ""];
  let cross = null; // where the keyboard draws
  let losses = [];

  function point() {
    if (find("train-data").value !== "own") return SETS[find("train-data").value](random, normal);
    const [x, y] = own[Math.floor(random() * own.length)];
    return [x + 0.06 * normal(), y + 0.06 * normal()];
  }

  const empty = () => find("train-data").value === "own" && own.length === 0; // nothing to learn from yet
  const sample = (count) => pairs(count, point);

  function reset(share = Number(find("train-rate").value)) {
    game = new Game(normal, sample, {});
    game.share = share;
    probe = game.noise(SHOWN);
    real = empty() ? new Float32Array(0) : sample(220);
    losses = [];
    draw();
  }

  const place = (value, size) => ((value + REACH) / (2 * REACH)) * size;

  function drawPlane() {
    const size = Math.min(canvas.parentElement.clientWidth, 460);
    const context = sharp(canvas, size, size);
    canvas.style.width = `${size}px`;
    const cells = pairs(GRID * GRID, (i) => [i % GRID, GRID - 1 - Math.floor(i / GRID)].map((k) => ((k + 0.5) / GRID) * 2 * REACH - REACH));
    const belief = game.d.forward(cells, GRID * GRID);
    const [plane, yes, no] = ["plane", "believes", "doubts"].map((name) => channels(colour(name)));
    const image = new ImageData(GRID, GRID);
    belief.forEach((logit, i) => {
      const share = sigmoid(logit) - 0.5;
      const much = Math.min(0.65, 1.3 * Math.abs(share));
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = plane[c] + much * ((share > 0 ? yes : no)[c] - plane[c]);
      image.data[4 * i + 3] = 255;
    });
    ground.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(ground, 0, 0, size, size);
    const dot = (x, y, radius) => {
      context.beginPath();
      context.arc(place(x, size), size - place(y, size), radius, 0, 2 * Math.PI);
      context.fill();
    };
    context.fillStyle = colour("real");
    const drawn = find("train-data").value === "own" ? own : [];
    for (let n = 0; n < real.length / 2; n += 1) dot(real[2 * n], real[2 * n + 1], 2);
    for (const [x, y] of drawn) dot(x, y, 2.5);
    const { fakes, arrows } = game.pulled(probe);
    context.strokeStyle = colour("arrow");
    context.lineWidth = 1;
    for (let n = 0; n < SHOWN; n += 2) {
      const length = Math.hypot(arrows[2 * n], arrows[2 * n + 1]);
      const scale = 0.35 / Math.max(1, length);
      const [x, y] = [fakes[2 * n], fakes[2 * n + 1]];
      context.beginPath();
      context.moveTo(place(x, size), size - place(y, size));
      context.lineTo(place(x + scale * arrows[2 * n], size), size - place(y + scale * arrows[2 * n + 1], size));
      context.stroke();
    }
    context.fillStyle = colour("fake");
    for (let n = 0; n < SHOWN; n += 1) dot(fakes[2 * n], fakes[2 * n + 1], 2.6);
    if (cross) {
      const [x, y] = [place(cross[0], size), size - place(cross[1], size)];
      context.strokeStyle = colour("ink");
      context.beginPath();
      for (const [dx, dy] of [[8, 0], [0, 8]]) {
        context.moveTo(x - dx, y - dy);
        context.lineTo(x + dx, y + dy);
      }
      context.stroke();
    }
    return fakes;
  }

  function drawLosses() {
    const [width, height] = [Math.min(chart.parentElement.clientWidth, 460), 90];
    const context = sharp(chart, width, height);
    chart.style.width = `${width}px`;
    context.clearRect(0, 0, width, height);
    const up = (loss) => height - 6 - (Math.min(loss, 3) / 3) * (height - 12);
    context.strokeStyle = colour("quiet");
    context.setLineDash([3, 4]);
    context.beginPath();
    for (const balance of [2 * Math.log(2), Math.log(2)]) {
      context.moveTo(0, up(balance));
      context.lineTo(width, up(balance));
    }
    context.stroke();
    context.setLineDash([]);
    ["believes-line", "fake"].forEach((name, k) => {
      context.strokeStyle = colour(name);
      context.lineWidth = 1.6;
      context.beginPath();
      losses.forEach((pair, i) => context.lineTo((i / (PAST - 1)) * width, up(pair[k])));
      context.stroke();
    });
  }

  function draw() {
    const fakes = drawPlane();
    drawLosses();
    const number = (loss) => (Number.isNaN(loss) ? "–" : loss.toFixed(3));
    const parts = [message && say(message), say("train.state", game.step.toLocaleString("en"), number(game.dLoss), number(game.gLoss))];
    if (find("train-data").value === "ring") parts.push(say("train.modes", modesCovered(fakes)));
    if (find("train-data").value === "own") parts.push(say("train.draw"));
    find("train-state").textContent = parts.filter(Boolean).join(" ");
    find("train-play").textContent = say(running ? "train.pause" : "train.play");
    find("train-state").setAttribute("aria-live", running ? "off" : "polite");
  }

  function learn() {
    if (!running) return;
    const end = performance.now() + BUDGET;
    do {
      game.both();
      if (game.step % 5 === 0) losses = [...losses.slice(-PAST + 1), [game.dLoss, game.gLoss]];
    } while (performance.now() < end);
    frame += 1;
    if (frame % 2 === 0) draw();
    requestAnimationFrame(learn);
  }

  function run(wanted) {
    const on = wanted && !empty();
    const starts = on && !running;
    running = on;
    draw();
    if (starts) requestAnimationFrame(learn);
  }

  function again() {
    message = "";
    reset();
  }

  function put(x, y) {
    find("train-data").value = "own";
    own.push([x, y]);
    real = sample(220);
    if (!running) draw();
  }

  function treat(share, key) {
    message = key;
    find("train-rate").value = String(share);
    if (key === "train.collapsing") {
      find("train-data").value = "ring";
      reset(share);
    }
    game.share = share;
    run(true);
  }

  find("train-play").addEventListener("click", () => run(!running));
  find("train-d").addEventListener("click", () => {
    run(false);
    if (!empty()) game.dStep();
    draw();
  });
  find("train-g").addEventListener("click", () => {
    run(false);
    game.gStep();
    draw();
  });
  find("train-reset").addEventListener("click", () => {
    own = [];
    again();
  });
  find("train-collapse").addEventListener("click", () => treat(0.1, "train.collapsing"));
  find("train-cure").addEventListener("click", () => treat(1, "train.curing"));
  find("train-data").addEventListener("change", () => { // a drawing is kept until one starts again
    if (empty()) run(false);
    again();
  });
  find("train-rate").addEventListener("change", () => {
    game.share = Number(find("train-rate").value);
    message = "";
    draw();
  });

  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [x * 2 * REACH - REACH, REACH - y * 2 * REACH];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    put(...under(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons > 0 && canvas.hasPointerCapture(event.pointerId)) put(...under(event));
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.key === " ") put(...(cross ?? [0, 0]));
    else if (moves[event.key]) cross = (cross ?? [0, 0]).map((v, i) => Math.max(-REACH, Math.min(REACH, v + 0.15 * moves[event.key][i])));
    else return;
    event.preventDefault();
    draw();
  });
  canvas.addEventListener("blur", () => {
    cross = null;
    draw();
  });
  document.addEventListener("visibilitychange", () => document.hidden && run(false));
  for (const name of ["language", "theme"]) document.addEventListener(name, draw);
  window.addEventListener("resize", draw);
  reset();
}

/** `count` pairs of numbers in one row after the other. */
function pairs(count, make) {
  const found = new Float32Array(2 * count);
  for (let i = 0; i < count; i += 1) found.set(make(i), 2 * i);
  return found;
}
