"""Watching a loop: it hands on, stops politely, notices a NaN, and saves."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from ganutils import sampling, training
from ganutils.training import GanStep
from ganutils.viz import progress


def loop(count: int, *, bad_at: int | None = None, interrupt_at: int | None = None) -> Iterator[GanStep]:
    for step in range(1, count + 1):
        if step == interrupt_at:
            signal.raise_signal(signal.SIGINT)
        yield GanStep(step, 1.0, float("nan") if step == bad_at else 0.5, 0.0, 0.0)


def test_every_record_is_handed_on_unchanged() -> None:
    assert list(progress.watch(loop(20), total=20)) == list(loop(20))


def test_an_interrupt_stops_between_two_steps_and_keeps_everything(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    saved: list[int] = []
    history = list(progress.watch(loop(50, interrupt_at=7), total=50, save=saved.append))
    assert [record.step for record in history] == list(range(1, 8))
    assert saved == [7]
    assert "Stopped at step 7 of 50. Everything trained is kept" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interrupt_stops_at_once() -> None:
    def stubborn() -> Iterator[GanStep]:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        yield GanStep(1, 0.0, 0.0, 0.0, 0.0)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(progress.watch(stubborn(), total=1))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_nan_is_named_and_never_saved(capsys: pytest.CaptureFixture[str]) -> None:
    saved: list[int] = []
    history = list(progress.watch(loop(50, bad_at=13), total=50, save=saved.append, save_every=5))
    assert len(history) == 12
    assert saved == [5, 10], "the last good checkpoint stays"
    assert "g_loss is nan at step 13" in capsys.readouterr().out


def test_it_saves_on_the_way_and_at_the_end_once() -> None:
    saved: list[int] = []
    list(progress.watch(loop(20), total=20, save=saved.append, save_every=10))
    assert saved == [10, 20]
    saved.clear()
    list(progress.watch(loop(23), total=23, save=saved.append, save_every=10))
    assert saved == [10, 20, 23]


def test_it_draws_at_most_twice_a_second_and_keeps_the_last_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, drawn = [0.0], []
    monkeypatch.setattr(progress.time, "perf_counter", lambda: clock[0])

    class Handle:
        def update(self, content: dict, **options: object) -> None:
            drawn.append(clock[0])

    monkeypatch.setattr(progress, "display", lambda *a, **k: drawn.append(clock[0]) or Handle())

    def slow() -> Iterator[GanStep]:
        for record in loop(300):
            clock[0] += 0.01
            yield record

    def pictures() -> torch.Tensor:
        clock[0] += 0.02  # what a drawing costs
        return torch.zeros(4, 1, 8, 8)

    list(progress.watch(slow(), total=300, pictures=pictures))
    gaps = [b - a for a, b in itertools.pairwise(drawn[:-1])]  # the last picture is always drawn
    assert 3 <= len(drawn) <= 9
    assert min(gaps) >= 0.5


def test_points_and_pictures_can_be_shown() -> None:
    network = torch.nn.Linear(2, 2)
    points = lambda: sampling.generate(network, torch.randn(10, 2))  # noqa: E731
    assert len(list(progress.watch(loop(3), total=3, pictures=points))) == 3


def test_it_works_outside_the_main_thread() -> None:
    seen: list[GanStep] = []
    thread = threading.Thread(target=lambda: seen.extend(progress.watch(loop(5), total=5)))
    thread.start()
    thread.join()
    assert len(seen) == 5


class TensorStep(NamedTuple):
    step: int
    d_loss: torch.Tensor
    g_loss: torch.Tensor


def test_tensors_are_read_as_numbers() -> None:
    steps = [TensorStep(k, torch.tensor(1.0), torch.tensor(0.5)) for k in range(1, 11)]
    assert list(progress.watch(steps, total=10)) == steps


def test_numbers_on_another_device_are_fetched_every_25th_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers that are not finite at step 30 are noticed at step 50, and named by their own step."""
    monkeypatch.setattr(progress, "_here", lambda record, names: False)
    monkeypatch.setattr(progress._Canvas, "due", lambda self: False)
    asked, numbers = [], progress.figures.numbers

    def count(records: list, name: str):
        asked.append(len(records))
        return numbers(records, name)

    monkeypatch.setattr(progress.figures, "numbers", count)
    seen = []
    for record in progress.watch(loop(200, bad_at=30), total=200):
        seen.append((record.step, len(asked)))
    assert [fetches for step, fetches in seen if step < 25] == [0] * 24, "nobody asks in between"
    assert seen[-1][0] == 49
    assert "g_loss is nan at step 30" in capsys.readouterr().out


def test_weights_that_are_not_finite_stop_the_training_and_spare_the_last_good_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The loss is measured before the update: finite at step 5, when the weights no longer are."""
    network, path = torch.nn.Linear(2, 2), tmp_path / "run.safetensors"

    def explode() -> Iterator[GanStep]:
        for record in loop(20):
            if record.step == 10:
                network.weight.data.fill_(float("nan"))
            yield record

    def save(step: int) -> None:
        training.save_checkpoint(path, step=step, network=network)

    history = list(progress.watch(explode(), total=20, save=save, save_every=5))
    assert history[-1].step == 9
    out = capsys.readouterr().out
    assert "Stopped: Step 10 is not saved: network/weight holds numbers that are not finite" in out
    assert "try a lower learning rate" in out
    assert training.restore_checkpoint(path, network=torch.nn.Linear(2, 2)) == 5


def test_a_disk_that_refuses_ends_no_training(capsys: pytest.CaptureFixture[str]) -> None:
    saved = []

    def save(step: int) -> None:
        if step in (10, 15):
            raise OSError(28, "No space left on device")
        saved.append(step)

    assert len(list(progress.watch(loop(23), total=23, save=save, save_every=5))) == 23
    assert saved == [5, 20, 23], "later steps are tried again"
    assert capsys.readouterr().out.count("No space left on device") == 1

    def refuse(step: int) -> None:
        raise PermissionError(13, "Permission denied")

    assert len(list(progress.watch(loop(7), total=7, save=refuse, save_every=5))) == 7
    out = capsys.readouterr().out
    assert "Step 5 could not be saved" in out
    assert "the last one that is: none" in out


def test_an_interrupt_in_the_callers_own_code_is_polite_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Else a record would be lost between the loop and the caller's list, and going on would repeat its step."""
    saved, history = [], []
    for record in progress.watch(loop(50), total=50, save=saved.append):
        if record.step == 7:
            signal.raise_signal(signal.SIGINT)
        history.append(record)
    assert [record.step for record in history] == list(range(1, 8))
    assert saved == [7]
    assert "Stopped at step 7 of 50. Everything trained is kept" in capsys.readouterr().out


@pytest.fixture
def pythons_own() -> Iterator[None]:
    """Python's handler, also where a shell has started the tests in the background, with interrupts ignored."""
    outer = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, outer)


@pytest.mark.usefixtures("pythons_own")
def test_after_a_break_and_the_end_of_the_cell_an_interrupt_is_pythons_own_again() -> None:
    before = signal.getsignal(signal.SIGINT)

    def cell() -> Iterator[GanStep]:
        watched = progress.watch(loop(50), total=50)
        for record in watched:
            if record.step == 3:
                break
        return watched  # the notebook's namespace keeps it

    watched = cell()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    del watched
    assert signal.getsignal(signal.SIGINT) is before

    for record in progress.watch(loop(50), total=50):
        if record.step == 3:
            break
    assert signal.getsignal(signal.SIGINT) is before, "without a name it is gone with the loop"


def test_a_finished_training_says_so_instead_of_training_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.watch(loop(0), total=50, save=lambda step: pytest.fail("nothing to save"))) == []
    assert "All 50 steps are done already. To train anew" in capsys.readouterr().out
