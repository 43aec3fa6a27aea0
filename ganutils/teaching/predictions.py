"""Predict, run, explain: a guess is written down before the cell that settles it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
from IPython.display import display


class Prediction:
    """A guess that is committed before the result is seen; unanswered, everything still runs."""

    def __init__(self, question: str, options: Sequence[str]) -> None:
        self.choice = widgets.RadioButtons(options=list(options), value=None, layout=widgets.Layout(width="auto"))
        self.commit = widgets.Button(description="Commit", tooltip="Lock the answer in", icon="lock", disabled=True)
        self.note = widgets.Label("")
        self.choice.observe(self._chosen, "value")
        self.commit.on_click(self._commit)
        self.widget = widgets.VBox([widgets.HTML(f"<b>Predict.</b> {question}"), self.choice, self.commit, self.note])

    def _chosen(self, change: Any) -> None:
        self.commit.disabled = self.choice.disabled or self.choice.value is None

    def _commit(self, button: Any) -> None:
        self.choice.disabled = self.commit.disabled = True
        self.note.value = f"Noted: {self.choice.value}. Now run on, compare, and say why in one sentence."

    def _ipython_display_(self) -> None:
        display(self.widget)


def predict(question: str, *options: str) -> Prediction:
    """Ask for a prediction before the cell that settles it."""
    return Prediction(question, options)
