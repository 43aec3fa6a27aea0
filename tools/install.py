"""`uv pip install`, with the smallest PyTorch that fits the machine.

    python tools/install.py --constraint constraints.txt --editable '.[lab]'     into this Python's own environment

uv looks for an NVIDIA driver; where there is none, a Linux machine gets the CPU build (1 GB instead of 6). That build
lies in PyTorch's own index. Where it cannot be reached, as behind a mirror of the package index, the default build is
taken. UV_TORCH_BACKEND (cpu, cu130, ...) decides instead.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

UV = str(Path(sys.executable).with_name("uv"))


def reachable() -> bool:
    """Whether PyTorch's own index answers: seconds at most, and nothing is installed."""
    quick = os.environ | {"UV_HTTP_TIMEOUT": "8", "UV_HTTP_CONNECT_TIMEOUT": "8", "UV_HTTP_RETRIES": "0"}
    probe = ["--quiet", "--dry-run", "--no-deps", "--reinstall", "--torch-backend", "auto", "torch"]
    try:
        command = [UV, "pip", "install", "--python", sys.executable, *probe]
        return subprocess.run(command, env=quick, capture_output=True, timeout=30).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main(arguments: list[str]) -> int:
    """Install what the arguments for uv say; return its exit status."""
    environment = dict(os.environ)
    if "UV_TORCH_BACKEND" not in environment and platform.system() == "Linux":
        if reachable():
            environment["UV_TORCH_BACKEND"] = "auto"
        else:
            print("PyTorch's own index cannot be reached; its default build comes instead, 6 GB large.", flush=True)
    into = [] if "--python" in arguments else ["--python", sys.executable]
    return subprocess.run([UV, "pip", "install", *into, *arguments], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
