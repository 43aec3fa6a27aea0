"""Watch a training: a progress bar, live curves and pictures, a clean stop, checkpoints on the way."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from IPython.display import display
from torch import Tensor
from tqdm.auto import tqdm

from ganutils.training import CheckpointError
from ganutils.viz import figures
from ganutils.viz.interrupt import Stop, polite_interrupt
from ganutils.viz.ledger import Ledger

_SHORTEST = 0.5  # seconds between two redraws, at least
_SHARE = 0.1  # of the time may go into drawing
_FETCH_EVERY = 25  # steps; a GPU that must report after each step idles while Python asks
_REMEDY = "Make the networks again (or restore the last checkpoint) and try a lower learning rate."


class Record(Protocol):
    """What a loop yields after a step: `step`, counted from 1, and numbers beside it."""

    @property
    def step(self) -> int: ...  # noqa: D102


R = TypeVar("R", bound=Record)


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
        made, axes = figures.figure(columns, width=3.6 * columns, height=3.0)
        figures.curves(history, *self.curves, ax=axes[1] if columns == 2 else axes, window=50)
        step = history[-1].step
        alt = f"Training at step {step}: {', '.join(self.curves)} against the step"
        if self.pictures is not None:
            samples = self.pictures()
            if samples.ndim == 2:
                figures.points(samples, None, title=f"Samples at step {step}", ax=axes[0]).legend().remove()
                axes[0].collections[0].set_color(figures.FAKE)
            else:
                figures.image_grid(samples, title=f"Samples at step {step}", ax=axes[0])
            alt += ", beside generated samples"
        content, metadata = figures.bundle(figures.png(made), alt + ".", round(made.get_figwidth() * 96))
        if self.handle is None:
            self.handle = display(content, raw=True, metadata=metadata, display_id=True)
        else:
            self.handle.update(content, raw=True, metadata=metadata)
        self.last = time.perf_counter()
        self.cost = self.last - began


class _Saver:
    """Saves, and lets no failure of the disk end a training."""

    def __init__(self, save: Callable[[int], Any] | None) -> None:
        self.save, self.last, self.problem = save, 0, ""

    def __call__(self, step: int) -> str:
        """Save; return why the training must stop, which is nothing for a disk that refuses."""
        if self.save is None or step == self.last:
            return ""
        try:
            self.save(step)
        except CheckpointError as error:  # weights that are not finite: a NaN must not replace a good checkpoint
            return f"Stopped: {error} {_REMEDY}"
        except OSError as error:
            if not self.problem:
                print(f"Step {step} could not be saved ({error}). The training goes on; later steps are tried again.")
            self.problem = str(error)
        else:
            self.last, self.problem = step, ""
        return ""


def _here(record: Any, names: tuple[str, ...]) -> bool:
    """Whether the numbers can be read without waiting for a device."""
    return all(getattr(getattr(record, name), "device", torch.device("cpu")).type == "cpu" for name in names)


def _first_bad(records: list[Any], names: tuple[str, ...]) -> tuple[int, str] | None:
    """Place and name of the first number that is none; waits for the device once."""
    for name in names:
        bad = np.flatnonzero(~np.isfinite(figures.numbers(records, name)))
        if len(bad):
            return int(bad[0]), name
    return None


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
        curves: fields of the records to draw, and to stop at when one is not a number. On a GPU they are fetched
            every 25th step only, so that the loop need not wait for its own numbers.
        save: called as save(step) every `save_every` steps and at the end, never after a loss turned NaN. A save
            that fails (no space, a read-only folder) is reported and ends nothing.

    Yields:
        The records; their numbers lie in a ledger, so that thousands of them may be kept (`viz.ledger`).
    """
    canvas, saver, history, checked = _Canvas(pictures, curves), _Saver(save), list[R](), 0
    stop, diverged, ledger = Stop(), "", Ledger()

    def trouble() -> str:
        """Look at the records that nobody has looked at; drop those from the first bad one on, and say so."""
        nonlocal checked
        found = _first_bad(history[checked:], curves)
        if found is None:
            checked = len(history)
            return ""
        (place, name), bad = found, history[checked + found[0]]
        del history[checked + place :]
        value = float(getattr(bad, name))
        return f"Stopped: {name} is {value} at step {bad.step}, so the weights are no longer usable. {_REMEDY}"

    with polite_interrupt(stop), tqdm(total=total, unit="step") as bar:
        for record in map(ledger, steps):
            history.append(record)
            bar.update(record.step - bar.n)
            due, saving = canvas.due(), record.step % save_every == 0
            if due or saving or record.step % _FETCH_EVERY == 0 or _here(record, curves):
                diverged = trouble()
            if due and not diverged:
                canvas.draw(history)
            if saving and not diverged:
                diverged = saver(record.step)
            if diverged:
                break
            stop.caller = sys._getframe(1)
            yield record
            stop.caller = None
            if stop.asked:
                break
        diverged = diverged or trouble()
        if history:
            canvas.draw(history)
        if history and not diverged:
            diverged = saver(history[-1].step)
    if diverged:
        print(diverged)
    elif stop.asked:
        print(f"Stopped at step {history[-1].step} of {total}. Everything trained is kept; run again to go on.")
    elif not history:
        print(f"All {total} steps are done already. To train anew, first run the cells that make the networks.")
    if saver.problem:
        last = saver.last or "none of this run"
        print(f"The last steps are not on disk ({saver.problem}); the last one that is: {last}.")
    if torch.cuda.is_available():
        torch.cuda.synchronize()
