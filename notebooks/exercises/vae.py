"""Exercises of notebook 03: the terms of the ELBO, its gradient, and which latents are awake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _draw_code(random: torch.Generator) -> tuple[Tensor, Tensor]:
    return torch.randn(6, 3, generator=random), torch.randn(6, 3, generator=random)


def _kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)


kl = Exercise(
    title="kl",
    inputs=_draw_code,
    reference=_kl,
    mutants=(
        Mutant(lambda m, v: _kl(m, v).mean(), "One number for each picture: sum over the latents and keep the batch."),
        Mutant(lambda m, v: _kl(m, v).sum(), "You summed over the pictures too; keep the batch, sum over dim=1."),
        Mutant(lambda m, v: _kl(m, v) / 3, "That is the mean over the latents. Independent latents add up: use a sum."),
        Mutant(lambda m, v: 2 * _kl(m, v), "Twice too large: the factor one half is missing."),
        Mutant(lambda m, v: -_kl(m, v), "A KL divergence is never negative: the sign is wrong."),
        Mutant(
            lambda m, v: 0.5 * (m**2 + (2 * v).exp() - 1 - 2 * v).sum(1),
            "You read log_variance as log sigma. The variance is exp(log_variance), not its square.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v**2 - 1 - (v**2).log()).sum(1),
            "You read log_variance as sigma itself. The variance is exp(log_variance).",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() - v).sum(1),
            "The -1 is missing: at mean 0 and variance 1 the two Gaussians are the same, and KL must be 0.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m + v.exp() - 1 - v).sum(1),
            "The mean enters squared: a shift to the left costs as much as one to the right.",
        ),
    ),
    properties=(("A KL divergence is never negative.", lambda out, *case: bool((torch.as_tensor(out) >= 0).all())),),
)


def _draw_elbo(random: torch.Generator) -> tuple[Any, ...]:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    weight = normal(3, 10)
    x = torch.where(torch.rand(6, 10, generator=random) < 0.5, 1.0, -1.0)
    return x, normal(6, 3), normal(6, 3), normal(6, 3), lambda z: z @ weight


def _elbo(
    x: Tensor, mean: Tensor, log_variance: Tensor, eps: Tensor, decode: Callable[[Tensor], Tensor], *,
    std: Callable[[Tensor], Tensor] = lambda v: (0.5 * v).exp(), kl_weight: float = 1.0,
) -> Tensor:  # fmt: skip
    logits = decode(mean + std(log_variance) * eps)
    return F.logsigmoid(x * logits).sum(1) - kl_weight * _kl(mean, log_variance)


one_draw_elbo = Exercise(
    title="one_draw_elbo",
    inputs=_draw_elbo,
    reference=_elbo,
    mutants=(
        Mutant(lambda *case: -_elbo(*case), "That is the loss, -ELBO. Here the ELBO itself is asked for."),
        Mutant(
            lambda *case: _elbo(*case, kl_weight=-1),
            "The KL term is subtracted: it is what the latents cost.",
        ),
        Mutant(lambda *case: _elbo(*case, kl_weight=0), "The KL term is missing; this is the reconstruction."),
        Mutant(
            lambda *case: _elbo(*case, std=lambda v: v.exp()),
            "Your z uses the variance as its standard deviation: sigma = exp(log_variance / 2).",
        ),
        Mutant(
            lambda *case: _elbo(*case, std=lambda v: v),
            "Your z multiplies the noise by log_variance: sigma = exp(log_variance / 2).",
        ),
        Mutant(
            lambda *case: _elbo(*case, std=lambda v: torch.zeros_like(v)),
            "Your z is the mean: the noise eps is not used. The decoder must live with it.",
        ),
        Mutant(
            lambda *case: _elbo(*case, std=lambda v: torch.ones_like(v)),
            "Your z adds eps with standard deviation 1; multiply it by sigma = exp(log_variance / 2).",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(m + (0.5 * v).exp() * e)).mean(1) - _kl(m, v),
            "The reconstruction is a mean over the pixels, so it counts far too little beside the KL: sum.",
        ),
        Mutant(
            lambda *case: _elbo(*case).mean(),
            "One number for each picture, please: keep the batch.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(d(m + (0.5 * v).exp() * e)).sum(1) - _kl(m, v),
            "Your reconstruction does not look at x: black pixels (-1) want negative logits, so use x * logits.",
        ),
    ),
)


def _draw_gradient(random: torch.Generator) -> tuple[Any, ...]:
    mu, sigma = torch.randn((), generator=random), 0.5 + torch.rand((), generator=random)
    return mu, sigma, torch.randn(8, generator=random), torch.sin, torch.cos


def _score(mu: Tensor, sigma: Tensor, eps: Tensor, f: Any, df: Any) -> Tensor:
    return f(mu + sigma * eps) * eps / sigma


def _path(mu: Tensor, sigma: Tensor, eps: Tensor, f: Any, df: Any) -> Tensor:
    return df(mu + sigma * eps)


two_gradients = Exercise(
    title="two_gradients",
    inputs=_draw_gradient,
    reference=lambda *case: (_score(*case), _path(*case)),
    mutants=(
        Mutant(
            lambda *case: (_path(*case), _score(*case)), "Both are right, in the wrong order: score function first."
        ),
        Mutant(
            lambda *case: (_score(*case).mean(), _path(*case).mean()),
            "Those are averages; return one estimate for each draw, to see how they scatter.",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (f(mu + sigma * eps), _path(mu, sigma, eps, f, df)),
            "The score function's estimate lacks the score itself, (z - mu) / sigma².",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (f(mu + sigma * eps) * sigma * eps, _path(mu, sigma, eps, f, df)),
            "The score is (z - mu) / sigma²; yours is not divided by the variance.",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (f(mu + sigma * eps) * eps, _path(mu, sigma, eps, f, df)),
            "The score is (z - mu) / sigma²; you divided by sigma once only.",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (-_score(mu, sigma, eps, f, df), _path(mu, sigma, eps, f, df)),
            "The score has the wrong sign: a larger mu makes draws above it more probable.",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (_score(mu, sigma, eps, f, df), df(mu + sigma * eps) * sigma),
            "That is not the slope in mu: z = mu + sigma * eps moves one to one with mu (dz/dmu = 1).",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (_score(mu, sigma, eps, f, df), df(mu + sigma * eps) * eps),
            "That is the slope in sigma, dz/dsigma = eps. In mu, dz/dmu = 1.",
        ),
        Mutant(
            lambda mu, sigma, eps, f, df: (_score(mu, sigma, eps, f, df), df(mu + 0 * eps)),
            "Your second estimate is taken at mu, not at the draws z = mu + sigma * eps.",
        ),
    ),
)


def _draw_latents(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Means and log-variances of 200 pictures and 6 latents; collapsed ones have mean near 0, variance near 1."""
    active = torch.rand(6, generator=random) < 0.5
    active[0], active[1] = True, False  # at least one of each
    order = torch.randperm(6, generator=random)
    wide = torch.where(active, 1.0, 0.01)[order]
    mean = wide * torch.randn(200, 6, generator=random)
    log_variance = torch.where(active, -3.0, 0.0)[order] + 0.01 * torch.randn(200, 6, generator=random)
    # A latent whose mean is constant but not 0 costs KL and says nothing.
    return mean + (~active)[order] * torch.tensor([0.0, 1.0] * 3), log_variance


active_latents = Exercise(
    title="active_latents",
    inputs=_draw_latents,
    reference=lambda mean, log_variance: int((mean.var(0) > 0.01).sum()),
    mutants=(
        Mutant(
            lambda mean, log_variance: int((mean.var(0) <= 0.01).sum()),
            "That is the number of silent latents; the others are active.",
        ),
        Mutant(
            lambda mean, log_variance: int(
                ((mean + (0.5 * log_variance).exp() * torch.linspace(-2, 2, 200).view(-1, 1)).var(0) > 0.01).sum()
            ),
            "You let every latent count: draws of z vary even where q is the prior. Ask how far the *mean* varies.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.abs().mean(0) > 0.3).sum()),
            "A mean far from 0 that is the same for every picture says nothing about it: use its variance.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.var(1) > 0.01).sum()),
            "You took the variance over the latents of one picture; take it over the pictures, dim=0.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) > 0.01,
            "Those are the right latents, as true and false; return how many there are.",
        ),
    ),
)
