"""Who feeds whom, where the gradient flows and where it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from ganutils.viz.figures import FAKE, NEUTRAL

_BEND = -0.45  # of the gradient's arcs


def diagram(
    blocks: dict[str, tuple[float, float]],
    forward: Sequence[tuple[str, str]],
    *,
    title: str,
    ax: Axes,
    backward: Sequence[tuple[str, str]] = (),
    cut: Sequence[tuple[str, str]] = (),
) -> Axes:
    """Draw blocks, what flows between them, and the gradient's way back.

    Args:
        blocks: text and place of each block, in columns from the left and rows from the bottom.
        forward: pairs (from, to), drawn as solid grey arrows.
        backward: pairs (from, to) along which the gradient flows, drawn as dashed arcs.
        cut: pairs (from, to) at which it would flow and is stopped: dashed, with a mark across.

    Raises:
        ValueError: an arrow names a block that is not there.
    """
    if missing := {name for pair in (*forward, *backward, *cut) for name in pair} - set(blocks):
        raise ValueError(f"There is no block {sorted(missing)[0]!r}; the blocks are {', '.join(blocks)}.")
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": "black"}
    words = {
        name: ax.text(*place, name, ha="center", va="center", bbox=box, fontsize="small", zorder=3)
        for name, place in blocks.items()
    }

    def arrow(pair: tuple[str, str], bend: float, **style: Any) -> None:
        ends = {"patchA": words[pair[0]].get_bbox_patch(), "patchB": words[pair[1]].get_bbox_patch()}
        options = {"arrowstyle": "-|>", "shrinkA": 3, "shrinkB": 3, "connectionstyle": f"arc3,rad={bend}"}
        ax.annotate("", blocks[pair[1]], blocks[pair[0]], arrowprops=options | ends | style)

    for pair in forward:
        arrow(pair, 0.0, color=NEUTRAL)
    for pair in backward:
        arrow(pair, _BEND, color=FAKE, linestyle="--")
    for pair in cut:
        arrow(pair, _BEND, color=FAKE, linestyle=":", alpha=0.6)
        (x_1, y_1), (x_2, y_2) = (blocks[name] for name in pair)
        middle = ((x_1 + x_2) / 2 + _BEND / 2 * (y_2 - y_1), (y_1 + y_2) / 2 - _BEND / 2 * (x_2 - x_1))
        ax.text(*middle, "✂", ha="center", va="center", color=FAKE, fontsize="x-large", fontfamily="DejaVu Sans")
    across, up = zip(*blocks.values(), strict=True)
    ax.set(xlim=(min(across) - 0.5, max(across) + 0.5), ylim=(min(up) - 0.45, max(up) + 0.4), title=title)
    ax.axis("off")
    return ax
