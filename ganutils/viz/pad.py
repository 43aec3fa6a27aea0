"""A place on a map that one can drag: beside the map the picture at the pointer, or the picture is the map itself."""

from __future__ import annotations

import base64
import copy
from typing import Any

import anywidget
import torch
import traitlets
from IPython.display import display
from torch import nn

from ganutils import sampling
from ganutils.viz import figures
from ganutils.viz.lifetime import replace_earlier

_PAGE = """
function render({ model, el }) {
  const [left, right, low, high] = model.get("limits"), [across, down, wide, tall] = model.get("area");
  const [width, height] = model.get("size"), home = model.get("home"), two = model.get("map") !== "";
  const place = (parent, tag, style, attributes = {}) => {
    const node = document.createElement(tag);
    Object.assign(node.style, style);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    parent.append(node);
    return node;
  };
  const row = place(el, "div", {display: "flex", gap: "24px", alignItems: "center", flexWrap: "wrap"});
  const map = place(row, "div", {
    position: "relative", width: `${width}px`, height: `${height}px`, cursor: "crosshair", touchAction: "none",
    backgroundImage: two ? `url(${model.get("map")})` : "none", backgroundSize: "100% 100%",
  }, {tabindex: 0, role: "application", class: "picture-pad"});
  const side = two ? place(row, "div", {textAlign: "center"}) : el;
  const shown = two ? {width: "168px", height: "168px"} : {width: "100%", height: "100%", pointerEvents: "none"};
  const picture = place(two ? side : map, "img", {...shown, imageRendering: "auto"},
    {class: "widget-image", alt: "the picture at the pointer"});
  const dot = place(map, "div", {
    position: "absolute", width: "14px", height: "14px", margin: "-10px 0 0 -10px", borderRadius: "50%",
    border: "3px solid #D55E00", outline: "2px solid white", pointerEvents: "none",
  });
  const words = place(side, "div", {fontFamily: "monospace", marginTop: "6px"}, {role: "status"});

  // One question at a time: while an answer is on its way, only the latest place is remembered.
  let asked = false, next = null;
  const send = (place) => {
    if (asked) { next = place; return; }
    if (String(place) === String(model.get("place"))) return;
    asked = true;
    model.set("place", place);
    model.save_changes();
  };
  const limit = (value, least, most) => Math.round(100 * Math.max(least, Math.min(most, value))) / 100;
  const go = (x, y) => {
    const target = [limit(x, left, right), limit(y, low, high)];
    show(target);
    send(target);
  };
  const show = ([x, y]) => {
    dot.style.left = `${(across + wide * (x - left) / (right - left)) * width}px`;
    dot.style.top = `${(down + tall * (high - y) / (high - low)) * height}px`;
    words.textContent = `${model.get("label")} = (${x.toFixed(2)}, ${y.toFixed(2)})`;
    map.setAttribute("aria-label", `map, arrow keys move; now at ${x.toFixed(1)}, ${y.toFixed(1)}`);
  };
  const answer = () => {
    asked = false;
    if (next) { const latest = next; next = null; send(latest); }
  };
  const at = (event) => {
    const box = map.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width - across) / wide;
    const y = ((event.clientY - box.top) / box.height - down) / tall;
    go(left + x * (right - left), high - y * (high - low));
  };
  map.addEventListener("pointerdown", (event) => { map.focus(); map.setPointerCapture(event.pointerId); at(event); });
  map.addEventListener("pointermove", (event) => { if (event.buttons) at(event); });
  map.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.5 : 0.1;
    const move = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step]}[event.key];
    if (!move && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();  // the notebook would move to another cell
    const [x, y] = next ?? model.get("place");
    if (move) go(x + move[0], y + move[1]); else go(...home);
  });
  if (two) {  // a panel with sliders has a button of its own
    const reset = place(side, "button", {marginTop: "6px"}, {class: "jupyter-button widget-button"});
    reset.textContent = "Reset";
    reset.addEventListener("click", () => go(...home));
  }
  model.on("change:picture", () => { picture.src = model.get("picture"); });
  model.on("change:place", () => { if (!asked) show(model.get("place")); });  // the panel has put it back
  model.on("msg:custom", answer);
  show(model.get("place"));
  picture.src = model.get("picture");
}
export default { render };
"""


def _address(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


class PadWidget(anywidget.AnyWidget):
    """The browser's side of a pad: the place that it asks for, on a map, or on the picture itself if there is none."""

    _esm = _PAGE
    limits = traitlets.List(default_value=[-3.0, 3.0, -3.0, 3.0]).tag(sync=True)  # left, right, low, high
    area = traitlets.List(default_value=[0.0, 0.0, 1.0, 1.0]).tag(sync=True)  # of these: left, top, width, height
    size = traitlets.List(default_value=[420, 420]).tag(sync=True)  # in pixels
    label = traitlets.Unicode("z").tag(sync=True)
    map = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    home = traitlets.List(trait=traitlets.Float(), default_value=[0.0, 0.0]).tag(sync=True)
    place = traitlets.List(trait=traitlets.Float(), default_value=[0.0, 0.0]).tag(sync=True)

    @property
    def value(self) -> bytes:
        """The picture as PNG bytes, as `widgets.Image` has it."""
        return base64.b64decode(self.picture.partition(",")[2])

    @value.setter
    def value(self, data: bytes) -> None:
        self.picture = _address(data)


class LatentPad:
    """Drag over the map of a two-dimensional latent space, or move with the arrow keys (Shift: larger steps).

    Args:
        decoder: latents (n, 2) to images (n, 1 or 3, height, width) in [-1, 1]; a frozen copy of it is used.
        extent: the map reaches from -extent to extent in both directions.
        tiles: pictures along one side of the map.
        title: what is drawn, for the still picture and its alt text.

    Raises:
        ValueError: the decoder does not take latents of two dimensions.
    """

    def __init__(self, decoder: nn.Module, *, extent: float = 3.0, tiles: int = 9, title: str) -> None:
        self._decoder = copy.deepcopy(decoder).cpu().eval().requires_grad_(False)
        self._title, self._columns = title, tiles
        edge = extent * (1 - 1 / tiles)  # the middles of the tiles
        across, down = torch.linspace(-edge, edge, tiles), torch.linspace(edge, -edge, tiles)
        grid = torch.stack([across.repeat(tiles), down.repeat_interleave(tiles)], 1)
        try:
            self._tiles = sampling.generate(self._decoder, grid)
        except RuntimeError as error:
            raise ValueError(f"A latent pad needs a decoder of latents (n, 2); this one says: {error}") from error
        self.widget = PadWidget(
            limits=[-extent, extent, -extent, extent],
            map=_address(figures.encode(figures.tile(self._tiles, columns=tiles, gap=0).quantize(24))),
            picture=_address(self._draw([0.0, 0.0])),
        )
        self.widget.observe(self._moved, "place")
        replace_earlier(self)

    def close(self) -> None:
        """Take the pad off the page and let go of its decoder."""
        self.widget.unobserve_all()
        self.widget.close()
        self._decoder = nn.Identity()

    def draw(self) -> None:
        """Draw the picture at the present place."""
        self.widget.value = self._draw(self.widget.place)

    def _draw(self, place: list[float]) -> bytes:
        image = sampling.generate(self._decoder, torch.tensor([place]))
        return figures.encode(figures.tile(image), fast=True)

    def _moved(self, change: Any) -> None:
        self.draw()
        self.widget.send({"drawn": self.widget.place})

    def _ipython_display_(self) -> None:
        display(self.widget)
        made, ax = figures.figure(width=4.0, height=4.2)
        figures.image_grid(self._tiles, title=f"{self._title}: the map", ax=ax, columns=self._columns)
        ax.text(0.5, -0.02, "$z_1$ to the right, $z_2$ upwards", transform=ax.transAxes, ha="center", va="top")
        size = f"{self._columns} by {self._columns}"
        figures.show(made, f"{self._title}: a map of {size} decoded pictures that change gradually from tile to tile.")
