"""A line to write in, and a picture that follows it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from ganutils.viz.lifetime import closed, replace_earlier


class SentenceBox:
    """A picture of what one writes, at every key; words that are not known are named, with the nearest that are.

    Args:
        frame: a sentence to PNG bytes.
        start: the sentence to begin with.
        vocabulary: the words that are heard, in lower case.
        still: displays what a reader without a kernel sees.
        width: of the picture on the screen, in pixels.
    """

    def __init__(
        self,
        frame: Callable[[str], bytes],
        start: str,
        vocabulary: Collection[str],
        still: Callable[[], Any],
        width: int,
    ) -> None:
        self._frame, self._vocabulary, self._still = frame, sorted(vocabulary), still
        self.text = widgets.Text(value=start, description="sentence", layout=widgets.Layout(width=f"{width}px"))
        self.note = widgets.Label()
        self.image = widgets.Image(format="png", width=width, layout=widgets.Layout(width=f"{width}px"))
        self.text.observe(self._written, "value")
        self.widget = widgets.VBox([self.text, self.note, self.image])
        self.draw()
        replace_earlier(self)

    def draw(self) -> None:
        """Draw what the sentence says, and name the words that nobody hears."""
        unknown = [word for word in re.findall("[a-z]+", self.text.value.lower()) if word not in self._vocabulary]
        heard = []
        for word in unknown:
            close = difflib.get_close_matches(word, self._vocabulary, n=1)
            heard.append(f"{word} (did you mean {close[0]}?)" if close else word)
        self.note.value = f"Never learned, not heard: {', '.join(heard)}" if heard else "Every word is known."
        self.image.value = self._frame(self.text.value)

    def _written(self, change: Any) -> None:
        self.draw()

    def close(self) -> None:
        """Take the box off the page and let go of what its frames are drawn with."""
        for part in (*self.widget.children, self.widget):
            part.unobserve_all()
            part.close()
        self._frame, self._still = closed, closed

    def _ipython_display_(self) -> None:
        display(self.widget)
        self._still()
