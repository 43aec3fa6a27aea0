"""A person's session in JupyterLab: run all, move every slider by keyboard, interrupt, go on."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
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


def interrupt_and_go_on(notebook: Notebook, cell: str) -> None:
    """Stop a training with the toolbar's square, see it say so, then run the same cell on to its end."""
    notebook.start_cell(cell)
    notebook.outputs(cell).locator("img").first.wait_for(timeout=30_000)
    notebook.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').click()
    notebook.wait_finished(30)
    assert "Everything trained is kept" in notebook.text(cell)
    assert not [problem for problem in notebook.problems() if problem.startswith(f"{cell}:")]


def keep_picture(notebook: Notebook, name: str) -> None:
    if PICTURES:
        notebook.screenshot(Path(PICTURES) / f"{name}.png")


def test_00_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with lab.opened("00_start_here.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "00")
        move_every_slider(notebook, "sliders", 4)
        interrupt_and_go_on(notebook, "tiny-train")
        notebook.start_cell("tiny-train")
        notebook.wait_finished(120)
        assert "Stopped" not in notebook.text("tiny-train")
        answers = notebook.outputs("predict-norm")
        answers.get_by_role("radio").nth(2).check()
        answers.get_by_role("button", name="Commit").click()
        answers.get_by_text("Noted:").wait_for(timeout=10_000)
        assert answers.get_by_role("radio").nth(0).is_disabled()


def test_01_runs_and_its_sliders_move(lab: Lab) -> None:
    with lab.opened("01_minimax.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "01")
        move_every_slider(notebook, "play", 2)


def test_02_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with lab.opened("02_gan.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "02")
        move_every_slider(notebook, "scrub", 1)
        move_every_slider(notebook, "digit-sliders", 4)
        interrupt_and_go_on(notebook, "digits-train")
        notebook.start_cell("digits-train")
        notebook.wait_finished(240)
        assert "Stopped" not in notebook.text("digits-train")


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


def test_03_runs_its_pad_and_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with lab.opened("03_vae.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "03")
        move_every_slider(notebook, "play-gap", 2)
        move_the_pad(notebook, "map")
        move_every_slider(notebook, "sliders", 4)
        interrupt_and_go_on(notebook, "train")
        notebook.start_cell("train")
        notebook.wait_finished(120)
        assert "Stopped" not in notebook.text("train")


def test_04_runs_and_its_sliders_move(lab: Lab) -> None:
    with lab.opened("04_cnn.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "04")
        move_every_slider(notebook, "edge", 1)
        move_every_slider(notebook, "receptive-play", 3)


def test_05_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with lab.opened("05_dcgan.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "05")
        move_every_slider(notebook, "damage", 2)
        move_every_slider(notebook, "sliders", 4)
        interrupt_and_go_on(notebook, "train")
        notebook.start_cell("train")
        notebook.wait_finished(240)
        assert "Stopped" not in notebook.text("train")


def test_06_runs_its_sliders_move_and_a_training_stops_and_goes_on(lab: Lab) -> None:
    with lab.opened("06_conditional_gan.ipynb") as notebook:
        assert notebook.run_all() == []
        keep_picture(notebook, "06")
        move_every_slider(notebook, "style", 4)
        interrupt_and_go_on(notebook, "train")
        notebook.start_cell("train")
        notebook.wait_finished(240)
        assert "Stopped" not in notebook.text("train")
