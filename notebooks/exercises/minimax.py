"""Exercises of notebook 01. Densities are given on a grid; logarithms are natural."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _densities(random: torch.Generator) -> tuple[Tensor, Tensor]:
    p, q = torch.rand(2, 12, generator=random) + 0.05
    p[0] = q[1] = 0.0  # places where only one of the two lives
    p[2] = q[2] = 0.0  # and one where nobody does
    p[3], q[3], p[4], q[4] = 1e-6, 3e-6, 4e-6, 1e-6  # tails: thin, and yet D* is as sure there as anywhere
    return p, q


def _guarded(p: Tensor, q: Tensor) -> Tensor:
    return torch.where(p + q > 0, p / (p + q), 0.5)


def _with_tiny_number(small: float) -> tuple[Callable[[Tensor, Tensor], Tensor], ...]:
    """The usual ways to avoid 0/0 that are wrong wherever the densities are as small as that."""
    return (
        lambda p, q: p / (p + q + small),
        lambda p, q: (p + small) / (p + q + small),
        lambda p, q: (p + small) / (p + q + 2 * small),
    )


_TINY_NUMBER = (
    "A small number against 0/0 changes the answer: at p = q = 0, or where both are as thin as that. Use "
    "torch.where(p + q > 0, ..., 0.5)."
)
_GUARD_ON_P = "Where p is 0 and q is not, D is sure: 0. Say 1/2 only where *both* are 0, that is where p + q = 0."
_GUARD_ON_Q = "Where q is 0 and p is not, D is sure: 1. Say 1/2 only where *both* are 0, that is where p + q = 0."
_GUARD_ON_BOTH = "Where only one of the two lives, D is sure, 0 or 1. Say 1/2 only where *both* are 0."

optimal_discriminator = Exercise(
    title="optimal_discriminator",
    inputs=_densities,
    reference=_guarded,
    mutants=(
        Mutant(lambda p, q: torch.where(p > 0, p / (p + q), 0.5), _GUARD_ON_P),
        Mutant(lambda p, q: torch.where((p > 0) & (q > 0), p / (p + q), 0.5), _GUARD_ON_BOTH),
        Mutant(lambda p, q: torch.where(q > 0, p / (p + q), 0.5), _GUARD_ON_Q),
        Mutant(
            lambda p, q: torch.where(p + q > 1e-3, p / (p + q), 0.5),
            "Your guard takes thin places for empty ones. In a tail D* is as sure as elsewhere: ask for p + q > 0.",
        ),
        Mutant(
            lambda p, q: torch.sigmoid(p - q),
            "The sigmoid wants the logit, log p - log q (log of the odds), not the difference of the densities.",
        ),
        Mutant(lambda p, q: torch.sigmoid(p / q), "The sigmoid wants the *logarithm* of the odds p/q, not the odds."),
        Mutant(
            lambda p, q: 0.5 * (1 + (p - q)),
            "The difference must be measured against the whole, p + q: D* = p / (p + q).",
        ),
        Mutant(lambda p, q: torch.full_like(p, 0.5), "1/2 everywhere is D* only where p = q: once G has won."),
        Mutant(lambda p, q: p, "That is the density of the real samples alone; D weighs it against p + q."),
        Mutant(
            lambda p, q: torch.where(p + q > 0, p / p + q, 0.5),
            "Division binds first: p / p + q is 1 + q. Put brackets around (p + q).",
        ),
        Mutant(lambda p, q: p / p + q, "Division binds first: p / p + q is 1 + q. Put brackets around (p + q)."),
        Mutant(
            lambda p, q: p - q,
            "A difference of densities is no probability: D* = p / (p + q), from 0 to 1.",
        ),
        Mutant(lambda p, q: (p / (p + q)).mean(), "One number for each place of the grid: no mean."),
        Mutant(
            lambda p, q: torch.where(p == q, 0.5, p / q),
            "That is the odds p/q, from 0 to infinity. A probability is odds / (1 + odds).",
        ),
        Mutant(
            lambda p, q: torch.where(p + q > 0, p / (p + q), 1.0),
            "Right wherever something lives. Where nobody lives you return 1: nobody knows there, so say 1/2.",
        ),
        Mutant(lambda p, q: (p / (p + q)).clamp(0.01, 0.99), "Where only one of the two lives D* is exactly 1 or 0."),
        Mutant(
            lambda p, q: 1 - _guarded(p, q),
            "You answer with the probability of *generated*. D(x) is the probability that x is real: where only p "
            "lives it must be 1.",
        ),
        Mutant(
            lambda p, q: q / (p + q),
            "Two things: D is the probability of real (p on top), and where nobody lives you divide 0 by 0.",
        ),
        Mutant(lambda p, q: p / q, "That is the odds p/q, from 0 to infinity. A probability is odds / (1 + odds)."),
        Mutant(
            lambda p, q: p / (p + q),
            "Right wherever something lives. Where p = q = 0 you have 0 / 0, or inf - inf, and return nan: say 1/2.",
        ),
        Mutant(
            lambda p, q: torch.nan_to_num(p / (p + q)),
            "Right wherever something lives. Where nobody lives you return 0: nobody knows there, so say 1/2.",
        ),
        *(Mutant(answer, _TINY_NUMBER) for small in (1e-8, 1e-7, 1e-6, 1e-5) for answer in _with_tiny_number(small)),
        Mutant(
            lambda p, q: (p > q).to(p.dtype), "A hard yes or no is best for the linear loss, not for the logarithm."
        ),
    ),
    properties=(("A probability lies between 0 and 1.", lambda d, p, q: bool(((d >= 0) & (d <= 1)).all())),),
)


def _log_densities(random: torch.Generator) -> tuple[Tensor, Tensor, float]:
    x = torch.linspace(-25, 65, 4001, dtype=torch.float64)
    distance = 0.5 * 80 ** torch.rand((), generator=random).item()  # 0.5 to 40, near ones as often as far ones
    normal = torch.distributions.Normal(torch.tensor(0.0, dtype=torch.float64), 1.0)
    return normal.log_prob(x), normal.log_prob(x - distance), (x[1] - x[0]).item()


def _value(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    logit = log_p - log_q
    return ((log_p.exp() * F.logsigmoid(logit) + log_q.exp() * F.logsigmoid(-logit)) * dx).sum()


def _naive(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    p, q = log_p.exp(), log_q.exp()
    d = p / (p + q)
    return ((p * d.log() + q * (1 - d).log()) * dx).sum()


def _through_sigmoid(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    d = torch.sigmoid(log_p - log_q)
    return ((log_p.exp() * d.log() + log_q.exp() * (1 - d).log()) * dx).sum()


def _clamped(log_p: Tensor, log_q: Tensor, dx: float, small: float = 1e-7) -> Tensor:
    d = torch.sigmoid(log_p - log_q).clamp(small, 1 - small)
    return ((log_p.exp() * d.log() + log_q.exp() * (1 - d).log()) * dx).sum()


def _shifted(log_p: Tensor, log_q: Tensor, dx: float, small: float = 1e-8) -> Tensor:
    d = torch.sigmoid(log_p - log_q)
    return ((log_p.exp() * (d + small).log() + log_q.exp() * (1 - d + small).log()) * dx).sum()


def _parts(log_p: Tensor, log_q: Tensor) -> tuple[Tensor, Tensor]:
    """log D* and log(1 - D*)."""
    return F.logsigmoid(log_p - log_q), F.logsigmoid(log_q - log_p)


def _same_sign(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    logit = log_p - log_q
    return ((log_p.exp() * F.logsigmoid(logit) + log_q.exp() * F.logsigmoid(logit)) * dx).sum()


def _real_only(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    return (log_p.exp() * F.logsigmoid(log_p - log_q) * dx).sum()


_TINY_IN_LOGARITHM = (
    "A clamp, or a small number inside the logarithm, hides the trouble: D may not be as sure as it is, and far apart "
    "your V stops short of 0. F.logsigmoid(logit) needs neither."
)

value_of_the_game = Exercise(
    title="value_of_the_game",
    inputs=_log_densities,
    reference=_value,
    mutants=(
        Mutant(
            _naive,
            "Right on paper; far apart, float64 cannot tell D from 1, and log(1 - D) is -inf or nan. Stay with the "
            "logit log p - log q and use F.logsigmoid for both logarithms.",
        ),
        Mutant(
            _through_sigmoid,
            "A sigmoid and then a logarithm: far apart the sigmoid is exactly 0 or 1 and its logarithm is lost. "
            "F.logsigmoid(logit) does both at once.",
        ),
        *(
            Mutant(partial(answer, small=small), _TINY_IN_LOGARITHM)
            for answer in (_clamped, _shifted)
            for small in (1e-5, 1e-6, 1e-7)
        ),
        Mutant(_shifted, _TINY_IN_LOGARITHM),  # with 1e-8
        Mutant(
            lambda p, q, dx: ((p * F.logsigmoid(p - q) + q * F.logsigmoid(q - p)) * dx).sum(),
            "You weigh with log p and log q. An expectation weighs with the densities: log_p.exp() and log_q.exp().",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * p + q.exp() * q) * dx).sum(),
            "Those are the entropies. V has log D* and log(1 - D*), whose logit is log p - log q.",
        ),
        Mutant(
            lambda p, q, dx: (p.exp() * _parts(p, q)[0] + q.exp() * _parts(p, q)[1]).mean(),
            "That is the mean over the grid. An integral is a sum times dx.",
        ),
        Mutant(
            lambda p, q, dx: (p.exp() * _parts(p, q)[0] + q.exp() * _parts(p, q)[1]).mean() * dx,
            "You take the mean over the grid *and* times dx. An integral is a sum times dx.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * _parts(p, q)[0] - q.exp() * _parts(p, q)[1]) * dx).sum(),
            "Plus, not minus: V adds E_p[log D] and E_q[log(1 - D)].",
        ),
        Mutant(
            lambda p, q, dx: ((_parts(p, q)[0] + _parts(p, q)[1]) * dx).sum(),
            "Every place counts the same in your sum. Weigh log D with p and log(1 - D) with q.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * _parts(p, q)[1] + q.exp() * _parts(p, q)[0]) * dx).sum(),
            "The halves are crossed: log D goes with p, log(1 - D) with q. The logit is log p - log q.",
        ),
        Mutant(
            lambda p, q, dx: (p.exp() * _parts(p, q)[0] + q.exp() * _parts(p, q)[1]) * dx,
            "Those are the contributions of the places; sum them.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * (p - q)) * dx).sum(),
            "That is KL(p||q), which is infinite in the far limit. V has log D* = logsigmoid(log p - log q) instead.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * torch.sigmoid(p - q) + q.exp() * torch.sigmoid(q - p)) * dx).sum(),
            "The logarithms are missing: V is made of log D and log(1 - D). F.logsigmoid has them.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * F.logsigmoid(p) + q.exp() * F.logsigmoid(-q)) * dx).sum(),
            "The logit of D* is the difference log p - log q, in both halves.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * F.logsigmoid(p - q) + q.exp() * F.logsigmoid(1 - p + q)) * dx).sum(),
            "1 - D is not the sigmoid of 1 - logit: it is the sigmoid of *minus* the logit.",
        ),
        Mutant(
            lambda p, q, dx: ((p.exp() * F.logsigmoid(p - q) + q.exp() * (1 - F.logsigmoid(p - q))) * dx).sum(),
            "log(1 - D) is not 1 - log D: it is F.logsigmoid of *minus* the logit.",
        ),
        Mutant(_same_sign, "log(1 - D) is F.logsigmoid of *minus* the logit."),
        Mutant(
            lambda p, q, dx: (_value(p, q, dx) + 1.3862943611198906) / 2,
            "That is JS. V is twice that, minus log 4.",
        ),
        Mutant(lambda p, q, dx: _value(p, q, dx) + 1.3862943611198906, "That is 2 JS. Subtract log 4 to have V."),
        Mutant(
            _real_only,
            "That is half of V: E_p[log D] alone, or a mean of the two. Add the generated half, E_q[log(1 - D)].",
        ),
        Mutant(
            lambda *a: _value(*a) / 0.6931471805599453,
            "You measure in bits (log 2). The chapter's unit is nats: natural log.",
        ),
        Mutant(lambda *a: -_value(*a), "The sign: V is never positive. You return the discriminator's loss, -V."),
        Mutant(lambda p, q, dx: _value(p, q, dx) / dx, "An integral is a sum times dx; the dx is missing."),
    ),
    properties=(("V(D*) lies between -log 4 and 0.", lambda v, *_: -1.3863 <= float(v) <= 1e-6),),
    tolerance=1e-8,  # a sigmoid clamped at 1e-7 is 2e-7 off, and right answers agree to 1e-13
)


def _grid_densities(random: torch.Generator) -> tuple[Tensor, Tensor]:
    p, q = torch.rand(2, 16, generator=random) + 0.01
    if torch.rand((), generator=random) < 0.5:
        p[3] = 4 * p.sum()  # a place where p is above 1/2
    return p / p.sum(), q / q.sum()


best_linear_discriminator = Exercise(
    title="best_linear_discriminator",
    inputs=_grid_densities,
    reference=lambda p, q: (p > q).to(p.dtype),
    mutants=(
        Mutant(
            lambda p, q: p / (p + q),
            "That is best for the logarithm. Put your D and a hard one into sum(p * (1 - D) + q * D) and compare: "
            "D = 1 costs q, D = 0 costs p; choose D so that the smaller of the two is paid.",
        ),
        Mutant(
            lambda p, q: (p < q).to(p.dtype),
            "You pick the larger of the two at every x: the worst D. At D = 1 the point costs q, at D = 0 it costs p.",
        ),
        Mutant(
            lambda p, q: (p > 0.5).to(p.dtype),
            "You compare p with 1/2. p is a density, not a probability of real: compare it with q.",
        ),
        Mutant(
            lambda p, q: (p > p.mean()).to(p.dtype),
            "You compare p with its own mean. What counts is the other density at the same place: p > q.",
        ),
        Mutant(
            torch.maximum,
            "That is the larger of the two densities. D is the answer at each place, 0 or 1: is p the larger?",
        ),
        Mutant(
            lambda p, q: torch.sigmoid(p - q),
            "Too timid: the cost is a straight line in D, so the cheapest D is an end, 0 or 1, never between.",
        ),
        Mutant(
            lambda p, q: torch.where(p > q, p, 0.0),
            "The places are right. There D must be as far up as it may go, 1, not p.",
        ),
        Mutant(lambda p, q: (p - q).abs(), "That is how much it matters at each place, not what D should say there."),
        Mutant(lambda p, q: p - q, "The sign is what counts: 1 where p - q is positive, 0 elsewhere."),
        Mutant(
            lambda p, q: torch.minimum(p, q).sum(),
            "That is the smallest cost, 1 - TV. Return the D that achieves it, one number for each place.",
        ),
        Mutant(lambda p, q: p / q, "That is the odds p/q; D lies between 0 and 1, and here at one of the two ends."),
        Mutant(
            lambda p, q: (p > 2 * q).to(p.dtype),
            "You ask for more than is needed: as soon as p is larger than q, D = 1 is the cheaper end.",
        ),
        Mutant(
            lambda p, q: q / (p + q),
            "That is 1 - D*, and D* is best for the logarithm. Here the cheapest D is an end: 1 where p is the larger.",
        ),
        Mutant(
            lambda p, q: torch.sigmoid(100 * (p - q)),
            "Nearly: a steep sigmoid is still between. The cheapest D is exactly 0 or 1.",
        ),
        Mutant(
            lambda p, q: torch.sigmoid(1000 * (p - q)),
            "Nearly: a steep sigmoid is still between. The cheapest D is exactly 0 or 1.",
        ),
        Mutant(torch.minimum, "That is the cost that is left at each place. Return the D that achieves it."),
        Mutant(lambda p, q: torch.sign(p - q), "D runs from 0 to 1, not from -1 to 1."),
        Mutant(lambda p, q: torch.full_like(p, 0.5), "One half everywhere costs 1/2 (p + q); an end is cheaper."),
        Mutant(
            lambda p, q: torch.zeros_like(p), "Saying `generated` everywhere costs 1, as much as saying nothing at all."
        ),
        Mutant(lambda p, q: torch.ones_like(p), "Saying `real` everywhere costs 1, as much as saying nothing at all."),
        Mutant(lambda p, q: (p - q).clamp(min=0), "Near: D must be as far up as it may go, 1, not p - q."),
    ),
    properties=(("D lies between 0 and 1.", lambda d, p, q: bool(((d >= 0) & (d <= 1)).all())),),
)
