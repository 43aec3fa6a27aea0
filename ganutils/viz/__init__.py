"""What one looks at and plays with: figures, the live view of a training, sliders, places to point at."""

from ganutils.viz.diagrams import diagram
from ganutils.viz.figures import (
    ACCENT,
    FAKE,
    JUDGE,
    NEUTRAL,
    REAL,
    captioned,
    curves,
    encode,
    figure,
    image_grid,
    png,
    points,
    show,
    smooth,
    tile,
)  # fmt: skip
from ganutils.viz.live_figure import Pad, figure_sliders
from ganutils.viz.pad import LatentPad
from ganutils.viz.progress import watch
from ganutils.viz.sentence_box import SentenceBox
from ganutils.viz.sliders import Panel, Slider, latent_sliders

__all__ = [
    "ACCENT", "FAKE", "JUDGE", "NEUTRAL", "REAL", "LatentPad", "Pad", "Panel", "SentenceBox", "Slider", "captioned",
    "curves", "diagram", "encode", "figure", "figure_sliders", "image_grid", "latent_sliders", "png", "points", "show",
    "smooth", "tile", "watch",
]  # fmt: skip
