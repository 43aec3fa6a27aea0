"""A person's session in JupyterLab: run all, move every slider by keyboard, interrupt, go on."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed; `make test` installs it")

from lab_driver import Lab, Notebook, chromium, running_lab

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("GANUTILS_SCREENSHOTS")  # a folder; people look at what lands there


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    executable = chromium()
    if executable is None:
        reason = "no Chromium or Chrome on this machine; install one to test the sliders in a browser"
        if os.environ.get("GANUTILS_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with running_lab(tmp_path_factory.mktemp("lab"), executable) as running:
        yield running


@contextmanager
def run_whole(lab: Lab, name: str) -> Iterator[Notebook]:
    """Open a notebook, run all its cells without an error, and keep a picture of it if asked to."""
    with lab.opened(f"{name}.ipynb") as notebook:
        assert notebook.run_all() == []
        if PICTURES:
            notebook.screenshot(Path(PICTURES) / f"{name[:2]}.png")
        yield notebook


def move_every_slider(notebook: Notebook, cell: str, sliders: int) -> None:
    area = notebook.outputs(cell)
    image = area.locator("img.widget-image").first
    handles = area.locator(".noUi-handle[role=slider]")
    assert handles.count() == sliders
    start = image.evaluate("(img) => driver.pixels(img)")
    for index in range(sliders):
        handle = handles.nth(index)
        handle.scroll_into_view_if_needed()
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
            assert math.isfinite(notebook.press(handle, image, key)), f"slider {index} of {cell} moves no pixel"
    area.get_by_role("button", name="Reset").click()
    notebook.wait_finished(20)
    notebook.page.wait_for_timeout(300)
    assert image.evaluate("(img) => driver.pixels(img)") == start, "Reset brings the first picture back"


def move_the_pad(notebook: Notebook, cell: str) -> None:
    """By keyboard, by dragging, and back with the button; each time the picture must follow."""
    area = notebook.outputs(cell)
    pad, image = area.locator(".latent-pad"), area.locator("img.widget-image").first
    pad.scroll_into_view_if_needed()
    start = image.evaluate("(img) => driver.pixels(img)")
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "ArrowDown"):
        assert math.isfinite(notebook.press(pad, image, key)), f"{key} moves no pixel of {cell}"
    box = pad.bounding_box()
    assert box
    before = image.evaluate("(img) => driver.pixels(img)")
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"], steps=12)
    mouse.up()
    notebook.wait_finished(20)
    notebook.page.wait_for_timeout(300)
    assert image.evaluate("(img) => driver.pixels(img)") != before, "dragging moves the picture"
    area.get_by_role("button", name="Reset").click()
    notebook.wait_finished(20)
    notebook.page.wait_for_timeout(300)
    assert image.evaluate("(img) => driver.pixels(img)") == start, "Reset brings the first picture back"


def interrupt_and_go_on(notebook: Notebook, cell: str, history: str | None = None) -> None:
    """Stop a training with the toolbar's square, see it say so, then run the same cell on to its end.

    `history` names the list of records: after a whole training, a part and the rest it must hold every step twice.
    """
    notebook.start_cell(cell)
    notebook.outputs(cell).locator("img").first.wait_for(timeout=30_000)
    notebook.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').click()
    notebook.wait_finished(30)
    assert "Everything trained is kept" in notebook.text(cell)
    assert not [problem for problem in notebook.problems() if problem.startswith(f"{cell}:")]
    notebook.start_cell(cell)
    notebook.wait_finished(240)
    assert "Stopped" not in notebook.text(cell)
    if history:
        twice = notebook.value(f"sorted(r.step for r in {history}) == sorted([*range(1, {history}[-1].step + 1)] * 2)")
        assert twice == "True", "going on repeats no step and leaves none out"


def test_00_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with run_whole(lab, "00_start_here") as notebook:
        move_every_slider(notebook, "sliders", 4)
        interrupt_and_go_on(notebook, "tiny-train")
        answers = notebook.outputs("predict-norm")
        answers.get_by_role("radio").nth(2).check()
        answers.get_by_role("button", name="Commit").click()
        answers.get_by_text("Noted:").wait_for(timeout=10_000)
        assert answers.get_by_role("radio").nth(0).is_disabled()


def test_01_runs_and_its_sliders_move(lab: Lab) -> None:
    with run_whole(lab, "01_minimax") as notebook:
        move_every_slider(notebook, "play", 2)


def test_02_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with run_whole(lab, "02_gan") as notebook:
        move_every_slider(notebook, "scrub", 1)
        move_every_slider(notebook, "digit-sliders", 4)
        interrupt_and_go_on(notebook, "digits-train", history="digit_history")


def test_03_runs_its_pad_and_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with run_whole(lab, "03_vae") as notebook:
        move_every_slider(notebook, "play-gap", 2)
        move_the_pad(notebook, "map")
        move_every_slider(notebook, "sliders", 4)
        interrupt_and_go_on(notebook, "train", history="history")


def test_04_runs_and_its_sliders_move(lab: Lab) -> None:
    with run_whole(lab, "04_cnn") as notebook:
        move_every_slider(notebook, "edge", 1)
        move_every_slider(notebook, "receptive-play", 3)


def test_05_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with run_whole(lab, "05_dcgan") as notebook:
        move_every_slider(notebook, "damage", 2)
        move_every_slider(notebook, "sliders", 4)
        interrupt_and_go_on(notebook, "train", history="history")


def test_06_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with run_whole(lab, "06_conditional_gan") as notebook:
        move_every_slider(notebook, "style", 4)
        interrupt_and_go_on(notebook, "train", history="history")
