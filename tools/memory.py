"""The largest memory that a process's children take together, watched while they work."""

from __future__ import annotations

import threading

import psutil


class PeakMemory(threading.Thread):
    """Sums the children's memory every so many seconds and keeps the largest sum, in bytes.

    Args:
        every: seconds between two readings. Reading the proportional share is work: not more than every few seconds.
        shared: count the proportional share (Linux), which splits shared pages; else the resident memory.
    """

    def __init__(self, *, every: float = 0.1, shared: bool = False) -> None:
        super().__init__(daemon=True)
        self.bytes, self._done, self._every, self._shared = 0, threading.Event(), every, shared

    def run(self) -> None:
        while not self._done.wait(self._every):
            used = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    used += child.memory_full_info().pss if self._shared else child.memory_info().rss
                except psutil.Error:
                    continue
            self.bytes = max(self.bytes, used)

    def stop(self) -> int:
        self._done.set()
        self.join()
        return self.bytes
