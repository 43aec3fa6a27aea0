"""Notebook 08's patients are ill and its cures cure; a cure with a broken part does not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from notebook_code import definitions

from ganutils import losses, metrics, sampling

pytestmark = pytest.mark.learning
LOOP = ("stack", "networks", "judge", "usual", "noise", "d-turn", "g-turn", "each", "start", "treat", "late", "signs")
PATIENTS = ("prefers", "a-ring", "a-plan", "b-plan", "c-plan", "c-networks", "d-data", "d-plan", "d-ask", "d-nearest",
            "d-look")  # fmt: skip


@pytest.fixture(scope="module")
def clinic(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The notebook's own cells, with two seeds side by side instead of six."""
    own = definitions("08_failure_clinic", "setup", "parameters", *LOOP, *PATIENTS, "d-jitter")
    own["seeds"] = 6 if request.config.getoption("--all-seeds") else 2
    return own


def modes(clinic: dict[str, Any], change: dict[str, Any], steps: int) -> list[metrics.ModeReport]:
    g, _, _ = clinic["treat"](clinic["patient_a"] | change, steps)
    points = sampling.generate(g, clinic["noise"](clinic["patient_a"], 2000))
    return [metrics.mode_report(one, clinic["ring"].centres, clinic["ring"].sigma) for one in points]


def test_a_slow_discriminator_collapses_with_or_without_r1(clinic: dict[str, Any]) -> None:
    for change in ({}, {"r1": 0.1}):
        assert all(report.effective_modes < 4 for report in modes(clinic, change, 600)), change


def test_equal_rates_cure_the_collapse(clinic: dict[str, Any]) -> None:
    for report in modes(clinic, {"d_rate": clinic["patient_a"]["g_rate"]}, 1600):
        assert report.effective_modes > 7, report
        assert report.covered >= 6, report


def distances(clinic: dict[str, Any], change: dict[str, Any]) -> torch.Tensor:
    _, _, history = clinic["treat"](clinic["patient_b"] | change, 300)
    return (history[-1]["fakes"].mean(1) - clinic["target"]).norm(dim=1)


def test_a_sure_discriminator_silences_the_saturating_loss(clinic: dict[str, Any]) -> None:
    assert distances(clinic, {}).min() > 2
    for change in ({"loss": losses.non_saturating}, {"r1": 1.0}):
        assert distances(clinic, change).max() < 0.5, change
    wrong_sign = distances(clinic, {"r1": -1.0})
    assert not (wrong_sign < 0.5).any(), "a penalty that rewards steepness cures nobody"


def rest(clinic: dict[str, Any], change: dict[str, Any]) -> torch.Tensor:
    _, _, history = clinic["treat"](clinic["patient_c"] | change, 1000)
    return clinic["late"](history, "fakes").mean(2).square().sum(2).mean(0).sqrt()


def test_the_linear_game_circles_and_is_calmed(clinic: dict[str, Any]) -> None:
    assert rest(clinic, {}).min() > 0.4
    assert rest(clinic, {"r1": 1.0}).max() < 0.3
    assert not (rest(clinic, {"r1": -1.0}) < 0.4).any(), "a penalty that rewards steepness calms nobody"


def test_memory_falls_if_all_that_d_sees_is_changed_and_changes_to_real_ones_alone_leak(clinic: dict[str, Any]) -> None:
    jitter, plan = clinic["jitter"], clinic["patient_d"]
    arms = {"sick": {}, "both": {"see_real": jitter, "see_fake": jitter}, "leak": {"see_real": jitter}}
    runs = {name: clinic["treat"](plan | change, 600) for name, change in arms.items()}
    memory, nearest = (
        {name: clinic["look"](run)[sign] for name, run in runs.items()} for sign in ("memory", "nearest")
    )
    assert memory["sick"].min() > 0.7, memory
    assert (memory["sick"] - memory["both"]).min() > 0.05, memory
    assert nearest["leak"].min() > 1.25 * nearest["both"].max(), nearest
