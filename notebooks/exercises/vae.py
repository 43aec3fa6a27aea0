"""Exercises of notebook 03: the terms of the ELBO, its gradient, and which latents are awake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
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
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() - 1 + v).sum(1),
            "The sign of the logarithm: a narrow Gaussian costs more, so log_variance is subtracted.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() - 1 - v).sum(0),
            "You summed over the pictures, dim=0. Sum over the latents of each picture, dim=1.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() - 1 - v).mean(0),
            "You averaged over the pictures, dim=0. Sum over the latents of each picture, dim=1.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() - 1 - v),
            "One number for each latent; add up those of a picture, dim=1.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v - 1 - v.log()).sum(1),
            "You read log_variance as the variance. The variance is log_variance.exp(), and its log is there.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v**2 - 1 - v).sum(1),
            "The square of log_variance is not the variance: that is exp(log_variance).",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() - 1 - v.exp()).sum(1),
            "log_variance is a logarithm already: subtract it as it is, without exp().",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp().square() - 1 - v).sum(1),
            "You square the variance. exp(log_variance) is sigma squared already.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + (0.5 * v).exp() - 1 - v).sum(1),
            "That is sigma, not its square: the variance is exp(log_variance), without the half.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 + v.exp() + 1 - v).sum(1),
            "The 1 is subtracted: at mean 0 and variance 1 the two Gaussians are the same, and KL must be 0.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 - v.exp() - 1 - v).sum(1),
            "The variance is added: a wide Gaussian is far from the prior too.",
        ),
        Mutant(
            lambda m, v: 0.5 * (v.exp() - 1 - v).sum(1),
            "The mean is missing: the further it lies from 0, the more it costs.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 - 1 - v).sum(1),
            "The variance itself is missing: + exp(log_variance).",
        ),
        Mutant(
            lambda m, v: (0.5 * m**2 + v.exp() - 1 - v).sum(1),
            "The half belongs to all four terms: put brackets around them.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m.abs() + v.exp() - 1 - v).sum(1),
            "The mean enters squared, not by its absolute value.",
        ),
        Mutant(
            lambda m, v: 0.5 * ((m**2 + 1) / v.exp() - 1 + v).sum(1),
            "That is KL the other way round, from the prior to q. Here: from q(z|x) to the prior.",
        ),
        Mutant(
            lambda m, v: 0.5 * (m**2 / v.exp() + v.exp() - 1 - v).sum(1),
            "The mean is measured by the *prior's* spread, which is 1: nothing to divide by.",
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


def _z(mean: Tensor, log_variance: Tensor, eps: Tensor) -> Tensor:
    return mean + (0.5 * log_variance).exp() * eps


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
        Mutant(
            lambda x, m, v, e, d: (x * F.logsigmoid(d(_z(m, v, e)))).sum(1) - _kl(m, v),
            "x belongs inside: log sigma(x * logit). Outside, a black pixel would make a probability negative.",
        ),
        Mutant(
            lambda x, m, v, e, d: (
                -F.binary_cross_entropy_with_logits(d(_z(m, v, e)), x, reduction="none").sum(1) - _kl(m, v)
            ),
            "binary_cross_entropy wants targets 0 and 1, and your pixels are -1 and 1: use (x + 1) / 2, or "
            "F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: (
                -F.binary_cross_entropy_with_logits(d(_z(m, v, e)), x.clamp(min=0), reduction="none").mean(1)
                - _kl(m, v)
            ),
            "The reconstruction is a mean over the pixels, so it counts far too little beside the KL: sum.",
        ),
        Mutant(
            lambda x, m, v, e, d: -F.binary_cross_entropy_with_logits(d(_z(m, v, e)), x.clamp(min=0)) - _kl(m, v),
            "Your reconstruction is one mean over all pictures and pixels: sum over the pixels, keep the batch "
            "(reduction='none').",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum() - _kl(m, v),
            "Your reconstruction is summed over the pictures too: sum over the pixels only, dim=1.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum() - _kl(m, v).sum(),
            "You summed over the pictures too: one number for each picture, dim=1.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum(1) - _kl(m, v).mean(),
            "The KL is averaged over the pictures; each picture pays its own.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum(1) - _kl(m, v).sum(),
            "The KL is summed over the pictures; each picture pays its own.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum(1) - _kl(m, v) / 3,
            "Your KL is a mean over the latents; independent latents add up.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum(1) - 2 * _kl(m, v),
            "Your KL is twice too large: the factor one half is missing.",
        ),
        Mutant(
            lambda x, m, v, e, d: -F.logsigmoid(x * d(_z(m, v, e))).sum(1) - _kl(m, v),
            "The reconstruction's sign: log-probabilities are negative as they are; only the KL is subtracted.",
        ),
        Mutant(
            lambda x, m, v, e, d: (x * d(_z(m, v, e))).sum(1) - _kl(m, v),
            "The logarithm of the sigmoid is missing: F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: torch.sigmoid(x * d(_z(m, v, e))).sum(1) - _kl(m, v),
            "Those are probabilities; the ELBO adds their logarithms, F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * torch.sigmoid(d(_z(m, v, e)))).sum(1) - _kl(m, v),
            "Two sigmoids: decode gives logits, and F.logsigmoid has the sigmoid in it.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(-x * d(_z(m, v, e))).sum(1) - _kl(m, v),
            "Signs: a white pixel (+1) wants a positive logit, so x * logits, without a minus.",
        ),
        Mutant(
            lambda x, m, v, e, d: -(x - d(_z(m, v, e))).square().sum(1) - _kl(m, v),
            "That is a squared error. The pixels are yes or no, and decode gives logits: F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: -(x - torch.sigmoid(d(_z(m, v, e)))).square().sum(1) - _kl(m, v),
            "That is a squared error. The pixels are yes or no, and decode gives logits: F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(e)).sum(1) - _kl(m, v),
            "You decode the noise alone: z = mean + sigma * eps depends on the picture.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, -v, e))).sum(1) - _kl(m, v),
            "sigma = exp(+log_variance / 2): your exponent has a minus.",
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


def _gradient_mutants(*wrong: tuple[Callable[..., Any], str]) -> Iterator[Mutant]:
    """Wrong estimates written in the draws z, as the statement has them."""
    for answer, hint in wrong:
        yield Mutant(partial(_at_draws, answer), hint)


def _at_draws(answer: Callable[..., Any], mu: Tensor, sigma: Tensor, eps: Tensor, f: Any, df: Any) -> Any:
    return answer(mu, sigma, mu + sigma * eps, f, df)


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
            "A division by sigma is missing: the score (z - mu) / sigma² is eps / sigma.",
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
        *_gradient_mutants(
            (
                lambda mu, sigma, z, f, df: (z**2 * (z - mu) / sigma**2, 2 * z),
                "You put z² for f, as in the chapter's example. Here f and df are given, and others: use them.",
            ),
            (
                lambda mu, sigma, z, f, df: ((z - mu) / sigma**2, df(z)),
                "Your first estimate is the score alone; weigh it with f(z).",
            ),
            (
                lambda mu, sigma, z, f, df: (df(z) * (z - mu) / sigma**2, df(z)),
                "The score function needs no slope: it weighs the score with f(z), not df(z).",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**2, f(z)),
                "The second estimate is the slope at the draw, df(z), not f(z).",
            ),
            (
                lambda mu, sigma, z, f, df: (df(z), df(z)),
                "Both are the reparameterised one. The score function's is f(z) * (z - mu) / sigma².",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu), df(z)),
                "The score is (z - mu) / sigma²; yours is not divided by the variance.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / (2 * sigma**2), df(z)),
                "A 2 too many below the line: the square's slope cancels it.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * -((z - mu) ** 2) / (2 * sigma**2), df(z)),
                "That is the log-density without its constant. The score is its slope in mu, (z - mu) / sigma².",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) ** 2 / sigma**2, df(z)),
                "The square is gone in the slope: (z - mu), not its square.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * z / sigma**2, df(z)),
                "The score measures from mu: (z - mu), not z.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**2, df(z) * (z - mu) / sigma**2),
                "The second estimate needs no score: it is df(z), because z moves one to one with mu.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**2, df(z) * mu),
                "In the second estimate dz/dmu is 1, not mu.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(mu) * (z - mu) / sigma**2, df(z)),
                "The first estimate weighs with f at the draw, f(z), not with f(mu).",
            ),
            (
                lambda mu, sigma, z, f, df: (f(mu) * (z - mu) / sigma**2, df(mu)),
                "You evaluate at mu; both estimates look at the draws z = mu + sigma * eps.",
            ),
            (
                lambda mu, sigma, z, f, df: (
                    f((z - mu) / sigma) * (z - mu) / sigma**2,
                    df((z - mu) / sigma),
                ),
                "You evaluate at the noise eps; both estimates look at the draws z = mu + sigma * eps.",
            ),
            (
                lambda mu, sigma, z, f, df: torch.exp(-0.5 * ((z - mu) / sigma) ** 2) * f(z),
                "Return two estimates, (score function's, reparameterised); a density is needed in neither.",
            ),
            (
                lambda mu, sigma, z, f, df: (
                    f(mu + sigma**2 * (z - mu) / sigma) * (z - mu) / sigma**2,
                    df(mu + sigma**2 * (z - mu) / sigma),
                ),
                "sigma is the standard deviation already: z = mu + sigma * eps, without a square.",
            ),
            (
                lambda mu, sigma, z, f, df: f(z) * (z - mu) / sigma**2,
                "One estimate is missing: return (score function's, reparameterised).",
            ),
            (
                lambda mu, sigma, z, f, df: df(z),
                "One estimate is missing: return (score function's, reparameterised).",
            ),
        ),
    ),
)


def _draw_latents(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Means and log-variances of 200 pictures and 8 latents, active and silent ones of every kind.

    Of every kind, so that no short cut is right: whether q is sharp, what a latent costs, and how far its mean lies
    from 0 tell nothing about whether it varies.
    """
    # Each row: how far the mean varies, where it lies, its log-variance.
    kinds = torch.tensor(
        [
            [1.0, 0.0, -3.0],  # active, as in a book
            [1.0, 0.0, -0.05],  # active and blurred
            [0.3, 2.0, -3.0],  # active, around another middle
            [0.2, 0.0, -3.0],  # a little active: its variance is 0.04
            [0.03, 0.0, 0.0],  # silent: its standard deviation is above 0.01, its variance is not
            [0.03, 1.0, 0.0],  # silent, and constantly not 0
            [0.03, 0.0, -3.0],  # silent and sharp: it costs, and says nothing
            [0.03, -1.0, -3.0],
            [0.003, 0.0, 0.0],  # quite silent
            [0.003, 1.0, -3.0],
        ]
    )
    chosen = kinds[torch.cat([torch.tensor([0, 4]), torch.randint(len(kinds), (6,), generator=random)])]
    scale, middle, log_variance = chosen[torch.randperm(8, generator=random)].T
    noise = 0.01 * torch.randn(200, 8, generator=random)
    return middle + scale * torch.randn(200, 8, generator=random), log_variance + noise


def _kl_of_each(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)


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
            "You count every latent: draws of z vary even where q is the prior (and len() counts the silent ones too). "
            "Ask how far the *mean* varies.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.abs().mean(0) > 0.3).sum()),
            "A mean far from 0 that is the same for every picture says nothing about it: use its variance.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.var(1) > 0.01).sum()),
            "You count pictures: the variance was taken over the latents of one. Take it over the pictures, dim=0.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) > 0.01,
            "Those are the right latents, as true and false; return how many there are.",
        ),
        Mutant(
            lambda mean, log_variance: int((log_variance.exp().mean(0) < 0.5).sum()),
            "You ask how sharp q is. A latent can be sharp and say the same for every picture: ask how far its mean "
            "varies.",
        ),
        Mutant(
            lambda mean, log_variance: int((log_variance.exp().mean(0) < 0.9).sum()),
            "You ask how sharp q is. A latent can be sharp and say the same for every picture: ask how far its mean "
            "varies.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.std(0) > 0.01).sum()),
            "That is the standard deviation; the threshold 0.01 is for the variance, its square.",
        ),
        Mutant(
            lambda mean, log_variance: int((_kl_of_each(mean, log_variance).mean(0) > 0.01).sum()),
            "You count what costs KL. A constant mean costs too, and so does a sharp q, and both say nothing: use the "
            "variance of the mean.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.mean(0).abs() > 0.01).sum()),
            "You ask whether the mean of the means is 0. Ask how far they vary over the pictures: mean.var(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.mean(0) > 0.01).sum()),
            "You ask whether the mean of the means is above 0.01. Ask how far they vary: mean.var(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.abs().mean(0) > 0.01).sum()),
            "A mean far from 0 that is the same for every picture says nothing about it: use its variance.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.square().mean(0) > 0.01).sum()),
            "The mean square counts a constant mean as well. A variance takes the middle off first: mean.var(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: int((log_variance.var(0) > 0.01).sum()),
            "You took the variance of the log-variances; take that of the means.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.var(0) > log_variance.exp().mean(0)).sum()),
            "You compare with q's own variance; the threshold is 0.01.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.var(0) > 0.1).sum()),
            "Your threshold is too high: a variance above 0.01 counts.",
        ),
        Mutant(lambda mean, log_variance: int(mean.var() > 0.01), "One variance for everything; take one per latent."),
        Mutant(
            lambda mean, log_variance: int((mean > 0.01).sum()),
            "You count single means above 0.01. Take each latent's variance over the pictures first, mean.var(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.abs() > 0.01).sum()),
            "You count single means away from 0. Take each latent's variance over the pictures first, mean.var(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0),
            "Those are the variances; count how many are above 0.01.",
        ),
        Mutant(
            lambda mean, log_variance: float((mean.var(0) > 0.01).float().mean()),
            "That is the share of active latents; return how many there are.",
        ),
        Mutant(
            lambda mean, log_variance: (mean.var(0) > 0.01).nonzero().flatten(),
            "Those are the places of the active latents; return how many there are.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0)[mean.var(0) > 0.01].sum(),
            "You add the variances up; count them.",
        ),
    ),
)
