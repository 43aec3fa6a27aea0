"""Exercises of notebook 01. Densities are given on a grid; logarithms are natural."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _densities(random: torch.Generator) -> tuple[Tensor, Tensor]:
    p, q = torch.rand(2, 12, generator=random) + 0.05
    p[0] = q[1] = 0.0  # places where only one of the two lives
    p[2] = q[2] = 0.0  # and one where nobody does
    return p, q


def _guarded(p: Tensor, q: Tensor) -> Tensor:
    return torch.where(p + q > 0, p / (p + q), 0.5)


optimal_discriminator = Exercise(
    title="optimal_discriminator",
    inputs=_densities,
    reference=_guarded,
    mutants=(
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
            "Right wherever something lives. Where p = q = 0 you divide 0 by 0 and return nan; return 1/2 there.",
        ),
        Mutant(
            lambda p, q: torch.nan_to_num(p / (p + q)),
            "Right wherever something lives. Where nobody lives you return 0: nobody knows there, so say 1/2.",
        ),
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


def _same_sign(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    logit = log_p - log_q
    return ((log_p.exp() * F.logsigmoid(logit) + log_q.exp() * F.logsigmoid(logit)) * dx).sum()


def _real_only(log_p: Tensor, log_q: Tensor, dx: float) -> Tensor:
    return (log_p.exp() * F.logsigmoid(log_p - log_q) * dx).sum()


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
        Mutant(_same_sign, "log(1 - D) is F.logsigmoid of *minus* the logit."),
        Mutant(
            lambda p, q, dx: (_value(p, q, dx) + 1.3862943611198906) / 2,
            "That is JS. V is twice that, minus log 4.",
        ),
        Mutant(lambda p, q, dx: _value(p, q, dx) + 1.3862943611198906, "That is 2 JS. Subtract log 4 to have V."),
        Mutant(_real_only, "You have the real half, E_p[log D]. Add the generated half, E_q[log(1 - D)]."),
        Mutant(
            lambda *a: _value(*a) / 0.6931471805599453,
            "You measure in bits (log 2). The chapter's unit is nats: natural log.",
        ),
        Mutant(lambda *a: -_value(*a), "The sign: V is never positive. You return the discriminator's loss, -V."),
        Mutant(lambda p, q, dx: _value(p, q, dx) / dx, "An integral is a sum times dx; the dx is missing."),
    ),
    properties=(("V(D*) lies between -log 4 and 0.", lambda v, *_: -1.3863 <= float(v) <= 1e-6),),
    tolerance=1e-5,
)


def _grid_densities(random: torch.Generator) -> tuple[Tensor, Tensor]:
    p, q = torch.rand(2, 16, generator=random) + 0.01
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
