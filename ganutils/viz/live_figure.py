"""A matplotlib figure that follows sliders, and a pointer in one of its axes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from ganutils.viz import figures
from ganutils.viz.pad import PadWidget
from ganutils.viz.sliders import Panel, Slider


class Pad(NamedTuple):
    """Two arguments that one chooses by pointing into `ax`: their names, where they start, what the place is called."""

    names: tuple[str, str]
    start: tuple[float, float]
    ax: Axes
    label: str

    def widget(self, size: list[int]) -> PadWidget:
        """The figure's own picture as a pad, once its layout is settled."""
        box = self.ax.get_position()
        return PadWidget(
            limits=[*self.ax.get_xlim(), *self.ax.get_ylim()],
            area=[box.x0, 1 - box.y1, box.width, box.height],
            size=size,
            label=self.label,
            home=list(self.start),
            place=list(self.start),
        )


def figure_sliders(
    made: Figure,
    update: Callable[..., Sequence[Artist]],
    *,
    alt: str,
    sliders: dict[str, Slider],
    pad: Pad | None = None,
) -> Panel:
    """A matplotlib figure that follows sliders: everything that stays is drawn once, what moves is drawn over it.

    For readers without a kernel the first slider's two ends and its start stand side by side below.

    Args:
        made: from `figures.figure`, with its axes, limits and labels set.
        update: called with the sliders' values by name; sets the moving artists and returns all of them.
        alt: one sentence that says what the three still pictures show.
        sliders: at most four.
        pad: two more arguments of `update`, chosen by a click, by dragging or with the arrow keys.
    """
    start = {name: s.start for name, s in sliders.items()}
    start |= dict(zip(pad.names, pad.start, strict=True)) if pad else {}
    canvas: Any = made.canvas
    moving = update(**start)
    canvas.draw()
    made.set_layout_engine("none")  # the layout is settled; were it to move, the background would no longer fit
    for artist in moving:
        artist.set_animated(True)
    canvas.draw()
    background = canvas.copy_from_bbox(made.bbox)

    def frame(**values: float) -> bytes:
        update(**values)
        canvas.restore_region(background)
        for artist in moving:
            made.draw_artist(artist)
        width, height = canvas.get_width_height()
        picture = Image.frombuffer("RGBA", (width, height), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        return figures.encode(picture.convert("RGB"), fast=True)

    def still() -> None:
        name, slider = next(iter(sliders.items()))
        shape = made.get_figheight() / made.get_figwidth()
        if shape < 0.6:  # a wide figure would be too small to read as a third of the width
            width = min(6.5, made.get_figwidth())
            sheet, axes = figures.figure(rows=3, width=width, height=3 * (width * shape + 0.25))
        else:
            sheet, axes = figures.figure(3, width=9, height=3 * shape + 0.3)
        for ax, value in zip(axes, (slider.low, slider.start, slider.high), strict=True):
            ax.imshow(Image.open(io.BytesIO(frame(**{**start, name: value}))), interpolation="antialiased")
            shown = slider.names[int(value)] if slider.names else f"{value:g}"
            ax.set_title(f"{slider.label}: {shown}", fontsize="small")
            ax.axis("off")
        figures.show(sheet, alt)

    width, height = round(made.get_figwidth() * 96), round(made.get_figheight() * 96)
    return Panel(frame, sliders, still, width, (pad.names, pad.widget([width, height])) if pad else None)
