"""Exercises of notebook 03: the terms of the ELBO, its gradient, a tighter bound, and which latents are awake."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant, Verdict

_CUT = (
    "The value is right, and nothing leads back from it: a detach(), .item(), .tolist(), float() or no_grad() cuts the "
    "gradient, and a loss must carry it."
)
_PARTLY = (
    "The value is right, and its gradient is not: on the way from one of the inputs stands a detach(), an .item() or a "
    "no_grad()."
)
_NUMPY = "numpy cuts the gradient, and a loss must carry it: torch has all that is needed here (.exp(), .sum(), F....)."

_SCALE = "A standard deviation below 0: torch's Normal wants sigma, which is exp(log_variance / 2)."
_SUPPORT = "Bernoulli knows 0 and 1, and your pixels are -1 and 1: use (x + 1) / 2, or F.logsigmoid(x * logits)."


def _with_slopes(attempt: Callable[..., Any], *case: Any, of: tuple[int, ...]) -> Any:
    """The attempt's value, and the slopes of its sum in the inputs named by `of`."""
    leaves = [case[place].requires_grad_() for place in of]
    try:
        value = attempt(*case)
    except (RuntimeError, ValueError) as error:
        for pattern, text in (("numpy()", _NUMPY), ("parameter scale", _SCALE), ("Boolean()", _SUPPORT)):
            if pattern in str(error):
                return Verdict("wrong", text)
        raise
    if isinstance(value, np.ndarray):
        value = torch.as_tensor(value)
    if isinstance(value, list | tuple) and value and all(isinstance(part, Tensor | float) for part in value):
        value = torch.stack([torch.as_tensor(part) for part in value])
    if not isinstance(value, Tensor) or value.is_complex():
        return value
    slopes = [torch.zeros_like(leaf) for leaf in leaves]
    if value.requires_grad:
        slopes = list(torch.autograd.grad(value.sum(), leaves, materialize_grads=True))
    return value.detach(), *slopes


def _value_alone(output: Any) -> Any:
    return output[0] if isinstance(output, tuple) and isinstance(output[0], Tensor) else output


def _gradient_of(reference: Callable[..., Tensor]) -> tuple[tuple[str, Callable[..., bool]], ...]:
    """What can be said of the gradient, once the value is right."""

    def right(output: Any, *case: Any) -> bool:
        if not isinstance(output, tuple) or not isinstance(output[0], Tensor):
            return False
        value, due = output[0], reference(*case)
        return value.shape == due.shape and torch.allclose(value.to(due), due, 1e-4, 1e-4)

    def carried(output: Any, *case: Any) -> bool:
        return not right(output, *case) or any(bool(slope.any()) for slope in output[1:])

    return (_CUT, carried), (_PARTLY, lambda *given: not right(*given))


def _draw_codes(random: torch.Generator) -> tuple[Tensor, ...]:
    """Two Gaussians for each of six pictures; near ones, far ones, thin ones, and one pair that is the same."""
    m, v, m_2, v_2 = torch.randn(4, 6, 3, generator=random, dtype=torch.float64)
    m[1], v[2], v_2[3] = 30 * m[1], v[2] - 40, v_2[3] - 8
    m_2[4], v_2[4] = m[4], v[4]
    return m, v, m_2, v_2


def _kl_terms(m: Tensor, v: Tensor, m_2: Tensor, v_2: Tensor) -> Tensor:
    return 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1 + v_2 - v)


def _kl_of_two(m: Tensor, v: Tensor, m_2: Tensor, v_2: Tensor) -> Tensor:
    return _kl_terms(m, v, m_2, v_2).sum(1)


def _kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)


kl_of_two = Exercise(
    title="kl_of_two",
    inputs=_draw_codes,
    run=partial(_with_slopes, of=(0, 1, 2, 3)),
    shown=_value_alone,
    reference=_kl_of_two,
    trials=6,
    mutants=(
        Mutant(
            lambda m, v, m_2, v_2: ((m - m_2) ** 2 / v_2.exp() + 0.5 * ((v - v_2).exp() - 1 + v_2 - v)).sum(1),
            "The half is missing at the distance of the means: it stands before all four terms.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (0.5 * (m - m_2) ** 2 / v_2.exp() + (v - v_2).exp() - 1 + v_2 - v).sum(1),
            "The distance of the means is halved twice: the half before the brackets is all.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / (v_2 / 2).exp() + (v - v_2).exp() - 1 + v_2 - v).sum(1),
            "The squared distance of the means is divided by the second's standard deviation; it must be its variance.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1 + 0.5 * (v_2 - v)).sum(1),
            "The half stands twice at the logarithms: log sigma is half a log-variance, and the half outside is all.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + v / v_2 - 1 + v_2 - v).sum(1),
            "You divided the log-variances by each other. It is the *variances* whose ratio counts: exp(v - v_2).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + (v - v_2).exp() - 1 + (v_2 - v).exp()).sum(1),
            "The last term is a logarithm: log of the second variance over the first, which is the difference of the "
            "log-variances, without exp.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: (0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1) + v_2 - v).sum(1),
            "The half is missing at the logarithms: log sigma is half a log-variance.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2).abs() / v_2.exp() + (v - v_2).exp() - 1 + v_2 - v).sum(1),
            "The distance of the means enters squared.",
        ),
        Mutant(lambda *c: _kl_of_two(*c).detach(), _CUT),
        Mutant(
            lambda m, v, m_2, v_2: _kl(m, v),
            "That is KL to the standard normal. Here the second Gaussian has a mean and a variance of its own.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl(m, v) - _kl(m_2, v_2),
            "KL to the standard normal, twice, and subtracted: that is not how far they lie apart. Two equal ones give "
            "0, but so do many others.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl(m - m_2, v - v_2),
            "Near: the distance of the means must be measured in the *second*'s standard deviations: divide its square "
            "by exp(log_variance_2).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl_of_two(m_2, v_2, m, v),
            "That is KL the other way round, from the second to the first. The average is over the first.",
        ),
        Mutant(lambda *c: _kl_of_two(*c).mean(), "One number for each picture: sum over the latents, keep the batch."),
        Mutant(lambda *c: _kl_of_two(*c).sum(), "You summed over the pictures too; keep the batch, sum over dim=1."),
        Mutant(lambda *c: _kl_terms(*c).mean(1), "That is the mean over the latents. Independent latents add up: sum."),
        Mutant(_kl_terms, "One number for each latent; add up those of a picture, dim=1."),
        Mutant(
            lambda *c: _kl_terms(*c).sum(0),
            "You summed over the pictures, dim=0. Sum over the latents of each picture, dim=1.",
        ),
        Mutant(
            lambda *c: _kl_terms(*c).mean(0),
            "You averaged over the pictures, dim=0. Sum over the latents of each picture, dim=1.",
        ),
        Mutant(lambda *c: 2 * _kl_of_two(*c), "Twice too large: the factor one half is missing."),
        Mutant(lambda *c: -_kl_of_two(*c), "A KL divergence is never negative: the sign is wrong."),
        Mutant(
            lambda m, v, m_2, v_2: _kl_of_two(m, 2 * v, m_2, 2 * v_2),
            "You read log_variance as log sigma. The variance is exp(log_variance), not its square.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl_of_two(m, v / 2, m_2, v_2 / 2),
            "That is sigma, not its square: the variance is exp(log_variance), without the half.",
        ),
        *(
            Mutant(
                lambda m, v, m_2, v_2, above=above, below=below: (
                    0.5 * (((m - m_2) ** 2 + (above * v).exp()) / (below * v_2).exp() - 1 + v_2 - v).sum(1)
                ),
                "The logarithms are right, and a variance above or below the line is not: exp(log_variance / 2) is "
                "sigma, and its square is wanted, exp(log_variance).",
            )
            for above, below in ((0.5, 0.5), (0.5, 1.0))
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + (0.5 * (v - v_2)).exp() - 1 + v_2 - v).sum(1),
            "The quotient of the sigmas enters squared, as one of variances: exp(v_1 - v_2), without the half.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl(m - m_2, v),
            "The second variance is missing: yours is KL to a Gaussian at the right mean, and of variance 1. Measure "
            "everything in the second's spread.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 + v.exp() - 1 + v_2 - v).sum(1),
            "The second variance stands in the logarithm only: divide by it what is above, distance and variance.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v**2) / v_2**2 - 1 + (v_2**2 / v**2).log()).sum(1),
            "You read log_variance as sigma itself. The variance is exp(log_variance).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v) / v_2 - 1 + (v_2 / v).log()).sum(1),
            "You read log_variance as the variance. The variance is log_variance.exp(), and its log is there.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() + v_2 - v).sum(1),
            "The -1 is missing: for two equal Gaussians KL must be 0.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() + 1 + v_2 - v).sum(1),
            "The 1 is subtracted: for two equal Gaussians KL must be 0.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1 + v - v_2).sum(1),
            "The sign of the logarithms: a narrow first Gaussian costs more, so *its* log-variance is subtracted.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2).abs() + v.exp() - v_2.exp() - 1 + v_2 - v).sum(1),
            "Two variances are compared by their quotient, exp(v_1 - v_2), the means by the square of their distance.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) + v.exp()) / v_2.exp() - 1 + v_2 - v).sum(1),
            "The distance of the means enters squared: a shift to the left costs as much as one to the right.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m**2 - m_2**2 + v.exp()) / v_2.exp() - 1 + v_2 - v).sum(1),
            "The square of the distance, (m_1 - m_2)², is not the difference of the squares.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m**2 + v.exp()) / v_2.exp() - 1 + v_2 - v).sum(1),
            "The second mean is missing: what costs is the distance of the two means.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v.exp() + v.exp() / v_2.exp() - 1 + v_2 - v).sum(1),
            "The distance of the means is measured in the *second*'s spread: divide it by exp(log_variance_2).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + v_2.exp() / v.exp() - 1 + v - v_2).sum(1),
            "The quotient of the variances is upside down: the first's above, the second's below; so the logarithms.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + (v - v_2).exp() - 1).sum(1),
            "The logarithms are missing: + log_variance_2 - log_variance_1.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((v - v_2).exp() - 1 + v_2 - v).sum(1),
            "The means are missing: the further they lie apart, the more it costs.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: (0.5 * ((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1 + v_2 - v).sum(1),
            "The half belongs to all terms: put brackets around them.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 + v.exp() / v_2.exp() - 1 + v_2 - v).sum(1),
            "Near: the distance of the means must be measured in the *second*'s standard deviations: divide its square "
            "by exp(log_variance_2).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl_of_two(m, v, m_2, v_2) + _kl_of_two(m_2, v_2, m, v),
            "That is both directions added. KL has a direction: from the first to the second.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) / v_2.exp()) ** 2 + (v - v_2).exp() - 1 + v_2 - v).sum(1),
            "exp(log_variance_2) is sigma squared already: the squared distance is divided by it, not squared with it.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 * v_2.exp() + (v - v_2).exp() - 1 + v_2 - v).sum(1),
            "The squared distance is *divided* by the second's variance: a wide one does not mind the distance.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: (
                0.5 * ((m - m_2) ** 2 / (v.exp() + v_2.exp()) + (v - v_2).exp() - 1 + v_2 - v).sum(1)
            ),
            "The distance is measured in the *second*'s spread alone: the first has its own term.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + (v / v_2).exp() - 1 + v_2 - v).sum(1),
            "A quotient of variances is the exponential of a *difference* of logarithms: exp(v_1 - v_2).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + (v - v_2).exp() - 1 - v / v_2).sum(1),
            "The logarithm of a quotient is a *difference* of logarithms: - (log_variance_1 - log_variance_2).",
        ),
        Mutant(
            lambda m, v, m_2, v_2: (
                0.5 * ((m - m_2) ** 2 / v_2.exp() + (v - v_2).exp() - 1 + v_2.exp() - v.exp()).sum(1)
            ),
            "The log-variances are logarithms already: in the last two terms without exp().",
        ),
        Mutant(
            lambda m, v, m_2, v_2: _kl(m, v) + _kl(m_2, v_2),
            "KL to the standard normal, of both, and added. How far are they from *each other*?",
        ),
        Mutant(
            lambda m, v, m_2, v_2: (m - m_2).square().sum(1),
            "That is the squared distance of the means. The variances count too.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + (v_2 - v).exp() - 1 + v_2 - v).sum(1),
            "The quotient of the variances is upside down, and only that: the first's above, exp(v_1 - v_2).",
        ),
        Mutant(
            lambda *case: 0.5 * (_kl_of_two(*case) + _kl_of_two(*case[2:], *case[:2])),
            "That is the mean of both directions. KL has a direction: from the first to the second.",
        ),
        Mutant(
            lambda m, v, m_2, v_2: 0.5 * ((m - m_2) ** 2 / v_2.exp() + v_2).sum(1),
            "That is -log of the second density at the first's mean, but for a constant. KL averages over the first "
            "Gaussian, which brings its variance, and subtracts the first's own logarithm.",
        ),
        *(
            Mutant(
                lambda m, v, m_2, v_2, quotient=quotient: _kl((m - m_2) / (0.5 * v_2).exp(), quotient(v, v_2)),
                "The mean is measured rightly, the variance not: in that unit it is exp(v_1) / exp(v_2), and its "
                "*logarithm*, which kl_to_prior wants, is the difference v_1 - v_2.",
            )
            for quotient in (
                lambda v, v_2: v / v_2,
                lambda v, v_2: (v - v_2).exp(),
                lambda v, v_2: 0.5 * (v - v_2),
            )
        ),
    ),
    properties=(
        (
            "Some of it is not a number: the logarithm of something negative. Log-variances are logarithms already; "
            "that of a quotient of variances is their *difference*.",
            lambda out, *case: not bool(_value_alone(out).isnan().any()),
        ),
        (
            "A KL divergence is never negative. (A small number added to a variance is not needed here.)",
            lambda out, *case: bool((_value_alone(out) >= -1e-9).all()),
        ),
        *_gradient_of(_kl_of_two),
    ),
)


def _draw_elbo(random: torch.Generator) -> tuple[Any, ...]:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    weight = normal(3, 10)
    x = torch.where(torch.rand(6, 10, generator=random) < 0.5, 1.0, -1.0)
    mean = normal(6, 3)
    mean[5] *= 100  # logits of some hundreds: a logarithm of a sigmoid does not bear them
    return x, mean, normal(6, 3), normal(6, 3), lambda z: z @ weight


def _elbo(
    x: Tensor, mean: Tensor, log_variance: Tensor, eps: Tensor, decode: Callable[[Tensor], Tensor], *,
    std: Callable[[Tensor], Tensor] = lambda v: (0.5 * v).exp(), kl_weight: float = 1.0,
) -> Tensor:  # fmt: skip
    logits = decode(mean + std(log_variance) * eps)
    return F.logsigmoid(x * logits).sum(1) - kl_weight * _kl(mean, log_variance)


def _z(mean: Tensor, log_variance: Tensor, eps: Tensor) -> Tensor:
    return mean + (0.5 * log_variance).exp() * eps


def _drawn_kl(x: Tensor, m: Tensor, v: Tensor, e: Tensor, d: Callable[[Tensor], Tensor]) -> Tensor:
    """log q(z) - log p(z) at the draw: right on average."""
    return 0.5 * (_z(m, v, e) ** 2 - e**2 - v).sum(1)


def _reconstruction(x: Tensor, m: Tensor, v: Tensor, e: Tensor, d: Callable[[Tensor], Tensor]) -> Tensor:
    return F.logsigmoid(x * d(_z(m, v, e))).sum(1)


def _plus(small: float, x: Tensor, logit: Tensor) -> Tensor:
    return (torch.sigmoid(x * logit) + small).log()


def _clamped(small: float, x: Tensor, logit: Tensor) -> Tensor:
    return torch.sigmoid(x * logit).clamp(small).log()


def _two_logs(x: Tensor, logit: Tensor, black: Callable[[Tensor], Tensor]) -> Tensor:
    """White pixels at log p, black ones at something else, summed."""
    return torch.where(x > 0, F.logsigmoid(logit), black(logit)).sum(1)


def _two_plus(small: float, x: Tensor, logit: Tensor) -> Tensor:
    p = logit.sigmoid()
    return torch.where(x > 0, (p + small).log(), (1 - p + small).log())


def _two_clamped(small: float, x: Tensor, logit: Tensor) -> Tensor:
    p = logit.sigmoid().clamp(small, 1 - small)
    return torch.where(x > 0, p.log(), (1 - p).log())


def _half_clamped(small: float, x: Tensor, logit: Tensor) -> Tensor:
    p = logit.sigmoid().clamp(small)
    return torch.where(x > 0, p.log(), (1 - p).log())


def _caps() -> Iterator[Callable[[Tensor, Tensor], Tensor]]:
    """Logarithms of a pixel's probability that were kept finite by hand, from pixel and logit."""
    for small in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5):
        yield from (partial(way, small) for way in (_plus, _clamped, _two_plus))
    for small in (1e-7, 1e-6, 1e-5):  # 1 less a smaller one is 1 again, in single precision
        yield partial(_two_clamped, small)


def _capped(
    log_p: Callable[[Tensor, Tensor], Tensor], x: Tensor, m: Tensor, v: Tensor, e: Tensor, d: Callable[[Tensor], Tensor]
) -> Tensor:
    return log_p(x, d(_z(m, v, e))).sum(1) - _kl(m, v)


_LOGARITHM_OF_ZERO = (
    "Right for small logits. Where one is some hundreds p is exactly 0 or 1, and the logarithm of p or of 1 - p is "
    "-inf: F.logsigmoid(x * logits) never leaves the logarithms (01's last experiment)."
)

one_draw_elbo = Exercise(
    title="one_draw_elbo",
    inputs=_draw_elbo,
    trials=6,
    run=partial(_with_slopes, of=(1, 2)),
    shown=_value_alone,
    properties=_gradient_of(_elbo),
    reference=_elbo,
    mutants=(
        Mutant(
            lambda x, m, v, e, d: -0.5 * (x - d(_z(m, v, e))).square().sum(1) - _kl(m, v),
            "A squared error is the logarithm of a Gaussian. Here a pixel is a coin: F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: torch.sigmoid(x * d(_z(m, v, e))).log().sum(1) - _kl(m, v),
            _LOGARITHM_OF_ZERO,
        ),
        *(
            Mutant(
                partial(_capped, partial(_half_clamped, small)),
                _LOGARITHM_OF_ZERO,
            )
            for small in (0.0, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)
        ),
        *(
            Mutant(
                partial(_capped, cap),
                "A small number in the logarithm, or a clamp, caps what a sure and wrong decoder pays, and bends its "
                "gradient. F.logsigmoid(x * logits) needs none.",
            )
            for cap in _caps()
        ),
        Mutant(
            lambda x, m, v, e, d: (
                -F.binary_cross_entropy(d(_z(m, v, e)).sigmoid(), (x + 1) / 2, reduction="none").sum(1) - _kl(m, v)
            ),
            "Right for small logits. After a sigmoid, torch cuts a pixel's cost off at 100, and there is no gradient: "
            "F.binary_cross_entropy_with_logits, or F.logsigmoid(x * logits).",
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (m**2 + v.exp() - 1 + v).sum(1),
            "In the KL the log-variance is *subtracted*: a thin Gaussian costs more, not less.",
        ),
        *(
            Mutant(
                lambda x, m, v, e, d, half=half: (
                    _reconstruction(x, m, v, e, d) - 0.5 * (m**2 + (0.5 * v).exp() - 1 - half * v).sum(1)
                ),
                "In the KL stands sigma where its square is wanted: exp(log_variance), without the half.",
            )
            for half in (1.0, 0.5)
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (m**2 + v.exp() - 1 - 0.5 * v).sum(1),
            "In the KL the half stands twice at the logarithm: it is the logarithm of the *variance* that is "
            "subtracted, and the half outside is all.",
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (v.exp() - 1 - v).sum(1),
            "The mean is missing in the KL: a code far from 0 costs, half its square.",
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (m + v.exp() - 1 - v).sum(1),
            "In the KL the mean enters squared: left of 0 costs as much as right of it.",
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (m**2 + v.exp() - v).sum(1),
            "In the KL the -1 is missing: at mean 0 and variance 1 it must be 0.",
        ),
        Mutant(lambda *case: _elbo(*case).detach(), _CUT),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e).detach())).sum(1) - _kl(m, v),
            "The value is right, but a detach() (or no_grad()) at z or at the logits cuts the reconstruction off from "
            "the encoder: that z = mean + sigma * eps lets the gradient through is the point of it.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum(1) - _kl(m, v).detach(),
            "The value is right, but your KL carries no gradient: nothing would keep the latents near the prior.",
        ),
        Mutant(
            lambda *case: _reconstruction(*case) - _drawn_kl(*case),
            "Right on average: your KL is one draw, log q(z) - log p(z). Here its closed form is asked for, which has "
            "no noise.",
        ),
        Mutant(
            lambda *case: _reconstruction(*case) + _drawn_kl(*case),
            "log p(z) is added and log q(z) subtracted; and for the KL the closed form is asked for.",
        ),
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
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).mean(1) - _kl(m, v) / 3,
            "Means over pixels and latents weigh the two terms differently: sum both, dim=1.",
        ),
        Mutant(
            lambda x, m, v, e, d: (F.logsigmoid(x * d(_z(m, v, e))).sum(1), _kl(m, v)),
            "Those are the two terms. The ELBO is the first minus the second.",
        ),
        Mutant(
            lambda x, m, v, e, d: ((x + 1) / 2 * F.logsigmoid(d(_z(m, v, e)))).sum(1) - _kl(m, v),
            "Only the white pixels count in yours. Black ones have log-probability F.logsigmoid(-logit).",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(m + v.exp() ** 2 * e)).sum(1) - _kl(m, v),
            "exp(log_variance) is sigma *squared*: sigma is exp(log_variance / 2).",
        ),
        Mutant(
            lambda x, m, v, e, d: torch.distributions.Bernoulli(logits=d(_z(m, v, e))).log_prob(x).sum(1) - _kl(m, v),
            _SUPPORT,
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x @ d(_z(m, v, e)).T).sum(1) - _kl(m, v),
            "`@` mixes the pictures. Multiply pixel by pixel, x * logits.",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, -v, e))).sum(1) - _kl(m, v),
            "sigma = exp(+log_variance / 2): your exponent has a minus.",
        ),
        Mutant(
            lambda *case: _elbo(*case, std=lambda v: 0.5 * v),
            "Your z multiplies the noise by half the log-variance, which is log sigma: sigma is its exp().",
        ),
        Mutant(
            lambda *case: _elbo(*case, std=torch.sqrt),
            "The root of a log-variance is not a number where it is negative: sigma = exp(log_variance / 2).",
        ),
        Mutant(
            lambda *case: _reconstruction(*case) - _kl_of_two(torch.zeros_like(case[1]), case[1] * 0, *case[1:3]),
            "That is KL the other way round, from the prior to q. Asked for is KL(q || N(0, I)): (mean² + variance - 1 "
            "- log_variance) / 2.",
        ),
        Mutant(
            lambda x, m, v, e, d: _two_logs(x, d(_z(m, v, e)), lambda logit: 1 - F.logsigmoid(logit)) - _kl(m, v),
            "A black pixel's log-probability is log(1 - p), not 1 - log p: F.logsigmoid(-logit).",
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (_z(m, v, e) ** 2).sum(1),
            "You add log p(z) at the draw and leave q out: log q(z) must be subtracted. And for the KL, which is both, "
            "the closed form is asked for.",
        ),
        Mutant(
            lambda x, m, v, e, d: (
                _reconstruction(x, m, v, e, d) - 0.5 * (_z(m, v, e) ** 2 + math.log(2 * math.pi)).sum(1)
            ),
            "You add log p(z) at the draw and leave q out: log q(z) must be subtracted. And for the KL, which is both, "
            "the closed form is asked for.",
        ),
        Mutant(
            lambda x, m, v, e, d: _reconstruction(x, m, v, e, d) - 0.5 * (_z(m, v, e) ** 2 + v.exp() - 1 - v).sum(1),
            "In the KL you square the draw z; the closed form squares the *mean* (the noise is in the variance).",
        ),
        Mutant(
            lambda x, m, v, e, d: F.logsigmoid(x * d(_z(m, v, e))).sum() / len(x) - _kl(m, v),
            "Your reconstruction is the mean over the pictures, a sum divided by the batch: each picture has its own "
            "(reduction='none', then a sum over dim=1).",
        ),
    ),
)


def _draw_gradient(random: torch.Generator) -> tuple[Any, ...]:
    mu, exponent, *eps = torch.randn(10, generator=random, dtype=torch.float64)
    f, df = ((torch.sin, torch.cos), (torch.cos, lambda z: -z.sin()))[int(exponent > 0)]
    return mu, 10 ** (0.5 * exponent), torch.stack(eps), f, df


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


def _others(values: Tensor) -> Tensor:
    """For each value the mean of all others."""
    return (values.sum() - values) / (len(values) - 1)


def _two_rows(attempt: Callable[..., Any], *case: Any) -> Any:
    """The attempt; lists of numbers become tensors."""
    answer = attempt(*case)
    if isinstance(answer, list | tuple) and len(answer) == 2:
        return tuple(
            torch.stack([torch.as_tensor(one) for one in part]) if isinstance(part, list) else part for part in answer
        )
    return answer


two_gradients = Exercise(
    title="two_gradients",
    inputs=_draw_gradient,
    run=_two_rows,
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
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma, df(z) * sigma),
                "A division by sigma is missing in the first; and the second is df(z) as it is: dz/dmu = 1.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**3, df(z)),
                "A sigma too many below the line: (z - mu) / sigma² is eps / sigma.",
            ),
            (
                lambda mu, sigma, z, f, df: ((f(z) - f(mu)) * (z - mu) / sigma**2, df(z)),
                "That has a *baseline*, f(mu): right on average, and a good idea. Here the plain one is asked for.",
            ),
            (
                lambda mu, sigma, z, f, df: ((f(z) - f(z).mean()) * (z - mu) / sigma**2, df(z)),
                "That has a *baseline*, the mean of f: a good idea. Here the plain one is asked for, draw by draw.",
            ),
            (
                lambda mu, sigma, z, f, df: ((f(z) - _others(f(z))) * (z - mu) / sigma**2, df(z)),
                "That has a *baseline*, the mean of the other draws: a good idea, and right on average. Here the plain "
                "one is asked for.",
            ),
            *(
                (
                    lambda mu, sigma, z, f, df, rest=rest: (
                        f(z) * (((z - mu) / sigma) ** 2 - 1) / sigma,
                        df(z) * (((z - mu) / sigma) if rest else 1),
                    ),
                    "The score in your first is the slope in sigma, (eps² - 1) / sigma. Asked for is the one in mu, "
                    "(z - mu) / sigma², and beside it df(z).",
                )
                for rest in (True, False)
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**2, df(z) * (z - mu)),
                "That is a slope in log sigma. In mu, dz/dmu = 1: the second is df(z).",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**2, f(z) * df(z)),
                "The second is the slope at the draw alone, df(z).",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * ((z - mu) / sigma - mu) / sigma**2, df(z)),
                "mu is taken off twice: z - mu is sigma * eps.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z) * torch.exp(-0.5 * ((z - mu) / sigma) ** 2), df(z)),
                "No density is needed: the draws are distributed by it already. The score is its logarithm's slope.",
            ),
            (
                lambda mu, sigma, z, f, df: f(z) * (z - mu) / sigma**2 + df(z),
                "Return the two side by side, with a comma, not their sum.",
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
                lambda mu, sigma, z, f, df: (f(z) * (z - mu) / sigma**2, df(mu + (z - mu) / sigma)),
                "In the second sigma is missing: the slope at the draw, df(z) with z = mu + sigma * eps.",
            ),
            (
                lambda mu, sigma, z, f, df: (
                    f(mu + (z - mu) / sigma) * (z - mu) / sigma**2,
                    df(mu + (z - mu) / sigma),
                ),
                "Your draws lack sigma: z = mu + sigma * eps.",
            ),
            (
                lambda mu, sigma, z, f, df: (
                    f(mu + (z - mu) / sigma) * ((z - mu) / sigma) / sigma**2,
                    df(mu + (z - mu) / sigma),
                ),
                "Your draws lack sigma: z = mu + sigma * eps.",
            ),
            (
                lambda mu, sigma, z, f, df: (f(z).mean() * (z - mu) / sigma**2, df(z)),
                "You weigh every score with the same number, the mean of f. The score function's estimate needs each "
                "draw's own f(z): that is all it learns from.",
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


def _draw_weights(random: torch.Generator) -> tuple[Tensor]:
    """Logarithms of 12 weights for each of eight pictures: small ones, and some that no exp() bears."""
    middle = torch.tensor([-20.0, -5.0, -19.0, -3000.0, -400.0, 200.0, -60.0, -1500.0])
    spread = torch.tensor([1.0, 0.3, 3.0, 2.0, 20.0, 1.0, 0.0, 1.0])
    weights = middle + spread * torch.randn(12, 8, generator=random)
    weights[3, 7] += 1200  # one draw that found what caused the picture: so far above the mean that exp() is infinite
    return (weights,)


def _average(weights: Tensor) -> Tensor:
    """The logarithm of the average weight of each picture: the importance-weighted bound."""
    return weights.logsumexp(0) - math.log(len(weights))


def _bounds(weights: Tensor) -> tuple[Tensor, Tensor]:
    return weights.mean(0), _average(weights)


def _second(answer: Callable[[Tensor], Tensor]) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """An attempt whose ELBO is right."""
    return lambda weights: (weights.mean(0), answer(weights))


def _of_each(output: Any, weights: Tensor) -> bool:
    """Whether the second of two is a tensor with a number for each picture."""
    return isinstance(output, tuple) and isinstance(output[1], Tensor) and output[1].shape == weights.shape[1:]


def _average_plus(small: float, weights: Tensor) -> Tensor:
    return (weights.exp().mean(0) + small).log()


_FORGOTTEN = "Your second is too large by log k: logsumexp adds the weights up, and the bound holds for their average."
_UNDERFLOW = (
    "Right for comfortable weights. But exp(-3000) is exactly 0, and its logarithm -inf; exp(200) is infinite: "
    "torch.logsumexp never leaves the logarithms."
)
_DIM = "dim=0 goes over the draws, dim=1 over the pictures: average the draws of each picture."


def _mean_taken_off(kind: torch.dtype, w: Tensor) -> Tensor:
    return ((w - w.mean(0)).to(kind).exp().mean(0).log() + w.mean(0)).float()


two_bounds = Exercise(
    title="two_bounds",
    inputs=_draw_weights,
    run=_two_rows,
    reference=_bounds,
    trials=6,
    mutants=(
        Mutant(_second(lambda w: w.logsumexp(0)), _FORGOTTEN),
        Mutant(_second(lambda w: w.exp().mean(0).log()), _UNDERFLOW),
        Mutant(_second(lambda w: w.double().exp().mean(0).log()), _UNDERFLOW),
        Mutant(_second(lambda w: (w.exp().sum(0) / len(w)).log()), _UNDERFLOW),
        Mutant(
            _second(lambda w: (w - w.max()).exp().mean(0).log() + w.max()),
            "One maximum for all pictures is taken off before exp(); each picture needs its own, or torch.logsumexp.",
        ),
        *(
            Mutant(
                _second(partial(_mean_taken_off, kind)),
                "Right while all draws are about as good. You take the *mean* off before exp(); where one draw lies "
                "far above it exp() is infinite. Take the largest off, or torch.logsumexp, which does.",
            )
            for kind in (torch.float32, torch.float64)
        ),
        *(
            Mutant(
                _second(partial(_average_plus, small)),
                "A small number inside the logarithm: every picture that is less probable than it gets *its* "
                "logarithm. torch.logsumexp needs none.",
            )
            for small in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)
        ),
        Mutant(lambda w: (w.mean(1), w.logsumexp(1) - math.log(w.shape[1])), _DIM),
        Mutant(lambda w: (w.mean(1), w.logsumexp(1) - math.log(len(w))), _DIM),
        Mutant(lambda w: (w.mean(1), w.logsumexp(1)), _DIM),
        Mutant(lambda w: (w.mean(0), w.logsumexp(1) - math.log(w.shape[1])), f"In your second: {_DIM}"),
        Mutant(
            _second(lambda w: w.logsumexp(0) - math.log(w.shape[1])),
            "k is the number of draws, len(log_weights); you took the number of pictures.",
        ),
        Mutant(lambda w: _bounds(w)[::-1], "Both are right, in the wrong order: the ELBO first."),
        Mutant(
            lambda w: (-w.mean(0), -_average(w)),
            "Those are bounds on -log p(x), from above. Asked for are those on log p(x), as the log-weights stand.",
        ),
        Mutant(
            lambda w: (w.mean(0), -_average(w)),
            "The second has the wrong sign: a bound on log p(x), as the first one.",
        ),
        Mutant(
            _second(lambda w: w.mean(0)),
            "Twice the ELBO. The second averages the *weights*, and takes the logarithm afterwards.",
        ),
        Mutant(
            lambda w: (_average(w), _average(w)),
            "Twice the importance-weighted bound. The ELBO averages the *logarithms*.",
        ),
        Mutant(_second(lambda w: w.max(0).values), "The best draw alone, as the second. All draws count: logsumexp."),
        Mutant(
            _second(lambda w: w.logsumexp(0) / len(w)),
            "A division by k belongs to the weights; at their logarithm it is a subtraction, - log k.",
        ),
        Mutant(_second(lambda w: w.logsumexp(0) + math.log(len(w))), "log k is subtracted: log of a sum divided by k."),
        Mutant(
            _second(lambda w: (w.softmax(0) * w).sum(0)),
            "You averaged the *logarithms*, by weight. The second is the logarithm of the average weight.",
        ),
        Mutant(
            _second(lambda w: (w - w.max(0).values).exp().mean(0).log()),
            "The maximum was taken off for the exponential; add it again after the logarithm.",
        ),
        Mutant(
            _second(lambda w: w.exp().mean(0)),
            "That is the average weight; its logarithm is asked for (and exp(-3000) is 0: use torch.logsumexp).",
        ),
        Mutant(
            lambda w: (w.sum(0), _average(w)),
            "The ELBO is a mean over the draws, not a sum: more draws make it surer, not larger.",
        ),
        Mutant(lambda w: (w.sum(0), w.logsumexp(0)), "Averages over the draws, both: you added up."),
        Mutant(
            lambda w: (w.mean(), _average(w).mean()),
            "You averaged over the pictures too; each picture has its own two numbers.",
        ),
        Mutant(
            lambda w: (w.mean(), w.flatten().logsumexp(0) - math.log(w.numel())),
            "You averaged over the pictures too; each picture has its own two numbers.",
        ),
        Mutant(lambda w: _average(w), "One bound is missing: return (ELBO, importance-weighted bound)."),
        Mutant(lambda w: w.mean(0), "One bound is missing: return (ELBO, importance-weighted bound)."),
        Mutant(
            lambda w: (w, w.logsumexp(0) - math.log(len(w))),
            "The first is not averaged yet: the ELBO is the mean of the log-weights over the draws.",
        ),
        Mutant(
            lambda w: (w[0], _average(w)),
            "One draw estimates the ELBO too, but there are k of them: take their mean.",
        ),
    ),
    properties=(
        (
            "Your second lies above the largest of its own log-weights, and an average cannot. (Where exp() gives 0 or "
            "infinity another number must not stand in for it: torch.logsumexp.)",
            lambda out, w: not _of_each(out, w) or bool((out[1] <= w.max(0).values + 1e-2).all()),
        ),
        (
            "Your second lies below your first, and cannot: the logarithm of an average is never below the average of "
            "the logarithms. (Where exp() gives 0 nothing is left to take a logarithm of: torch.logsumexp.)",
            lambda out, w: not _of_each(out, w) or bool((out[1] >= w.mean(0) - 1e-2).all()),
        ),
    ),
)


def _draw_latents(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Means and log-variances of 400 pictures and 8 latents of every kind, so that no short cut is right."""
    # Each row: how far the mean varies, where it lies, the log-variance, how far *that* varies.
    kinds = torch.tensor(
        [
            [1.0, 0.0, -3.0, 0.0],  # active, as in a book
            [1.0, 0.0, -0.05, 0.0],  # active and blurred
            [0.3, 2.0, -3.0, 1.0],  # active, around another middle
            [0.7, 0.0, -1.0, 1.5],  # sharp for some pictures only
            [0.3, -1.0, -1.0, 0.5],
            [0.03, 0.0, 0.0, 0.0],  # silent
            [0.03, 1.0, 0.0, 0.3],  # silent, and constantly not 0
            [0.03, -1.0, -4.0, 0.0],  # silent and sharp: it costs, and says little
        ]
    )
    scale, middle, log_variance, spread = kinds[torch.randperm(8, generator=random)].T.double()
    code, noise = torch.randn(2, 400, 8, generator=random, dtype=torch.float64)
    return middle + scale * code, log_variance + spread * noise


def _signal(mean: Tensor, log_variance: Tensor) -> Tensor:
    return mean.var(0) / (mean.var(0) + log_variance.exp().mean(0))


def _kl_of_each(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)


def _share_of(signal: Callable[[Tensor], Tensor], noise: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda mean, log_variance: signal(mean) / (signal(mean) + noise(log_variance))


def _drawn(mean: Tensor, log_variance: Tensor, seed: int) -> Tensor:
    """One z for each picture, from a generator of one's own."""
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(seed), dtype=mean.dtype)
    return mean + (0.5 * log_variance).exp() * noise


def _spread(mean: Tensor) -> Tensor:
    return mean.var(0)


def _blur(log_variance: Tensor) -> Tensor:
    return log_variance.exp().mean(0)


signal_share = Exercise(
    title="signal_share",
    inputs=_draw_latents,
    reference=_signal,
    mutants=(
        Mutant(
            _share_of(_spread, lambda v: v.exp().median(0).values),
            "The noise's variance is the *mean* over the pictures, not the median: variances add up.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / (mean.var(0) + (0.5 * log_variance).exp().mean(0) ** 2),
            "You averaged sigma and squared the average. Variances add up: square first (exp(log_variance)), then "
            "average over the pictures.",
        ),
        Mutant(
            lambda mean, log_variance: 1 - _signal(mean, log_variance),
            "That is the noise's share. What is left of 1 comes from the pictures.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / _blur(log_variance),
            "That is signal over noise. A share is measured against the whole: signal + noise.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0),
            "That is the signal alone, and its share only where z has variance 1. Divide by signal + noise.",
        ),
        Mutant(
            lambda mean, log_variance: _blur(log_variance),
            "That is the noise. Which share of the whole is the other part?",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) + _blur(log_variance),
            "That is the whole variance of z. Which share of it comes from the mean?",
        ),
        Mutant(
            _share_of(_spread, lambda v: v.mean(0).exp()),
            "You average the log-variances first. Variances are what adds up: exp() first, then the mean.",
        ),
        Mutant(
            _share_of(_spread, lambda v: (0.5 * v).exp().mean(0)),
            "exp(log_variance / 2) is sigma. Variances add up, standard deviations do not: exp(log_variance).",
        ),
        Mutant(
            _share_of(_spread, lambda v: (2 * v).exp().mean(0)),
            "exp(log_variance) is the variance already; yours is squared.",
        ),
        Mutant(
            _share_of(lambda m: m.std(0), lambda v: (0.5 * v).exp().mean(0)),
            "Standard deviations do not add up, variances do: mean.var(dim=0) and exp(log_variance).",
        ),
        Mutant(
            _share_of(lambda m: m.std(0), _blur),
            "A standard deviation beside a variance: take mean.var(dim=0).",
        ),
        Mutant(
            _share_of(_spread, lambda v: v.mean(0)),
            "Those are log-variances, and negative ones: exp() makes variances of them.",
        ),
        Mutant(
            _share_of(_spread, lambda v: v.exp().var(0)),
            "The noise is the *mean* of q's variances, not how far they vary.",
        ),
        Mutant(
            _share_of(_spread, lambda v: v.var(0)),
            "You took the variance of the log-variances. The noise is the mean of q's variances, exp(log_variance).",
        ),
        Mutant(
            _share_of(lambda m: m.square().mean(0), _blur),
            "The mean square counts a constant mean as well. A variance takes the middle off first: mean.var(dim=0).",
        ),
        Mutant(
            _share_of(lambda m: m.mean(0) ** 2, _blur),
            "A constant mean says nothing about a picture. Ask how far it *varies*: mean.var(dim=0).",
        ),
        Mutant(
            _share_of(lambda m: m.mean(0).abs(), _blur),
            "A constant mean says nothing about a picture. Ask how far it *varies*: mean.var(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: (mean.var(0) / (mean.var(0) + log_variance.exp())).mean(0),
            "You average shares, one a picture. z's variance over all pictures is *one* whole: average the noise only.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / (mean.var(0) + log_variance.exp()),
            "One number for each latent: average q's variances over the pictures, dim=0.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(1) / (mean.var(1) + log_variance.exp().mean(1)),
            "dim=1 goes over the latents of one picture. Ask over the pictures, dim=0.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var() / (mean.var() + log_variance.exp().mean()),
            "One number for all latents together; each has its own: dim=0.",
        ),
        Mutant(
            lambda mean, log_variance: _signal(mean, log_variance).mean(),
            "You averaged the right shares; one for each latent is asked for.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / (mean.var(0) + 1),
            "The noise is q's own variance, exp(log_variance) on average, not always the prior's 1.",
        ),
        Mutant(
            lambda mean, log_variance: 1 - _blur(log_variance),
            "Right only where z has variance 1. Divide the signal by signal + noise.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) > 0.01,
            "Those are the active latents, as true and false. Return how large the pictures' share is.",
        ),
        Mutant(
            lambda mean, log_variance: int((mean.var(0) > 0.01).sum()),
            "That is how many are active. Return one share for each latent.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / mean.var(),
            "You compare one latent's signal with that of all. The whole is its own signal and its own noise.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var() / (mean.var() + _blur(log_variance)),
            "mean.var() is one number for all latents; each has its own: dim=0.",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / (mean.var(0) + log_variance.exp().mean()),
            "The noise is one number for all latents in yours; each has its own: mean(dim=0).",
        ),
        Mutant(
            lambda mean, log_variance: mean.var(0) / (mean.var(0) + log_variance.exp().sum(0)),
            "The noise is a mean over the pictures, not a sum: many pictures are no noisier than one.",
        ),
        Mutant(
            lambda mean, log_variance: 1 / _signal(mean, log_variance),
            "Upside down: the part above, the whole below.",
        ),
        Mutant(
            lambda mean, log_variance: mean.std(0) / (mean.std(0) + _blur(log_variance).sqrt()),
            "Standard deviations do not add up, variances do: mean.var(dim=0) and exp(log_variance).",
        ),
        Mutant(
            lambda mean, log_variance: _kl_of_each(mean, log_variance).mean(0),
            "That is what the latent costs. A constant mean costs too, and a sharp q; neither tells pictures apart.",
        ),
        *(
            Mutant(
                answer,
                "That is which share of the KL the means cause. Asked for is a share of the *variance* of z: how far "
                "the means vary, against that and the noise.",
            )
            for answer in (
                lambda mean, log_variance: 0.5 * mean.square().mean(0) / _kl_of_each(mean, log_variance).mean(0),
                lambda mean, log_variance: (0.5 * mean**2 / _kl_of_each(mean, log_variance)).mean(0),
                lambda mean, log_variance: 0.5 * mean.var(0) / _kl_of_each(mean, log_variance).mean(0),
            )
        ),
        Mutant(
            lambda mean, log_variance: _signal(mean, log_variance) / _signal(mean, log_variance).sum(),
            "Each latent has a share of its *own* variance; over the latents they need not add up to 1.",
        ),
        Mutant(
            lambda mean, log_variance: mean**2 / (mean**2 + log_variance.exp()),
            "One number for each latent. The signal is the *variance* of the mean over the pictures.",
        ),
        *(
            Mutant(
                lambda mean, log_variance, seed=seed: mean.var(0) / _drawn(mean, log_variance, seed).var(0),
                "You draw z with random numbers of your own, and its variance is then right only roughly. It is known: "
                "the variance of the means plus the mean of q's variances.",
            )
            for seed in (0, 1, 42)
        ),
        Mutant(
            _share_of(lambda m: m.abs().mean(0), _blur),
            "A mean distance from 0 counts a constant mean as well, and is no variance: mean.var(dim=0).",
        ),
        Mutant(lambda mean, log_variance: _signal(mean, log_variance) * 100, "Per cent; a share runs from 0 to 1."),
        Mutant(
            lambda mean, log_variance: _signal(mean, log_variance).sqrt(),
            "That is its root. Leave it squared: a share.",
        ),
    ),
    properties=(
        ("A share lies between 0 and 1.", lambda out, *case: bool(((out >= -1e-3) & (out <= 1.001)).all())),
        (
            "One number for each latent: shape (latents,).",
            lambda out, mean, _: torch.as_tensor(out).shape == mean.shape[1:],
        ),
    ),
    trials=6,
    tolerance=2e-3,  # a variance may divide by the number of pictures or by one less
)
