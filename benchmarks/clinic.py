"""The patients of notebook 08 and every cure that is tried on them: one change at a time, equal steps, five seeds.

python benchmarks/clinic.py            all four patients
python benchmarks/clinic.py A C        some of them

The networks, the data and the loop are the notebook's own cells. Results go into benchmarks/clinic.json as they come:
for each patient and arm one list per number, an entry a seed. All numbers are read from the end of the training.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import losses, metrics, sampling

SHARED = (
    "setup", "parameters", "stack", "networks", "judge", "usual", "noise", "d-turn", "g-turn", "each", "start", "treat",
    "prefers",
)  # fmt: skip
TARGET = ROOT / "benchmarks" / "clinic.json"
STEPS = {"A": 1600, "B": 300, "C": 1500, "D": 1000}
relativistic = losses.GanLoss(
    lambda real, fake: F.softplus(fake - real).mean(), lambda real, fake: F.softplus(real - fake).mean()
)


class Pack(nn.Module):
    """m samples side by side, for a discriminator that sees them together (PacGAN)."""

    def __init__(self, m: int) -> None:
        super().__init__()
        self.m = m

    def forward(self, x: Tensor) -> Tensor:
        """(seeds, batch, features) to (seeds, batch / m, m * features)."""
        return x.reshape(len(x), x.shape[1] // self.m, -1)


class Fading:
    """Noise on all that D sees, which fades to nothing over the training (instance noise)."""

    def __init__(self, sigma: float, calls: int) -> None:
        self.sigma, self.left, self.calls = sigma, calls, calls

    def __call__(self, x: Tensor) -> Tensor:
        """x with noise, less at every call."""
        self.left -= 1
        return x + self.sigma * max(self.left, 0) / self.calls * torch.randn_like(x)


def patient_a(own: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]], Callable[..., dict[str, Any]]]:
    """The collapsing ring."""
    faded = Fading(0.5, 3 * STEPS["A"])  # D sees real and fake once a step, and the fakes of G's turn
    packed = lambda: nn.Sequential(Pack(4), own["judge"](8, 64, 64))  # noqa: E731
    arms: dict[str, dict[str, Any]] = {
        "nothing": {},
        "equal rates": {"d_rate": 1e-3},
        "pac of 4": {"discriminator": packed},
        "R1, weight 0.1": {"r1": 0.1},
        "R1, weight 1": {"r1": 1.0},
        "R1, weight 10": {"r1": 10.0},
        "relativistic": {"loss": relativistic},
        "relativistic, and R1, weight 1": {"loss": relativistic, "r1": 1.0},
        "five D-steps": {"d_steps": 5},
        "fading noise": {"see_real": faded, "see_fake": faded},
        "rates exchanged": {"g_rate": 1e-4, "d_rate": 1e-3},
        "both rates slow": {"g_rate": 1e-4},
    }

    def read(run: Any, _: Any) -> dict[str, list[float]]:
        points = sampling.generate(run[0], own["noise"](own["patient_a"], 5000))[:5]
        reports = [metrics.mode_report(one, own["ring"].centres, own["ring"].sigma) for one in points]
        return {
            "covered": [one.covered for one in reports],
            "high quality": [round(one.high_quality, 2) for one in reports],
            "effective modes": [round(one.effective_modes, 1) for one in reports],
        }

    return own["patient_a"], arms, read


def rounded(values: Tensor) -> list[float]:
    """The first five seeds' numbers to two places."""
    return [round(value, 2) for value in values[:5].tolist()]


def patient_b(own: dict[str, Any]) -> Any:
    """The generator that hears nothing."""
    arms = {
        "nothing": {},
        "non-saturating": {"loss": losses.non_saturating},
        "R1, weight 1": {"r1": 1.0},
        "no head start": {"head_start": 0},
        "Adam for G, rate 1e-3": {"g_rule": torch.optim.Adam, "g_rate": 1e-3},
        "ten times G's rate": {"g_rate": 0.5},
        "linear": {"loss": losses.linear},
        "five D-steps": {"d_steps": 5},
    }
    return (
        own["patient_b"],
        arms,
        lambda run, _: {"distance": rounded((run[2][-1]["fakes"].mean(1) - own["target"]).norm(dim=1))},
    )


def patient_c(own: dict[str, Any]) -> Any:
    """The game that circles."""
    arms = {
        "nothing": {},
        "R1, weight 1": {"r1": 1.0},
        "R1, weight 0.1": {"r1": 0.1},
        "no momentum": {"betas": (0.0, 0.999)},
        "momentum 0.5": {"betas": (0.5, 0.999)},
        "a tenth of both rates": {"g_rate": 1e-3, "d_rate": 1e-3},
        "the same, ten times as long": {"g_rate": 1e-3, "d_rate": 1e-3, "longer": 10},
        "a third, three times as long": {"g_rate": 1e-2 / 3, "d_rate": 1e-2 / 3, "longer": 3},
        "five D-steps": {"d_steps": 5},
        "saturating": {"loss": losses.minimax},
    }

    def read(run: Any, _: Any) -> dict[str, list[float]]:
        path = torch.stack([note["fakes"].mean(1) for note in run[2]])
        # The running average of 05 has forgotten its start; so does this one, by what its first weights lack.
        keep, sums, average = 0.998 ** run[2][0]["step"], torch.zeros_like(path[0]), []
        for count, place in enumerate(path, start=1):
            sums = torch.lerp(place, sums, keep)
            average.append(sums / (1 - keep**count))
        third = len(path) // 3
        return {
            "rest": rounded(path[-third:].square().sum(2).mean(0).sqrt()),
            "rest, middle third": rounded(path[third:-third].square().sum(2).mean(0).sqrt()),
            "rest of the average": rounded(torch.stack(average)[-third:].square().sum(2).mean(0).sqrt()),
        }

    return own["patient_c"], arms, read


def patient_d(own: dict[str, Any]) -> Any:
    """The discriminator that knows its pictures by heart."""
    seen = {"see_real": own["jitter"], "see_fake": own["jitter"]}
    more = torch.cat([own["train"], own["others"][500:1000].flatten(1)])
    arms = {
        "nothing": {},
        "all that D sees changed": seen,
        "the same, and R1, weight 1": seen | {"r1": 1.0},
        "R1, weight 1": {"r1": 1.0},
        "500 digits more": {"real": own["drawn_from"](more), "own": more},
        "a smaller D": {"discriminator": lambda: own["judge"](64, 16)},
        "a tenth of D's rate": {"d_rate": 2e-4},
        "only the real ones changed": {"see_real": own["jitter"]},
    }

    def read(run: Any, change: dict[str, Any]) -> dict[str, list[float]]:
        looked = own["look"](run, change.get("own", own["train"]))  # its nearest is that of *all* that it trained on
        return {name: rounded(values) for name, values in looked.items()}

    return own["patient_d"], arms, read


PATIENTS = {
    "A": (patient_a, ("a-ring", "a-plan")),
    "B": (patient_b, ("b-plan",)),
    "C": (patient_c, ("c-plan", "c-networks")),
    "D": (patient_d, ("d-data", "d-plan", "d-ask", "d-nearest", "d-look", "d-jitter")),
}


def main() -> None:
    """Run the named patients, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patients", nargs="*", help="A, B, C, D")
    chosen = parser.parse_args().patients or list(PATIENTS)
    torch.set_num_threads(1)
    saved = json.loads(TARGET.read_text()) if TARGET.is_file() else {"patients": {}}
    saved |= {
        "command": "python benchmarks/clinic.py",
        "machine": f"one thread, {platform.machine()}, torch {torch.__version__.split('+')[0]}",
        "steps": STEPS, "seeds": 5,
    }  # fmt: skip
    for name in chosen:
        saved["patients"][name] = {}
        make, cells = PATIENTS[name]
        own = definitions("08_failure_clinic", *SHARED, *cells)
        plan, arms, read = make(own)
        for arm, change in arms.items():
            began = time.process_time()
            steps = STEPS[name] * change.get("longer", 1)
            result = read(own["treat"](plan | change, steps), change)
            print(name, arm, result, f"{time.process_time() - began:.0f} s", flush=True)
            saved["patients"][name][arm] = result
            TARGET.write_text(json.dumps(saved, indent=1) + "\n")


if __name__ == "__main__":
    main()
