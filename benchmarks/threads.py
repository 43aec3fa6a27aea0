"""What a busy neighbour costs: the loops of 02, 03, 04 and 05, alone and beside two processes that never rest.

python benchmarks/threads.py                 at the defaults, then with two threads; writes benchmarks/threads.json
python benchmarks/threads.py --seconds 10    longer windows (4 by default)

All in one run on one machine; what counts is the share of its speed that a loop keeps.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
LOOPS = ("02_gan", "03_vae", "04_cnn", "05_dcgan")
NEIGHBOURS = 2


def steps_of(name: str) -> Iterator[Any]:
    """An endless training of a notebook's own networks with its own settings."""
    from notebook_code import definitions

    from ganutils import losses, training

    endless = 10**9
    if name == "02_gan":
        n = definitions(name, "setup", "parameters", "ring", "networks", "optimisers")
        parts = {key: n[key] for key in ("generator", "discriminator", "g_optimizer", "d_optimizer", "latent_dim")}
        batches = n["ring"].batches(n["batch_size"], steps=endless)
        return training.gan_steps(**parts, batches=batches, loss=losses.non_saturating)
    if name == "03_vae":
        cells = ("kl-formula", "binarise", "data", "network", "likelihood", "record", "loop", "start")
        n = definitions(name, "setup", "parameters", *cells)
        return n["vae_steps"](n["vae"], n["train"].batches(n["batch_size"], steps=endless), n["optimizer"])
    if name == "04_cnn":
        n = definitions(name, "setup", "parameters", "data", "network", "network-shapes", "optimiser")
        optimizer, schedule = n["training_parts"](n["classifier"], endless)
        batches = n["own"].labelled_batches(n["batch_size"], steps=endless)
        return training.classifier_steps(n["classifier"], batches, optimizer=optimizer, schedule=schedule)
    n = definitions(name, "setup", "parameters", "real-data", "generator", "discriminator", "adam", "start")
    batches = n["train"].batches(n["batch_size"], steps=endless)
    return training.gan_steps(
        **n["players"](), batches=batches, loss=losses.non_saturating, latent_dim=n["latent_dim"], share_fakes=True,
        r1_weight=n["r1_weight"], r1_every=n["r1_every"], bfloat16=n["fast"],
    )  # fmt: skip


def work(name: str, seconds: float) -> None:
    """A process of its own: train, and print steps a second for each window that is asked for on stdin."""
    import torch

    steps = steps_of(name)
    for _ in range(5):
        next(steps)
    print("ready", torch.get_num_threads(), flush=True)
    for _ in sys.stdin:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            next(steps)
            count += 1
        print(count / (time.perf_counter() - began), flush=True)


def measure(name: str, threads: int | None, seconds: float) -> dict[str, float]:
    """Steps a second alone and beside busy neighbours."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GANUTILS_"))}
    environment |= {"GANUTILS_THREADS": str(threads)} if threads else {}
    command = [sys.executable, __file__, "--work", name, "--seconds", str(seconds)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    worker = subprocess.Popen(command, env=environment, **pipes)  # type: ignore[call-overload]

    def answer() -> str:
        line = worker.stdout.readline()
        if not line:
            raise SystemExit(f"The worker for {name} ended; run {' '.join(command)} to see why.")
        return str(line)

    def window() -> float:
        worker.stdin.write("go\n")
        worker.stdin.flush()
        return float(answer())

    busy: list[subprocess.Popen[Any]] = []
    try:
        line = answer()
        while not line.startswith("ready"):  # the notebook's setup prints its own line
            line = answer()
        alone = window()
        busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(NEIGHBOURS)]
        time.sleep(0.5)
        beside = window()
    finally:
        for process in (*busy, worker):
            process.kill()
            process.wait()
    used = int(line.split()[1])
    return {"threads": used, "alone": round(alone, 1), "beside": round(beside, 1), "kept": round(beside / alone, 2)}


def main() -> None:
    """Measure every loop and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a window")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.seconds)
        return
    load = os.getloadavg()[0]
    rows: dict[str, dict[str, dict[str, float]]] = {"defaults": {}, "two threads": {}}
    print(f"steps a second, alone and beside {NEIGHBOURS} busy processes, on {os.cpu_count()} cores; load {load:.1f}")
    for kind, threads in (("defaults", None), ("two threads", 2)):
        for name in LOOPS:
            row = rows[kind][name] = measure(name, threads, arguments.seconds)
            print(
                f"{kind:12} {name:9} {row['threads']:.0f} thread(s)   alone {row['alone']:7.1f}   "
                f"beside {row['beside']:7.1f}   kept {100 * row['kept']:3.0f} %",
                flush=True,
            )
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load before {load:.1f}"
    result = {"machine": machine, "neighbours": NEIGHBOURS, "unit": "steps a second", **rows}
    (ROOT / "benchmarks" / "threads.json").write_text(json.dumps(result, indent=1) + "\n")
    worst = min(row["kept"] for row in rows["defaults"].values())
    print(f"At the defaults the worst keeps {100 * worst:.0f} %.")


if __name__ == "__main__":
    main()
