"""Tensors to figures. Nothing is computed here; every helper returns axes, and `show` adds the words.

Colours (Okabe and Ito, safe for colour-blind readers) have one meaning in every notebook:
real samples are blue, generated ones vermilion, the discriminator is green.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

REAL, FAKE, JUDGE, NEUTRAL, ACCENT = "#0072B2", "#D55E00", "#009E73", "#767676", "#CC79A7"
_DPI = 130


def figure(columns: int = 1, *, rows: int = 1, width: float = 7.0, height: float = 3.2, **options: Any) -> tuple:
    """A figure with its axes, sizes in inches. Not registered with pyplot: nothing to close, nothing shown twice.

    Returns:
        (figure, axes); axes is a single one, or an array as `Figure.subplots` returns it.
    """
    made = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(made)
    axes = made.subplots(rows, columns, **options)
    for ax in np.ravel(axes):
        ax.spines[["top", "right"]].set_visible(False)
    return made, axes


def png(made: Figure) -> bytes:
    """The figure as PNG, reduced to 64 colours to keep notebooks small."""
    buffer = io.BytesIO()
    made.savefig(buffer, format="rgba", dpi=_DPI)
    made_width, made_height = made.canvas.get_width_height()
    pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(made_height, made_width, 4)
    return encode(few_colours(Image.fromarray(pixels[..., :3].copy())))


def few_colours(picture: Image.Image) -> Image.Image:
    """An RGB picture in 64 colours; what was grey stays grey, also beside a colourful map that it shares them with."""
    pixels = np.array(picture)
    grey = np.ptp(pixels, axis=-1) == 0
    few = picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)  # the smaller files
    missed = np.abs(pixels.astype(int) - np.array(few.convert("RGB"))).max(axis=-1) > 12
    if (missed & ~grey).sum() > 0.1 * (~grey).sum():
        few = picture.quantize(64, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)  # pale colours
    index, palette = np.array(few), np.array(few.getpalette()).reshape(-1, 3)
    count, count_grey = (np.bincount(some, minlength=len(palette)) for some in (index.ravel(), index[grey]))
    greys = np.flatnonzero(2 * count_grey > count)  # colours that stand for grey pixels, mostly
    palette[greys] = palette[greys].mean(axis=1, keepdims=True).round()
    present = np.unique(pixels[grey])
    if len(present) and (len(greys) == 0 or int(np.ptp(palette[greys, 0])) < int(np.ptp(present)) - 32):
        # Black text, say, shared its colour with a colourful picture: some greys of their own.
        greys = np.concatenate([greys, len(palette) + np.arange(8)])
        own = np.linspace(present[0], present[-1], 8).round().repeat(3).reshape(8, 3)
        palette = np.concatenate([palette, own.astype(palette.dtype)])
    if len(greys):
        nearest = greys[np.abs(np.arange(256)[:, None] - palette[greys, 0]).argmin(axis=1)]
        index[grey] = nearest[pixels[grey][:, 0]]
    kept = Image.fromarray(index)
    kept.putpalette(palette.astype(np.uint8).tobytes())
    return kept


def encode(picture: Image.Image, *, fast: bool = False) -> bytes:
    """A Pillow picture as PNG; `fast` writes a larger file in a fraction of the time, for sliders."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=1 if fast else 6)
    return buffer.getvalue()


def bundle(data: bytes, alt: str, width: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a notebook stores for a PNG: the picture, and the alt text twice, for browsers and for text readers."""
    return {"image/png": data, "text/plain": alt}, {"image/png": {"alt": alt, "width": width}}


def show(made: Figure, alt: str) -> None:
    """Display a figure together with a sentence for those who cannot see it.

    Raises:
        ValueError: an empty alt text.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("Give the figure an alt text: one sentence that says what it shows.")
    content, metadata = bundle(png(made), alt, round(made.get_figwidth() * 96))
    display(content, raw=True, metadata=metadata)


def tile(images: Tensor, *, columns: int | None = None, gap: int = 1, scale: int = 1) -> Image.Image:
    """One picture of many: images (n, 1 or 3, height, width) in [-1, 1], the one place where numbers become pixels.

    Raises:
        ValueError: another shape.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(f"Pictures must be of shape (n, 1 or 3, height, width), not {tuple(images.shape)}.")
    n, channels, height, width = images.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    pixels = ((images.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    canvas = torch.full((rows * columns, channels, height + gap, width + gap), 128, dtype=torch.uint8)
    canvas[:, :, :height, :width] = 0
    canvas[:n, :, :height, :width] = pixels
    canvas = canvas.view(rows, columns, channels, height + gap, width + gap).permute(0, 3, 1, 4, 2)
    sheet = canvas.reshape(rows * (height + gap), columns * (width + gap), channels)[: -gap or None, : -gap or None]
    picture = Image.fromarray(sheet.squeeze(-1).numpy())
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def image_grid(
    images: Tensor, *, title: str, ax: Axes, columns: int | None = None, column_names: Sequence[str] = ()
) -> Axes:
    """Draw images (n, 1 or 3, height, width) in [-1, 1] as one tiled picture, with a name over each column or none."""
    ax.imshow(np.asarray(tile(images, columns=columns)), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    ax.set_title(title)
    ax.set_frame_on(False)
    middles = [(place + 0.5) * (images.shape[-1] + 1) - 1 for place in range(len(column_names))]
    ax.set_xticks(middles, column_names)
    ax.set_yticks([])
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    return ax


def captioned(images: Tensor, sentences: Sequence[str], *, columns: int, width: float = 9.0) -> Figure:
    """A figure of images (n, 1 or 3, height, width) in [-1, 1] in rows, each below its own sentence; for `show`."""
    wrapped = ["\n".join(textwrap.wrap(sentence, round(17 * width / columns))) for sentence in sentences]
    lines, rows = 1 + max(text.count("\n") for text in wrapped), math.ceil(len(wrapped) / columns)
    tall = width / columns * images.shape[2] / images.shape[3] + 0.13 * lines + 0.1
    made, axes = figure(columns, rows=rows, width=width, height=rows * tall, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
        ax.set_anchor("S")  # what is left of a row's height is above, for the sentence
    for ax, picture, text in zip(axes.flat, images, wrapped, strict=False):
        ax.imshow(np.asarray(tile(picture[None])), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set_title(text, fontsize=7)
    return made


def points(real: Tensor, fake: Tensor | None, *, title: str, ax: Axes, limit: float | None = None) -> Axes:
    """Scatter points (n, 2): real ones behind, generated ones before; both axes from -limit to limit."""
    groups = [("real", REAL, real), ("generated", FAKE, fake)]
    for name, colour, xy in groups:
        if xy is not None:
            xy = xy.detach().cpu()
            ax.scatter(xy[:, 0], xy[:, 1], s=4, alpha=0.5, color=colour, label=name, linewidths=0)
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    if limit is not None:
        ax.set(xlim=(-limit, limit), ylim=(-limit, limit))
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 4.2}  # lines of text
    ax.legend(**below, ncols=2, markerscale=3, fontsize="small", frameon=False)
    return ax


def numbers(history: Iterable[Any], name: str) -> np.ndarray:
    """One field of a training's records, fetched from their device at once: float64 (n,)."""
    values = [getattr(record, name) for record in history]
    if values and isinstance(values[0], Tensor):
        return torch.stack(values).cpu().double().numpy()
    return np.asarray(values, dtype=float)


def smooth(values: Sequence[float] | np.ndarray, window: int) -> np.ndarray:
    """Mean over the last `window` values (over the last quarter at the start), so that a noisy curve can be read."""
    # A window that fills up from the first value bends the curve where that value leaves it.
    total = np.cumsum(np.insert(np.asarray(values, dtype=float), 0, 0.0))
    end = np.arange(1, len(total))
    start = np.maximum(end - window, 3 * end // 4)
    return (total[end] - total[start]) / (end - start)


def curves(
    history: Iterable[Any], *names: str, ax: Axes, window: int = 50, title: str = "Losses", unit: str = "loss (nats)"
) -> Axes:
    """Draw fields of the records as running means; on a logarithmic axis where a few steps would flatten the rest."""
    records = list(history)
    colours = {"d_loss": JUDGE, "g_loss": FAKE, "real_logit": REAL, "fake_logit": FAKE}
    steps = [record.step for record in records]
    smoothed = {name: smooth(numbers(records, name), window) for name in names}
    for name, values in smoothed.items():
        ax.plot(steps, values, color=colours.get(name), label=name)
    drawn = np.concatenate(list(smoothed.values()))
    if len(drawn) and drawn.min() > 0 and drawn.max() > 10 * np.median(drawn):
        ax.set_yscale("log")
    ax.set(title=title, xlabel=f"step (mean over at most {window})", ylabel=unit)
    ax.legend(fontsize="small")
    return ax
