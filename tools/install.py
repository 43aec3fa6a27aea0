"""Install the suite and its pinned dependencies into an environment, with the smallest PyTorch that fits the machine.

    python tools/install.py lab        what students need
    python tools/install.py test       what the tests need as well

uv looks for an NVIDIA driver; where there is none, a Linux machine gets the CPU build (1 GB instead of 5). That build
lies in PyTorch's own index. Where it cannot be reached, as behind a mirror of the package index, the default build is
taken. UV_TORCH_BACKEND (cpu, cu130, ...) decides instead.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--python", sys.executable]
PINS = ["--constraint", str(ROOT / "constraints.txt"), "--build-constraints", str(ROOT / "constraints.txt")]


def reachable() -> bool:
    """Whether PyTorch's own index answers: seconds at most, and nothing is installed."""
    quick = os.environ | {"UV_HTTP_TIMEOUT": "8", "UV_HTTP_CONNECT_TIMEOUT": "8", "UV_HTTP_RETRIES": "0"}
    probe = [*UV, *PINS, "--quiet", "--dry-run", "--no-deps", "--reinstall", "--torch-backend", "auto", "torch"]
    try:
        return subprocess.run(probe, env=quick, capture_output=True, timeout=30).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main(extra: str) -> int:
    """Install; return uv's exit status."""
    environment = dict(os.environ)
    if "UV_TORCH_BACKEND" not in environment and platform.system() == "Linux":
        if reachable():
            environment["UV_TORCH_BACKEND"] = "auto"
        else:
            print(
                "PyTorch's own index cannot be reached: its default build is installed, 5 GB instead of 1.", flush=True
            )
    return subprocess.run([*UV, *PINS, "--editable", f"{ROOT}[{extra}]"], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
