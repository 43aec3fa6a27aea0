"""Threads that respect what the process may use, devices, profiles, and where checkpoints go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from ganutils import session


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GANUTILS_PROFILE", "GANUTILS_DEVICE", "GANUTILS_THREADS", "GANUTILS_RUNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def threads_are_put_back():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def cores(monkeypatch: pytest.MonkeyPatch, number: float) -> None:
    monkeypatch.setattr(session, "usable_cores", lambda: number)


def test_start_seeds_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cores(monkeypatch, 2)
    started = session.start(seed=3)
    first = torch.rand(2)
    session.start(seed=3)
    assert torch.equal(first, torch.rand(2))
    assert started.profile == "quick"
    assert started.device == session.choose_device("quick")
    assert capsys.readouterr().out.startswith(f"profile quick · device {started.device} · 1 thread · seed 3 · Python ")


@pytest.mark.parametrize(
    ("usable", "threads"), [(0.5, 1), (1, 1), (2, 1), (2.9, 1), (3, 2), (4, 3), (5, 4), (8, 4), (64, 4)]
)
def test_one_thread_on_two_cores_and_one_core_is_left_free(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], usable: float, threads: int
) -> None:
    cores(monkeypatch, usable)
    session.start()
    assert torch.get_num_threads() == threads
    assert f"· {threads} thread" in capsys.readouterr().out


def test_threads_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    cores(monkeypatch, 64)
    monkeypatch.setenv("GANUTILS_THREADS", "2")
    session.start()
    assert torch.get_num_threads() == 2
    for wrong in ("0", "-1", "two", "1.5"):
        monkeypatch.setenv("GANUTILS_THREADS", wrong)
        with pytest.raises(ValueError, match=r"GANUTILS_THREADS is .* whole number from 1"):
            session.start()


def cgroup(tmp_path: Path, line: str, files: dict[str, str]) -> dict[str, Path]:
    (tmp_path / "own").write_text(line + "\n")
    for name, content in files.items():
        file = tmp_path / "root" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return {"root": tmp_path / "root", "own": tmp_path / "own"}


@pytest.mark.parametrize(
    ("line", "files", "expected"),
    [
        ("0::/", {"cpu.max": "200000 100000"}, 2.0),  # a container of its own, two of 64 cores
        ("0::/", {"cpu.max": "max 100000"}, 64),
        ("0::/", {}, 64),
        ("0::/user/one", {"user/one/cpu.max": "max 100000", "user/cpu.max": "150000 100000"}, 1.5),  # a limit above
        ("4:cpu,cpuacct:/", {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 0.5),  # version 1
        ("4:cpu,cpuacct:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ("3:memory:/", {"cpu.max": "100000 100000"}, 64),  # another controller's tree
    ],
)
def test_a_containers_quota_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, files: dict[str, str], expected: float
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    assert session.usable_cores(**cgroup(tmp_path, line, files)) == expected


def test_affinity_counts_and_other_systems_have_neither(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 5}, raising=False)
    assert session.usable_cores(tmp_path, tmp_path / "none") == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    assert session.usable_cores(tmp_path, tmp_path / "none") == os.cpu_count()


@pytest.mark.parametrize(
    ("cuda", "mps", "asked", "profile", "expected"),
    [
        (False, False, "", "quick", "cpu"),
        (True, False, "", "quick", "cuda"),
        (False, True, "", "quick", "cpu"),  # a Mac shows the numbers that the notebooks were saved with
        (False, True, "", "class", "mps"),
        (False, True, "mps", "quick", "mps"),
        (True, False, "cpu", "full", "cpu"),
    ],
)
def test_devices(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, asked: str, profile: str, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: int(cuda))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setenv("GANUTILS_DEVICE", asked)
    assert session.choose_device(profile).type == expected


@pytest.mark.parametrize("asked", ["cuda", "cuda:7", "mps", "gpu", "meta"])
def test_a_device_that_is_not_here_is_named(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setenv("GANUTILS_DEVICE", asked)
    with pytest.raises(ValueError, match=f"GANUTILS_DEVICE is '{asked}'; this machine has cpu"):
        session.start()


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANUTILS_PROFILE", "fast")
    with pytest.raises(ValueError, match="one of quick, class, full"):
        session.start()


def test_checkpoints_go_beside_the_notebook_or_where_one_may_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert session.runs_folder() == tmp_path / "runs" / "quick"
    assert list((tmp_path / "runs" / "quick").iterdir()) == []
    monkeypatch.setenv("GANUTILS_PROFILE", "class")  # a long run is not overwritten by a quick one
    assert session.runs_folder() == tmp_path / "runs" / "class"
    monkeypatch.setenv("GANUTILS_RUNS", str(tmp_path / "elsewhere"))
    assert session.runs_folder() == tmp_path / "elsewhere" / "class"
    monkeypatch.setattr(session.platformdirs, "user_cache_path", lambda name, **options: tmp_path / "cache" / name)

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(session.tempfile, "TemporaryFile", refuse)  # root may write everywhere
    assert session.runs_folder() == tmp_path / "cache" / "ganutils" / "runs" / "class"
    assert "cannot be written; checkpoints go to" in capsys.readouterr().out


def test_a_gpu_in_the_quick_profile_is_told_what_the_class_profile_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "choose_device", lambda profile: torch.device("cuda"))
    monkeypatch.setattr(session, "checkout", lambda: tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/notebooks/05_dcgan.ipynb")
    session.start()
    assert "GANUTILS_PROFILE=class would run this notebook on MNIST in a time that nobody" in capsys.readouterr().out
    (tmp_path / "benchmarks").mkdir()
    measured = '{"gpu": "a T4", "notebooks": {"05_dcgan": {"seconds": 41.2}}}'
    (tmp_path / "benchmarks" / "gpu.json").write_text(measured)
    session.start()
    assert "on MNIST in 41 s on a T4." in capsys.readouterr().out
    monkeypatch.setenv("GANUTILS_PROFILE", "class")
    session.start()
    assert "would run" not in capsys.readouterr().out
