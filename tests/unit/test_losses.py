"""Objectives against closed forms."""

import math

import pytest
import torch
from torch import nn

from ganutils import losses

ZERO = torch.zeros(5)


@pytest.mark.parametrize(
    ("objective", "d", "g"),
    [
        (losses.minimax, 2 * math.log(2), -math.log(2)),
        (losses.non_saturating, 2 * math.log(2), math.log(2)),
        (losses.linear, 1.0, -0.5),
    ],
)
def test_values_at_logit_zero(objective: losses.GanLoss, d: float, g: float) -> None:
    assert objective.discriminator(ZERO, ZERO).item() == pytest.approx(d, abs=1e-6)
    assert objective.generator(ZERO, ZERO).item() == pytest.approx(g, abs=1e-6)


def test_the_generators_slopes_are_minus_d_and_minus_one_minus_d() -> None:
    logits = torch.tensor([-8.0, -1.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    d = torch.sigmoid(logits).detach()
    for loss, expected in ((losses.saturating_generator, -d), (losses.non_saturating_generator, -(1 - d))):
        (slope,) = torch.autograd.grad(loss(logits, logits) * len(logits), logits)
        torch.testing.assert_close(slope, expected)


def test_the_discriminator_agrees_with_torch() -> None:
    real, fake = torch.randn(2, 64)
    bce = nn.BCEWithLogitsLoss()
    expected = bce(real, torch.ones(64)) + bce(fake, torch.zeros(64))
    torch.testing.assert_close(losses.cross_entropy_discriminator(real, fake), expected)


@pytest.mark.parametrize("logit", [-100.0, 100.0])
def test_losses_and_gradients_stay_finite_where_sigmoid_freezes(logit: float) -> None:
    for objective in (losses.minimax, losses.non_saturating):
        logits = torch.full((4,), logit, requires_grad=True)
        total = objective.discriminator(logits, logits) + objective.generator(logits, logits)
        total.backward()
        assert logits.grad is not None
        assert logits.grad.isfinite().all()
        assert total.isfinite()


@pytest.mark.parametrize("point", [torch.zeros(7, 2), torch.randn(7, 2)])
def test_r1_of_a_linear_critic_is_half_its_squared_slope(point: torch.Tensor) -> None:
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    critic[0].weight.data = torch.tensor([[3.0, 4.0]])  # type: ignore[union-attr]
    assert losses.r1(critic, point).item() == pytest.approx(12.5)


def test_r1_reaches_the_weights_and_leaves_the_samples_alone() -> None:
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
    points = torch.randn(5, 2)
    losses.r1(critic, points).backward()
    assert critic[0].weight.grad is not None  # type: ignore[union-attr]
    assert not points.requires_grad
