"""Sliders on a trained model.

An explorer works on a frozen copy of the network, so that moving a slider never touches a training. A frame is
one small PNG in a `widgets.Image`: matplotlib's full redraw is several times too slow for a slider.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import ipywidgets as widgets
import torch
from IPython.display import display
from torch import nn

from ganutils import sampling
from ganutils.viz import figures
from ganutils.viz.lifetime import closed, replace_earlier
from ganutils.viz.pad import PadWidget


class Slider(NamedTuple):
    """Label, range, start, how far an arrow key moves it; `names`, if any, are shown in place of 0, 1, ..."""

    label: str
    low: float
    high: float
    start: float
    step: float = 0.1
    names: Sequence[str] = ()

    def widget(self, **options: Any) -> Any:
        """A slider of ipywidgets."""
        if self.names:
            choices = [(name, place) for place, name in enumerate(self.names)]
            return widgets.SelectionSlider(options=choices, value=int(self.start), description=self.label, **options)
        whole = all(float(number).is_integer() for number in (self.low, self.high, self.start, self.step))
        make, kind = (widgets.IntSlider, int) if whole else (widgets.FloatSlider, float)
        numbers = {"value": self.start, "min": self.low, "max": self.high, "step": self.step}
        return make(description=self.label, **{name: kind(n) for name, n in numbers.items()}, **options)


class Panel:
    """Sliders, a picture that follows them and a reset button; below them a still picture for readers without a kernel.

    Args:
        frame: values by slider name to PNG bytes.
        sliders: by name, at most four; the names are the arguments of `frame`.
        still: displays what a reader without a kernel sees.
        width: of the picture on the screen, in pixels.
        pad: names two more arguments of `frame`, and shows the picture in which one can point at them.

    Raises:
        ValueError: no slider, or more than four.
    """

    def __init__(
        self,
        frame: Callable[..., bytes],
        sliders: dict[str, Slider],
        still: Callable[[], Any],
        width: int,
        pad: tuple[tuple[str, str], PadWidget] | None = None,
    ) -> None:
        if not 1 <= len(sliders) <= 4:
            raise ValueError(f"Between one and four sliders can be followed by eye, not {len(sliders)}.")
        self._frame, self._still, self._starts, self._lock = frame, still, sliders, threading.Lock()
        self._resetting = False
        style, layout = {"description_width": "150px"}, widgets.Layout(width="420px")
        self.sliders: dict[str, Any] = {}
        for name, slider in sliders.items():
            self.sliders[name] = slider.widget(style=style, layout=layout)
            self.sliders[name].observe(self._moved, "value")
        self.reset = widgets.Button(description="Reset", tooltip="Put every slider back", icon="undo")
        self.reset.on_click(self._reset)
        self._place: tuple[str, ...] = pad[0] if pad else ()
        self.pad: PadWidget | None = pad[1] if pad else None
        if self.pad:
            self.pad.observe(self._pointed, "place")
        self.image = self.pad or widgets.Image(format="png", width=width, layout=widgets.Layout(width=f"{width}px"))
        self.widget = widgets.VBox([*self.sliders.values(), self.reset, self.image])
        self.draw()
        replace_earlier(self)

    def close(self) -> None:
        """Take the panel off the page and let go of what its frames are drawn with."""
        for part in (*self.widget.children, self.widget):
            part.unobserve_all()
            part.close()
        self.reset.on_click(self._reset, remove=True)
        self._frame, self._still = closed, closed

    def draw(self) -> None:
        """Draw the frame for the sliders' present values."""
        with self._lock:
            values = {name: slider.value for name, slider in self.sliders.items()}
            values |= dict(zip(self._place, self.pad.place, strict=True)) if self.pad else {}
            self.image.value = self._frame(**values)

    def _moved(self, change: Any) -> None:
        if not self._resetting:
            self.draw()

    def _pointed(self, change: Any) -> None:
        self._moved(change)
        self.image.send({"drawn": change.new})

    def _reset(self, button: Any) -> None:
        self._resetting = True
        for name, slider in self.sliders.items():
            slider.value = type(slider.value)(self._starts[name].start)
        if self.pad:
            self.pad.place = self.pad.home
        self._resetting = False
        self.draw()

    def _ipython_display_(self) -> None:
        display(self.widget)
        self._still()


def latent_sliders(
    generator: nn.Module, latent_dim: int, *, count: int = 16, directions: int = 3, seed: int = 0,
    scale: int = 3, title: str,
) -> Panel:  # fmt: skip
    """Walk through latent space: `count` samples that all move along the strongest directions, and a seed.

    Args:
        generator: latents (n, latent_dim) to images in [-1, 1]; a frozen copy of it is used.
        count: pictures shown at a time.
        directions: sliders for directions, 1 to 3, from `sampling.principal_directions`.
        seed: of the samples that are shown first, 0 to 99.
        scale: how much larger than life the pictures are shown.
        title: what is generated, for the still picture and its alt text.
    """
    frozen = copy.deepcopy(generator).cpu().eval().requires_grad_(False)
    axes = sampling.principal_directions(frozen, latent_dim, count=directions)

    def frame(seed: int, **amounts: float) -> bytes:
        moved = sampling.latents(count, latent_dim, seed=seed) + torch.tensor(list(amounts.values())) @ axes
        return figures.encode(figures.tile(sampling.generate(frozen, moved)))

    def still() -> None:
        amounts = torch.linspace(-3, 3, 9)
        start = sampling.latents(count, latent_dim, seed=seed)[:1]  # the first of the panel's pictures
        path = start + (amounts.view(1, -1, 1) * axes.unsqueeze(1)).flatten(0, 1)
        made, ax = figures.figure(width=7, height=0.6 + 0.68 * directions)
        figures.image_grid(sampling.generate(frozen, path), title=f"{title}: one sample, moved", ax=ax, columns=9)
        ax.text(0.5, -0.04, "slider from -3 to 3", transform=ax.transAxes, ha="center", va="top")
        for row in range(directions):
            place = 1 - (row + 0.5) / directions
            ax.text(-0.01, place, f"direction {row + 1}", transform=ax.transAxes, ha="right", va="center")
        figures.show(
            made,
            f"{title}: {directions} rows, one for each slider; along a row one sample changes step by step.",
        )

    sliders = {f"d{i + 1}": Slider(f"direction {i + 1}", -4, 4, 0, 0.2) for i in range(directions)}
    sliders["seed"] = Slider("seed (other samples)", 0, 99, seed, 1)
    width = figures.tile(sampling.generate(frozen, torch.zeros(count, latent_dim))).width
    return Panel(frame, sliders, still, scale * width)  # the browser enlarges, smoothly and for nothing
