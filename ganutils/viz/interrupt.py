"""The kernel's interrupt (the square button, or `I` `I`) as a polite wish.

It is the stop button of every training: a button of our own could not be heard, because a widget's callback waits
until the running cell ends.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Stop:
    """Whether somebody has asked to stop, and who works meanwhile.

    Attributes:
        asked: an interrupt has come.
        caller: the frame that has been handed a record and will ask for the next; None while the loop itself works.
    """

    asked = False
    caller: FrameType | None = None


def _runs(caller: FrameType, frame: FrameType | None) -> bool:
    while frame is not None and frame is not caller:
        frame = frame.f_back
    return frame is caller


@contextmanager
def polite_interrupt(stop: Stop) -> Iterator[None]:
    """Turn an interrupt into a wish that is granted between two steps, so that no update is cut in half.

    A second interrupt stops at once. Where the caller has left the loop and its cell has ended, the interrupt is
    Python's own again. Outside the main thread signals cannot be caught; nothing changes there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: Any = signal.getsignal(signal.SIGINT) or signal.default_int_handler  # None: set outside Python

    def handler(number: int, frame: FrameType | None) -> None:
        if stop.caller is not None and not _runs(stop.caller, frame):
            signal.signal(signal.SIGINT, before)
            if callable(before):
                before(number, frame)
        elif stop.asked:
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt
        stop.asked = True

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is handler:
            signal.signal(signal.SIGINT, before)
