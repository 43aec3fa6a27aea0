"""The kernel's interrupt (the square button, or `I` `I`) as a polite wish.

It is the stop button of every training: a button of our own could not be heard, because a widget's callback waits
until the running cell ends.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """Whether somebody has asked to stop."""

    asked = False


@contextmanager
def polite_interrupt(stop: Stop) -> Iterator[None]:
    """Turn an interrupt into a wish that is granted between two steps, so that no update is cut in half.

    A second interrupt stops at once. Outside the main thread signals cannot be caught; nothing changes there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT) or signal.default_int_handler  # None: set outside Python

    def handler(number: int, frame: Any) -> None:
        if stop.asked:
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt
        stop.asked = True

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
