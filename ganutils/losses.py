"""Losses of the two players: pure functions of logits.

A discriminator returns logits l = log D - log(1 - D), never probabilities: `sigmoid` in float32 is exactly
1 from l = 17 on, and a loss computed from it has no gradient there (notebook 01 shows it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LogitsLoss = Callable[[Tensor, Tensor], Tensor]


class GanLoss(NamedTuple):
    """One game: what each player minimises, both as (real_logits, fake_logits) -> scalar."""

    discriminator: LogitsLoss
    generator: LogitsLoss


def cross_entropy_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-V(D, G) = -E[log D(x)] - E[log(1 - D(G(z)))], in nats (Goodfellow et al. 2014, eq. 1)."""
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def saturating_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[log(1 - D(G(z)))]: the generator's part of V. Its slope in the logit is -D, so a sure D silences it."""
    return -F.softplus(fake_logits).mean()


def non_saturating_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E[log D(G(z))]: slope -(1 - D) in the logit, strongest where D is sure (Goodfellow et al. 2014, sec. 3)."""
    return F.softplus(-fake_logits).mean()


def linear_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[1 - D(x)] + E[D(G(z))] with D = sigmoid(logit): at its best 1 - TV(p, q) (notebook 01)."""
    return torch.sigmoid(-real_logits).mean() + torch.sigmoid(fake_logits).mean()


def linear_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E[D(G(z))] with D = sigmoid(logit)."""
    return -torch.sigmoid(fake_logits).mean()


minimax = GanLoss(cross_entropy_discriminator, saturating_generator)
non_saturating = GanLoss(cross_entropy_discriminator, non_saturating_generator)
linear = GanLoss(linear_discriminator, linear_generator)


def r1(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Half the mean squared gradient norm of the logit at real samples (Mescheder et al. 2018, eq. 9, gamma = 1).

    Args:
        discriminator: maps (batch, ...) to logits (batch,).
        real: (batch, ...); the gradient is taken in a detached copy.

    Returns:
        A scalar that can itself be differentiated in the discriminator's weights.
    """
    inputs = real.detach().requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(inputs).sum(), inputs, create_graph=True)
    return 0.5 * slope.flatten(1).square().sum(1).mean()
