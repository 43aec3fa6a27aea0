// Letters as outlines: the line on which a picture crosses grey, as smooth closed curves that can be drawn at any size.

const FINE = 3; // steps between two pixels
const EDGES = { 1: [[3, 2]], 2: [[2, 1]], 3: [[3, 1]], 4: [[1, 0]], 5: [[3, 2], [1, 0]], 6: [[2, 0]], 7: [[3, 0]],
  8: [[0, 3]], 9: [[0, 2]], 10: [[0, 3], [2, 1]], 11: [[0, 1]], 12: [[1, 3]], 13: [[1, 2]], 14: [[2, 3]] };

/** Catmull and Rom's weights of four neighbours, a share `t` of the way between the middle two. */
function cubic(t) {
  return [-t + 2 * t ** 2 - t ** 3, 2 - 5 * t ** 2 + 3 * t ** 3, t + 4 * t ** 2 - 3 * t ** 3, t ** 3 - t ** 2].map((w) => w / 2);
}

/** Values (rows, columns) along one axis, `FINE` times as many: the same function serves both axes by turning. */
function finer(values, rows, columns) {
  const fine = (columns - 3) * FINE + 1;
  const turned = new Float32Array(fine * rows);
  for (let i = 0; i < fine; i += 1) {
    const left = Math.min(Math.floor(i / FINE), columns - 4);
    const weights = cubic(i / FINE - left);
    for (let r = 0; r < rows; r += 1) {
      let sum = 0;
      for (let k = 0; k < 4; k += 1) sum += weights[k] * values[r * columns + left + k];
      turned[i * rows + r] = sum;
    }
  }
  return [turned, fine];
}

/** Mean of each value and its eight neighbours, in place: it takes off the steps between pixels. */
function smooth(field, size) {
  const old = field.slice();
  for (let y = 1; y < size - 1; y += 1) {
    for (let x = 1; x < size - 1; x += 1) {
      let sum = 0;
      for (let r = y - 1; r <= y + 1; r += 1) for (let c = x - 1; c <= x + 1; c += 1) sum += old[r * size + c];
      field[y * size + x] = sum / 9;
    }
  }
}

/**
 * The outlines of a picture (side * side) in [-1, 1]: closed curves where it is 0.
 * @returns {loops: [[[x, y], ...], ...], left, right}, in pixels from the picture's corner; no ink: no loops
 */
export function outline(picture, side = 28) {
  const wide = side + 4; // a border of two pixels without ink, so that every curve closes
  const bordered = new Float32Array(wide * wide).fill(-1);
  for (let r = 0; r < side; r += 1) bordered.set(picture.subarray(r * side, (r + 1) * side), (r + 2) * wide + 2);
  const [turned, size] = finer(bordered, wide, wide);
  const [field] = finer(turned, size, wide);
  for (let pass = 0; pass < 3; pass += 1) smooth(field, size);
  const at = (x, y) => field[y * size + x];
  const next = new Map();
  const points = new Map();
  const cross = (key, x, y, dx, dy) => {
    const [a, b] = [at(x, y), at(x + dx, y + dy)];
    const share = a / (a - b);
    points.set(key, [(x + dx * share) / FINE - 0.5, (y + dy * share) / FINE - 0.5]);
  };
  for (let y = 0; y < size - 1; y += 1) {
    for (let x = 0; x < size - 1; x += 1) {
      const kind = 8 * (at(x, y) > 0) + 4 * (at(x + 1, y) > 0) + 2 * (at(x + 1, y + 1) > 0) + (at(x, y + 1) > 0);
      for (const [from, to] of EDGES[kind] ?? []) {
        const keys = [from, to].map((edge) => {
          const [ex, ey] = [x + (edge === 1), y + (edge === 2)];
          const upright = edge % 2;
          const key = 2 * (ey * size + ex) + upright;
          if (!points.has(key)) cross(key, ex, ey, 1 - upright, upright);
          return key;
        });
        next.set(keys[0], keys[1]);
      }
    }
  }
  const loops = [];
  let [left, right] = [Infinity, -Infinity];
  while (next.size > 0) {
    const loop = [];
    let [key] = next.keys();
    while (next.has(key)) {
      const point = points.get(key);
      loop.push(point);
      left = Math.min(left, point[0]);
      right = Math.max(right, point[0]);
      const following = next.get(key);
      next.delete(key);
      key = following;
    }
    if (loop.length > 6) loops.push(loop); // smaller ones are specks
  }
  return { loops, left: loops.length ? left : 0, right: loops.length ? right : 0 };
}

/** The loops as an SVG path: curves through the middles of the edges, moved by (dx, dy) after scaling. */
export function pathOf(loops, scale = 1, dx = 0, dy = 0) {
  const put = ([x, y]) => `${(x * scale + dx).toFixed(2)} ${(y * scale + dy).toFixed(2)}`;
  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return loops.map((loop) => {
    const start = put(middle(loop.at(-1), loop[0]));
    return `M${start}${loop.map((point, i) => `Q${put(point)} ${put(middle(point, loop[(i + 1) % loop.length]))}`).join("")}Z`;
  }).join("");
}
