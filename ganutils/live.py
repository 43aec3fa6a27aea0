"""Watch a training: a progress bar, live curves and pictures, a clean stop, checkpoints on the way.

The kernel's interrupt (the square button, or `I` `I`) is the stop button: a button of our own could not be
heard, because a widget's callback waits until the running cell ends.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import torch
from IPython.display import display
from torch import Tensor
from tqdm.auto import tqdm

from ganutils import plots

_SHORTEST = 0.5  # seconds between two redraws, at least
_SHARE = 0.1  # of the time may go into drawing


class Record(Protocol):
    """What a loop yields after a step: `step`, counted from 1, and numbers beside it."""

    @property
    def step(self) -> int: ...  # noqa: D102


R = TypeVar("R", bound=Record)


class _Stop:
    asked = False


@contextmanager
def _polite_interrupt() -> Iterator[_Stop]:
    """Turn an interrupt into a wish that is granted between two steps, so that no update is cut in half.

    A second interrupt stops at once. Outside the main thread signals cannot be caught; nothing changes there.
    """
    stop = _Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT) or signal.default_int_handler  # None: set outside Python

    def handler(number: int, frame: Any) -> None:
        if stop.asked:
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt
        stop.asked = True

    signal.signal(signal.SIGINT, handler)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


class _Canvas:
    """One picture in the output, replaced in place: no flicker, and the last one stays in the notebook."""

    def __init__(self, pictures: Callable[[], Tensor] | None, curves: tuple[str, ...]) -> None:
        self.pictures, self.curves = pictures, curves
        self.handle: Any = None
        self.last, self.cost = -math.inf, 0.0

    def due(self) -> bool:
        return time.perf_counter() - self.last >= max(_SHORTEST, self.cost / _SHARE)

    def draw(self, history: list[Any]) -> None:
        began = time.perf_counter()
        columns = 1 + (self.pictures is not None)
        made, axes = plots.figure(columns, width=3.6 * columns, height=3.0)
        plots.curves(history, *self.curves, ax=axes[1] if columns == 2 else axes, window=50)
        step = history[-1].step
        alt = f"Training at step {step}: {', '.join(self.curves)} against the step"
        if self.pictures is not None:
            samples = self.pictures()
            if samples.ndim == 2:
                plots.points(samples, None, title=f"Samples at step {step}", ax=axes[0]).legend().remove()
                axes[0].collections[0].set_color(plots.FAKE)
            else:
                plots.image_grid(samples, title=f"Samples at step {step}", ax=axes[0])
            alt += ", beside generated samples"
        content, metadata = plots.bundle(plots.png(made), alt + ".", round(made.get_figwidth() * 96))
        if self.handle is None:
            self.handle = display(content, raw=True, metadata=metadata, display_id=True)
        else:
            self.handle.update(content, raw=True, metadata=metadata)
        self.last = time.perf_counter()
        self.cost = self.last - began


def watch(
    steps: Iterable[R],
    *,
    total: int,
    pictures: Callable[[], Tensor] | None = None,
    curves: tuple[str, ...] = ("d_loss", "g_loss"),
    save: Callable[[int], Any] | None = None,
    save_every: int = 500,
) -> Iterator[R]:
    """Hand on the steps of a training loop while showing how it goes.

    Stops between two steps at the kernel's interrupt, and at the first loss that is not a number; says so in
    words, never raises for it, and keeps everything trained: the networks live on in the notebook. Run the
    training cell again to go on.

    Args:
        steps: a loop that yields a record after each step, as those of `training` do.
        total: the step at which the loop ends, for the progress bar.
        pictures: returns images (n, channels, height, width) in [-1, 1] or points (n, 2) to draw beside the
            curves. Use `sampling.generate`, which leaves the network as it found it.
        curves: fields of the records to draw, and to stop at when one is not a number.
        save: called as save(step) every `save_every` steps and at the end, never after a loss turned NaN.

    Yields:
        The records, unchanged.
    """
    canvas, history = _Canvas(pictures, curves), list[R]()
    saved, message, diverged = 0, "", False
    with _polite_interrupt() as stop, tqdm(total=total, unit="step") as bar:
        for record in steps:
            bad = [name for name in curves if not math.isfinite(getattr(record, name))]
            if bad:
                diverged = True
                message = (
                    f"Stopped: {bad[0]} is {getattr(record, bad[0])} at step {record.step}, so the weights are no "
                    "longer usable. Make the networks again (or restore the last checkpoint) and try a lower "
                    "learning rate."
                )
                break
            history.append(record)
            bar.update(record.step - bar.n)
            if canvas.due():
                canvas.draw(history)
            if save is not None and record.step % save_every == 0:
                save(saved := record.step)
            yield record
            if stop.asked:
                message = f"Stopped at step {record.step} of {total}. Everything trained is kept; run again to go on."
                break
        if history:
            canvas.draw(history)
            if save is not None and history[-1].step != saved and not diverged:
                save(history[-1].step)
    if message:
        print(message)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
