"""Seeds, device and profile: what every notebook settles in its first cell."""

from __future__ import annotations

import os
import platform
from typing import NamedTuple

import torch

PROFILES = ("quick", "class", "full")


class Session(NamedTuple):
    """Where the notebook runs (`device`) and how much work it does (`profile`)."""

    device: torch.device
    profile: str


def best_device() -> torch.device:
    """CUDA where there is one, then Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


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


def start(*, seed: int = 0, threads: int | None = None) -> Session:
    """Seed torch, choose the device and read the profile; print one line that says so.

    Args:
        seed: for `torch.manual_seed`. All randomness of the suite comes from torch.
        threads: CPU threads in the quick profile. Small networks (a few thousand weights) are as fast with
            1 and far more predictable on a shared machine. None, and the other profiles, leave torch's choice.

    Returns:
        The device, and the profile in the environment variable GANUTILS_PROFILE: "quick" (the default,
        minutes on two CPU cores, no network), "class" (torchvision's data sets) or "full" (a GPU).

    Raises:
        ValueError: GANUTILS_PROFILE is none of the three.
    """
    profile = os.environ.get("GANUTILS_PROFILE", "quick")
    if profile not in PROFILES:
        raise ValueError(f"GANUTILS_PROFILE is {profile!r}; set it to one of {', '.join(PROFILES)}.")
    torch.manual_seed(seed)
    if threads is not None and profile == "quick":
        torch.set_num_threads(threads)
    device = best_device()
    version = torch.__version__.split("+")[0]
    print(
        f"profile {profile} · device {device} · {torch.get_num_threads()} threads · seed {seed} · "
        f"Python {platform.python_version()} · torch {version}"
    )
    return Session(device, profile)
