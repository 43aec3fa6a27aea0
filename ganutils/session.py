"""Seed, device, threads and profile: what every notebook settles in its first cell."""

from __future__ import annotations

import json
import math
import os
import platform
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

import platformdirs
import torch

PROFILES = ("quick", "class", "full")
MOST_THREADS = 4  # the suite's networks are small: more threads wait for each other longer than they help


class Session(NamedTuple):
    """Where the notebook runs (`device`) and how much work it does (`profile`)."""

    device: torch.device
    profile: str


def usable_cores(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float:
    """The CPU cores this process may really use: its affinity, cut down to its container's quota (Linux cgroups).

    A hub's container often sees 64 cores and may use two; `os.cpu_count` does not know.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = float(len(affinity(0)) if affinity else os.cpu_count() or 1)
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:  # not Linux
        return cores
    for _, controllers, place in lines:
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = root / "cpu" if controllers else root  # version 1 keeps a tree for each controller, version 2 one
        folder = top / place.lstrip("/")
        for step in (folder, *folder.parents):  # every level above may have a limit of its own
            if step == top or top in step.parents:
                cores = min(cores, _quota(step))
    return cores


def _quota(folder: Path) -> float:
    """The cores that one cgroup grants: quota / period, or infinity."""
    for files in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            quota, period = (float(word) for file in files for word in (folder / file).read_text().split())
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
        return quota / period if quota > 0 and period > 0 else math.inf
    return math.inf


def choose_threads() -> int:
    """CPU threads for torch: GANUTILS_THREADS, else one on two cores or fewer, else one core is left free, 4 at most.

    Two threads on two cores are little faster than one while nothing else runs, and several times slower beside a
    browser or a second notebook, because each waits, spinning, for the other (`benchmarks/README.md`).

    Raises:
        ValueError: GANUTILS_THREADS is no whole number from 1 on.
    """
    asked = os.environ.get("GANUTILS_THREADS", "").strip()
    if asked:
        if not asked.isdecimal() or int(asked) < 1:
            raise ValueError(f"GANUTILS_THREADS is {asked!r}; set it to a whole number from 1 on, or unset it.")
        return int(asked)
    cores = math.floor(usable_cores())
    return 1 if cores <= 2 else min(MOST_THREADS, cores - 1)


def choose_device(profile: str) -> torch.device:
    """GANUTILS_DEVICE if set; else CUDA where there is one; Apple's GPU in "class" and "full" only; else the CPU.

    The quick profile of a Mac stays on the CPU, so that it shows numbers like those that the notebooks were saved with.

    Raises:
        ValueError: GANUTILS_DEVICE names a device that torch does not know or that this machine lacks.
    """
    asked = os.environ.get("GANUTILS_DEVICE", "").strip()
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if not asked:
        return torch.device("cuda" if cuda else "mps" if mps and profile != "quick" else "cpu")
    here = ["cpu", *(["cuda"] if cuda else []), *(["mps"] if mps else [])]
    try:
        device = torch.device(asked)
    except RuntimeError:
        device = torch.device("meta")
    if device.type not in here or (device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()):
        raise ValueError(f"GANUTILS_DEVICE is {asked!r}; this machine has {', '.join(here)}. Choose one, or unset it.")
    return device


def checkout() -> Path | None:
    """The suite's own folder, where the package is used from a clone; None where it was installed as a wheel."""
    above = Path(__file__).resolve().parents[1]
    try:
        project = tomllib.loads((above / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return None
    return above if project.get("project", {}).get("name") == "ganutils" else None


def choose_profile() -> str:
    """The profile in GANUTILS_PROFILE, "quick" by default.

    Raises:
        ValueError: it is none of `PROFILES`.
    """
    profile = os.environ.get("GANUTILS_PROFILE", "").strip() or "quick"
    if profile not in PROFILES:
        raise ValueError(f"GANUTILS_PROFILE is {profile!r}; set it to one of {', '.join(PROFILES)}.")
    return profile


def runs_folder() -> Path:
    """Where checkpoints of this profile go: GANUTILS_RUNS, else `runs` beside the notebook, else the user's cache.

    The cache is taken, and said so, where the notebook's folder cannot be written.
    """
    profile, asked = choose_profile(), os.environ.get("GANUTILS_RUNS")
    beside = Path(asked).expanduser() if asked else Path.cwd() / "runs"
    try:
        (beside / profile).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=beside / profile):
            return beside / profile
    except OSError:
        cache = platformdirs.user_cache_path("ganutils", appauthor=False) / "runs"
        print(f"{beside} cannot be written; checkpoints go to {cache}.")
        return cache / profile


def native_bfloat16(device: torch.device | str = "cpu") -> bool:
    """Whether the device multiplies bfloat16 itself; on other CPUs autocast costs time instead of saving it."""
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if kind != "cpu":
        return False
    avx512 = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    amx = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return any(bool(supported()) for supported in (avx512, amx) if supported)


def _class_profile_here(device: torch.device) -> str:
    """What the class profile would do on this GPU, and in how many seconds where that has been measured."""
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).stem  # Jupyter's server names the notebook so
    try:
        measured = json.loads(((checkout() or Path()) / "benchmarks" / "gpu.json").read_text(encoding="utf-8"))
        time = f"in {measured['notebooks'][name]['seconds']:.0f} s on {measured['gpu']}"
    except (OSError, ValueError, KeyError, TypeError):
        time = "in a time that nobody has measured yet"
    return f"A {device.type} GPU is here: GANUTILS_PROFILE=class would run this notebook on MNIST {time}."


def start(*, seed: int = 0) -> Session:
    """Seed torch, choose device and threads, read the profile; print one line that says so.

    Args:
        seed: for `torch.manual_seed`. All randomness of the suite comes from torch.

    Returns:
        The device, and the profile in the environment variable GANUTILS_PROFILE: "quick" (the default: a few minutes
        on one CPU thread, no network), "class" (torchvision's data sets) or "full" (a GPU).

    Raises:
        ValueError: GANUTILS_PROFILE, GANUTILS_DEVICE or GANUTILS_THREADS holds something impossible.
    """
    profile = choose_profile()
    device = choose_device(profile)
    torch.set_num_threads(choose_threads())
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = True  # two equal runs end equal to the last bit, as notebooks check
    threads = torch.get_num_threads()
    print(
        f"profile {profile} · device {device} · {threads} thread{'s' if threads > 1 else ''} · seed {seed} · "
        f"Python {platform.python_version()} · torch {torch.__version__.split('+')[0]}"
    )
    if device.type != "cpu" and profile == "quick":
        print(_class_profile_here(device))
    return Session(device, profile)
