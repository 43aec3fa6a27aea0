from __future__ import annotations

import gc
import io
from typing import ClassVar

import IPython.display
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ganutils import models, sampling
from ganutils.viz import figures, lifetime, live_figure, pad, sliders


@pytest.fixture
def generator() -> models.ConvGenerator:
    torch.manual_seed(0)
    return models.ConvGenerator(6, widths=(8, 8, 8))


def pixels(panel: sliders.Panel) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(panel.image.value)).convert("L"))


def test_every_slider_moves_the_picture_and_reset_brings_it_back(generator: models.ConvGenerator) -> None:
    panel = sliders.latent_sliders(generator, 6, count=4, title="Test")
    first = pixels(panel)
    for slider in panel.sliders.values():
        slider.value += slider.step
        assert not np.array_equal(pixels(panel), first)
        panel.reset.click()
        assert np.array_equal(pixels(panel), first)


def test_the_explorer_works_on_a_frozen_copy(generator: models.ConvGenerator) -> None:
    generator.train()
    panel = sliders.latent_sliders(generator, 6, count=4, title="Test")
    first, buffers = pixels(panel), [b.clone() for b in generator.buffers()]
    panel.sliders["d1"].value = 1.0
    assert generator.training
    assert all(weight.requires_grad for weight in generator.parameters())
    assert all(torch.equal(a, b) for a, b in zip(buffers, generator.buffers(), strict=True))
    with torch.no_grad():
        for weight in generator.parameters():
            weight.zero_()
    panel.reset.click()
    assert np.array_equal(pixels(panel), first), "training on does not change what the explorer shows"


def test_the_picture_is_the_generators_own(generator: models.ConvGenerator) -> None:
    panel = sliders.latent_sliders(generator, 6, count=4, title="Test")

    expected = figures.tile(sampling.generate(generator, sampling.latents(4, 6, seed=0)))
    assert np.array_equal(pixels(panel), np.asarray(expected))


def test_a_still_picture_is_left_for_readers_without_a_kernel(
    generator: models.ConvGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    monkeypatch.setattr(sliders, "display", lambda widget: shown.append(widget))
    monkeypatch.setattr(IPython.display, "display", lambda content, **options: shown.append((content, options)))
    panel = sliders.latent_sliders(generator, 6, title="Test")
    panel._ipython_display_()
    widget, (content, options) = shown
    assert widget is panel.widget
    assert content["image/png"].startswith(b"\x89PNG")
    assert options["metadata"]["image/png"]["alt"].startswith("Test: 3 rows")


def test_the_still_moves_the_panels_first_sample(
    generator: models.ConvGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    grid = figures.image_grid
    monkeypatch.setattr(figures, "image_grid", lambda images, **rest: drawn.append(images) or grid(images, **rest))
    monkeypatch.setattr(sliders, "display", lambda widget: None)
    monkeypatch.setattr(IPython.display, "display", lambda content, **options: None)
    sliders.latent_sliders(generator, 6, count=4, title="Test")._ipython_display_()
    first = sampling.generate(generator, sampling.latents(4, 6, seed=0))[0]
    for row in range(3):  # nine pictures each; the middle one is not moved
        torch.testing.assert_close(drawn[0][9 * row + 4], first)


@pytest.mark.parametrize("count", [0, 5])
def test_at_most_four_sliders(count: int) -> None:
    some = {str(i): sliders.Slider(str(i), 0, 1, 0) for i in range(count)}
    with pytest.raises(ValueError, match="one and four sliders"):
        sliders.Panel(lambda **values: b"", some, lambda: None, 100)


def test_figure_sliders_draw_what_a_full_redraw_would(monkeypatch: pytest.MonkeyPatch) -> None:
    made, ax = figures.figure()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    (line,) = ax.plot([], [], color="black")

    def update(height: float):
        line.set_data([0, 1], [height, height])
        return [line]

    panel = live_figure.figure_sliders(made, update, alt="A line.", sliders={"height": sliders.Slider("h", 0, 1, 0.25)})
    panel.sliders["height"].value = 0.75
    shown = pixels(panel)
    panel.sliders["height"].value = 0.25
    first = panel.image.value
    monkeypatch.setattr(IPython.display, "display", lambda content, **options: None)
    panel._still()
    panel.sliders["height"].value = 0.75
    panel.reset.click()
    assert panel.image.value == first, "the still picture disturbs nothing"
    panel.sliders["height"].value = 0.75
    line.set_animated(False)
    made.canvas.draw()
    full = np.asarray(Image.fromarray(np.asarray(made.canvas.buffer_rgba())).convert("L"))
    assert np.abs(shown.astype(int) - full.astype(int)).mean() < 0.5
    dark_rows = np.where(shown[:, shown.shape[1] // 2] < 100)[0]
    assert len(dark_rows)
    panel.sliders["height"].value = 0.25
    assert np.where(pixels(panel)[:, shown.shape[1] // 2] < 100)[0].min() > dark_rows.min(), "the old line is gone"


class Shell:
    """An IPython that runs a cell, as JupyterLab tells it."""

    parent: ClassVar[dict] = {}

    def get_parent(self) -> dict:
        return self.parent


def test_running_a_slider_cell_again_lets_the_earlier_network_go(
    generator: models.ConvGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifetime, "_open", {})
    monkeypatch.setattr(lifetime, "get_ipython", Shell)

    def alive() -> int:
        gc.collect()
        return sum(type(thing) is models.ConvGenerator for thing in gc.get_objects())

    before, kept = alive(), []
    for run in range(5):
        Shell.parent = {"metadata": {"cellId": "sliders"}, "header": {"msg_id": str(run)}}
        kept.append(sliders.latent_sliders(generator, 6, count=2, title="Test"))  # as Out[...] keeps them
    assert alive() == before + 1
    kept[-1].sliders["d1"].value = 1.0
    Shell.parent = {"metadata": {"cellId": "other"}, "header": {"msg_id": "9"}}
    sliders.latent_sliders(generator, 6, count=2, title="Test")
    assert alive() == before + 2, "another cell's panel is not touched"


def test_the_pad_of_an_earlier_run_lets_go_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "_open", {})
    monkeypatch.setattr(lifetime, "get_ipython", Shell)

    def decoder() -> nn.Module:
        return nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8)))

    pads = []
    for run in range(2):
        Shell.parent = {"metadata": {"cellId": "map"}, "header": {"msg_id": str(run)}}
        pads.append(pad.LatentPad(decoder(), title="Test"))
    assert isinstance(pads[0]._decoder, nn.Identity)
    assert isinstance(pads[1]._decoder, nn.Sequential)


class Recorder(nn.Module):
    """Remembers the latents that it was asked for."""

    seen: ClassVar[list[torch.Tensor]] = []

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.seen.append(z.clone())
        return torch.zeros(len(z), 1, 4, 4)


def test_each_slider_moves_along_its_own_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = torch.eye(6)[[4, 0, 2]]
    monkeypatch.setattr(sliders.sampling, "principal_directions", lambda *args, **options: axes)
    panel = sliders.latent_sliders(Recorder(), 6, count=2, title="Test")
    start = sampling.latents(2, 6, seed=0)
    for place, axis in enumerate(axes):
        panel.sliders[f"d{place + 1}"].value = 1.4
        torch.testing.assert_close(Recorder.seen[-1], start + 1.4 * axis)
        panel.reset.click()
        torch.testing.assert_close(Recorder.seen[-1], start)
    panel.sliders["seed"].value = 5
    torch.testing.assert_close(Recorder.seen[-1], sampling.latents(2, 6, seed=5))


def test_figure_sliders_hand_each_value_to_its_own_name() -> None:
    made, ax = figures.figure()
    (line,) = ax.plot([], [])
    asked: list[dict] = []

    def update(first: float, second: float):
        asked.append({"first": first, "second": second})
        return [line]

    some = {"first": sliders.Slider("a", 0, 1, 0.25), "second": sliders.Slider("b", 0, 1, 0.5)}
    panel = live_figure.figure_sliders(made, update, alt="A line.", sliders=some)
    panel.sliders["second"].value = 0.75
    assert asked[-1] == {"first": 0.25, "second": 0.75}
    panel.sliders["first"].value = 1.0
    assert asked[-1] == {"first": 1.0, "second": 0.75}


def test_a_slider_with_names_shows_them_and_hands_over_their_places() -> None:
    asked = []

    def frame(c: int) -> bytes:
        asked.append(c)
        return b""

    panel = sliders.Panel(frame, {"c": sliders.Slider("class", 0, 2, 1, 1, names="ABC")}, lambda: None, 100)
    assert [label for label, _ in panel.sliders["c"].options] == ["A", "B", "C"]
    assert panel.sliders["c"].label == "B"
    panel.sliders["c"].value = 2
    panel.reset.click()
    assert asked == [1, 2, 1]


def plane() -> tuple[sliders.Panel, list[dict]]:
    """A panel with one slider and a pad over the right half of a figure."""
    made, (_, ax) = figures.figure(2)
    ax.set(xlim=(-2, 2), ylim=(0, 1))
    (dot,) = ax.plot([], [], "o", color="black")
    asked: list[dict] = []

    def update(**values: float):
        asked.append(values)
        dot.set_data([values["x"]], [values["y"]])
        return [dot]

    there = live_figure.Pad(("x", "y"), (1.0, 0.5), ax, "(x, y)")
    some = {"h": sliders.Slider("h", 0, 1, 0.5)}
    return live_figure.figure_sliders(made, update, alt="A dot.", sliders=some, pad=there), asked


def test_a_pad_hands_over_its_place_and_reset_puts_it_back() -> None:
    panel, asked = plane()
    assert panel.pad is not None
    first = panel.image.value
    panel.pad.place = [-1.0, 0.25]
    assert asked[-1] == {"h": 0.5, "x": -1.0, "y": 0.25}
    assert panel.image.value != first
    panel.sliders["h"].value = 1.0
    assert asked[-1] == {"h": 1.0, "x": -1.0, "y": 0.25}
    panel.reset.click()
    assert asked[-1] == {"h": 0.5, "x": 1.0, "y": 0.5}
    assert panel.image.value == first


def test_a_pad_lies_where_its_axes_are_drawn() -> None:
    """The dot that matplotlib draws is found where the page would take a click for its place."""
    panel, _ = plane()
    assert panel.pad is not None
    for place in ([1.0, 0.5], [-1.5, 0.2]):
        panel.pad.place = place
        seen = pixels(panel)
        height, width = seen.shape
        left, top, wide, tall = panel.pad.area
        x = (left + wide * (place[0] + 2) / 4) * width
        y = (top + tall * (1 - place[1])) * height
        assert seen[round(y), round(x)] < 60
        assert panel.pad.size == [672, 307]


def test_the_page_hears_that_its_place_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = plane()
    assert panel.pad is not None
    said: list = []
    monkeypatch.setattr(panel.pad, "send", said.append)
    panel.pad.place = [0.0, 0.0]
    panel.sliders["h"].value = 1.0
    assert said == [{"drawn": [0.0, 0.0]}], "once, and not for sliders"
