"""Watching a loop: it hands on, stops politely, notices a NaN, and saves."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterator

import pytest
import torch

from ganutils import live, sampling
from ganutils.training import Step


def loop(count: int, *, bad_at: int | None = None, interrupt_at: int | None = None) -> Iterator[Step]:
    for step in range(1, count + 1):
        if step == interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        yield Step(step, 1.0, float("nan") if step == bad_at else 0.5, 0.0, 0.0)


def test_every_record_is_handed_on_unchanged() -> None:
    assert list(live.watch(loop(20), total=20)) == list(loop(20))


def test_an_interrupt_stops_between_two_steps_and_keeps_everything(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    saved: list[int] = []
    history = list(live.watch(loop(50, interrupt_at=7), total=50, save=saved.append))
    assert [record.step for record in history] == list(range(1, 8))
    assert saved == [7]
    assert "Stopped at step 7 of 50. Everything trained is kept" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interrupt_stops_at_once() -> None:
    def stubborn() -> Iterator[Step]:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        yield Step(1, 0.0, 0.0, 0.0, 0.0)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(live.watch(stubborn(), total=1))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_nan_is_named_and_never_saved(capsys: pytest.CaptureFixture[str]) -> None:
    saved: list[int] = []
    history = list(live.watch(loop(50, bad_at=13), total=50, save=saved.append, save_every=5))
    assert len(history) == 12
    assert saved == [5, 10], "the last good checkpoint stays"
    assert "g_loss is nan at step 13" in capsys.readouterr().out


def test_it_saves_on_the_way_and_at_the_end_once() -> None:
    saved: list[int] = []
    list(live.watch(loop(20), total=20, save=saved.append, save_every=10))
    assert saved == [10, 20]
    saved.clear()
    list(live.watch(loop(23), total=23, save=saved.append, save_every=10))
    assert saved == [10, 20, 23]


def test_it_draws_at_most_twice_a_second_and_keeps_the_last_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, drawn = [0.0], []
    monkeypatch.setattr(live.time, "perf_counter", lambda: clock[0])

    class Handle:
        def update(self, content: dict, **options: object) -> None:
            drawn.append(clock[0])

    monkeypatch.setattr(live, "display", lambda *a, **k: drawn.append(clock[0]) or Handle())

    def slow() -> Iterator[Step]:
        for record in loop(300):
            clock[0] += 0.01
            yield record

    def pictures() -> torch.Tensor:
        clock[0] += 0.02  # what a drawing costs
        return torch.zeros(4, 1, 8, 8)

    list(live.watch(slow(), total=300, pictures=pictures))
    gaps = [b - a for a, b in itertools.pairwise(drawn[:-1])]  # the last picture is always drawn
    assert 3 <= len(drawn) <= 9
    assert min(gaps) >= 0.5


def test_points_and_pictures_can_be_shown() -> None:
    network = torch.nn.Linear(2, 2)
    points = lambda: sampling.generate(network, torch.randn(10, 2))  # noqa: E731
    assert len(list(live.watch(loop(3), total=3, pictures=points))) == 3


def test_it_works_outside_the_main_thread() -> None:
    seen: list[Step] = []
    thread = threading.Thread(target=lambda: seen.extend(live.watch(loop(5), total=5)))
    thread.start()
    thread.join()
    assert len(seen) == 5
