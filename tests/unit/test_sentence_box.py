"""A picture that follows what one writes."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from ganutils import viz
from ganutils.viz import lifetime


def box(**changes: Any) -> viz.SentenceBox:
    options = {"frame": str.encode, "start": "a red heart", "vocabulary": ("red", "heart", "a"), "still": lambda: None}
    return viz.SentenceBox(**options | changes, width=200)


def test_every_key_draws_what_stands_there() -> None:
    made = box()
    assert made.image.value == b"a red heart"
    made.text.value = "A Red"
    assert made.image.value == b"A Red"
    assert made.note.value == "Every word is known."


def test_words_that_are_not_known_are_named_with_the_nearest() -> None:
    made = box()
    made.text.value = "a read xylophone, heart!"
    assert made.note.value == "Never learned, not heard: read (did you mean red?), xylophone"
    made.text.value = ""
    assert made.note.value == "Every word is known."


def test_a_still_is_left_for_readers_without_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("ganutils.viz.sentence_box.display", shown.append)
    made = box(still=lambda: shown.append("still"))
    made._ipython_display_()
    assert shown == [made.widget, "still"]


def test_a_box_of_an_earlier_run_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shell:
        def __init__(self) -> None:
            self.run = 0

        def get_parent(self) -> dict[str, Any]:
            return {"metadata": {"cellId": "ask"}, "header": {"msg_id": str(self.run)}}

    class Network:
        def __call__(self, sentence: str) -> bytes:
            return b""

    shell, network = Shell(), Network()
    monkeypatch.setattr(lifetime, "_open", {})
    monkeypatch.setattr(lifetime, "get_ipython", lambda: shell)
    held, first = weakref.ref(network), box(frame=network)
    del network
    shell.run = 1
    box()
    gc.collect()
    assert held() is None
    with pytest.raises(RuntimeError, match="an earlier run of its cell"):
        first.draw()
