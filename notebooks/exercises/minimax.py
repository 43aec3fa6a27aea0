"""Exercises of notebook 01. Densities are given on a grid; logarithms are natural."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _soft_targets(random: torch.Generator) -> tuple[Tensor, Tensor, float, float]:
    p, q = torch.rand(2, 16, generator=random, dtype=torch.float64) + 0.05
    p[0] = q[1] = 0.0  # places where only one of the two lives
    p[2] = q[2] = 0.0  # and one where nobody does
    for place, thin in enumerate((1e-6, 1e-6, 1e-20, 1e-20, 1e-40, 1e-40, 1e-40, 1e-300, 1e-300), start=3):
        p[place], q[place] = p[place] * thin, q[place] * thin  # tails, and yet D* is as sure there as anywhere
    q[13] = p[13]  # as many of both: D is torn, and says the mean of its two targets
    one, other, sided = torch.rand(3, generator=random).tolist()
    return p, q, 0.95 - 0.25 * one, 0.0 if sided < 0.3 else 0.05 + 0.25 * other


def _guarded(above: Tensor, p: Tensor, q: Tensor) -> Tensor:
    return torch.where(p + q > 0, above / (p + q), 0.5)


def _smoothed(p: Tensor, q: Tensor, a: float, b: float) -> Tensor:
    return _guarded(a * p + b * q, p, q)


def _with_tiny_number(small: float) -> tuple[Callable[..., Tensor], ...]:
    """The usual ways to avoid 0/0 that are wrong wherever the densities are as small as that."""
    return (
        lambda p, q, a, b: (a * p + b * q) / (p + q + small),
        lambda p, q, a, b: (a * p + b * q + small) / (p + q + small),
        lambda p, q, a, b: (a * p + b * q + small) / (p + q + 2 * small),
        lambda p, q, a, b: (a * p + b * q) / (p + q).clamp(min=small),
        lambda p, q, a, b: torch.where(p + q > small, (a * p + b * q) / (p + q), 0.5),
    )


_TINY_NUMBER = (
    "A small number against 0/0 (or a guard above 0) takes thin places for empty ones. In a tail D* is as sure as "
    "elsewhere: torch.where(p + q > 0, ..., 0.5)."
)
_GUARD = "Where only one of the two lives, D answers its target, a or b. Say 1/2 only where *both* are 0."
_BRACKETS = "Division binds first: both the sum above and the sum below want brackets."
_HARD_TARGETS = (
    "That is D* for the targets 1 and 0. With a and b both kinds of samples add something at log D, and something at "
    "log(1 - D): collect both, then set the derivative to 0."
)
_TARGETS_ONCE = (
    "At log D stands a p + b q, at log(1 - D) stands (1 - a) p + (1 - b) q. What is the sum of the two? You divide by "
    "something else."
)
_NO_TARGET_B = "Generated samples have a target too: at log D stands a p *and* b q."


def _right_where_thick_only(d: Tensor, p: Tensor, q: Tensor, a: float, b: float) -> bool:
    right = torch.isclose(torch.as_tensor(d).to(p), _smoothed(p, q, a, b), 1e-4, 1e-4)
    return bool(right[p + q > 0.01].all()) and not bool(right[p + q <= 0.01].all())


smoothed_discriminator = Exercise(
    title="smoothed_discriminator",
    inputs=_soft_targets,
    reference=_smoothed,
    mutants=(
        Mutant(lambda p, q, a, b: _guarded(p, p, q), _HARD_TARGETS),
        Mutant(lambda p, q, a, b: p / (p + q), _HARD_TARGETS),
        Mutant(
            lambda p, q, a, b: torch.where(p == q, 0.5, (a * p + b * q) / (p + q)),
            "Where p = q > 0 the best D is the mean of its two targets, (a + b) / 2. A half is right only where nobody "
            "lives.",
        ),
        Mutant(
            lambda p, q, a, b: _guarded(a * p + (1 - a) * q, p, q),
            "You take 1 - a for the target of generated samples. It is b, given apart from a.",
        ),
        Mutant(
            lambda p, q, a, b: (a * p + b * q) / (p + q),
            "Right wherever something lives. Where p = q = 0 you have 0 / 0 and return nan: say 1/2.",
        ),
        Mutant(
            lambda p, q, a, b: torch.nan_to_num((a * p + b * q) / (p + q)),
            "Right wherever something lives. Where nobody lives you return 0: nobody knows there, so say 1/2.",
        ),
        Mutant(
            lambda p, q, a, b: torch.where(p + q > 0, (a * p + b * q) / (p + q), 1.0),
            "Right wherever something lives. Where nobody lives you return 1: nobody knows there, so say 1/2.",
        ),
        Mutant(
            lambda p, q, a, b: torch.where(p + q > 0, 0.5, (a * p + b * q) / (p + q)),
            "The branches are swapped: torch.where(condition, this, that) takes `this` where the condition *holds*.",
        ),
        *(
            Mutant(lambda p, q, a, b, lives=lives: torch.where(lives(p, q), (a * p + b * q) / (p + q), 0.5), _GUARD)
            for lives in (lambda p, q: p > 0, lambda p, q: q > 0, lambda p, q: (p > 0) & (q > 0))
        ),
        *(Mutant(answer, _TINY_NUMBER) for small in (1e-12, 1e-8, 1e-6) for answer in _with_tiny_number(small)),
        *(
            Mutant(lambda p, q, a, b, keep=keep: keep(a * p / (a * p + b * q)), _TARGETS_ONCE)
            for keep in (torch.clone, lambda d: torch.nan_to_num(d, nan=0.5))
        ),
        *(
            Mutant(lambda p, q, a, b, keep=keep: keep(a * p / (a * p + (1 - b) * q)), _TARGETS_ONCE)
            for keep in (torch.clone, lambda d: torch.nan_to_num(d, nan=0.5))
        ),
        Mutant(lambda p, q, a, b: _guarded(a * p, p, q), _NO_TARGET_B),
        Mutant(lambda p, q, a, b: a * p / (p + q), _NO_TARGET_B),
        *(
            Mutant(
                lambda p, q, a, b, keep=keep: keep(b * p + a * q, p, q),
                "The targets have changed places: real samples, p, are told a.",
            )
            for keep in (_guarded, lambda above, p, q: above / (p + q))
        ),
        *(
            Mutant(
                lambda p, q, a, b, keep=keep: keep(a * p + (1 - b) * q, p, q),
                "At log D generated samples have the weight b; 1 - b stands at log(1 - D).",
            )
            for keep in (_guarded, lambda above, p, q: above / (p + q))
        ),
        *(
            Mutant(
                lambda p, q, a, b, keep=keep: keep((1 - a) * p + (1 - b) * q, p, q),
                "That is 1 - D, the probability of *generated*: what stands at log D must stand above.",
            )
            for keep in (_guarded, lambda above, p, q: above / (p + q))
        ),
        *(
            Mutant(
                lambda p, q, a, b, d=d: d(p, q).clamp(b, a),
                "To cut D* off at the targets is not enough: between them it changes as well. Set the derivative of "
                "the whole to 0.",
            )
            for d in (lambda p, q: _guarded(p, p, q), lambda p, q: p / (p + q))
        ),
        Mutant(
            lambda p, q, a, b: b + (a - b) * _guarded(p, p, q),
            "Right wherever something lives. Where nobody lives your 1/2 stands inside and becomes (a + b) / 2: choose "
            "the 1/2 last, instead of the whole.",
        ),
        *(
            Mutant(
                lambda p, q, a, b, keep=keep: keep((a - b) * p, p, q),
                "The step from b to a is right, its start is missing: where only q lives D answers b. Add b.",
            )
            for keep in (_guarded, lambda above, p, q: above / (p + q))
        ),
        Mutant(
            lambda p, q, a, b: a * _guarded(p, p, q) + b,
            "Where only p lives that is a + b, more than the target. The share of b is q's: b q / (p + q).",
        ),
        Mutant(lambda p, q, a, b: a * p + b * q, "That is what stands at log D. Divide by all that lives, p + q."),
        Mutant(lambda p, q, a, b: a * p + b * q / (p + q), _BRACKETS),
        Mutant(lambda p, q, a, b: (a * p + b * q) / p + q, _BRACKETS),
        Mutant(lambda p, q, a, b: torch.where(p + q > 0, a * p + b * q / (p + q), 0.5), _BRACKETS),
        Mutant(lambda p, q, a, b: torch.where(p + q > 0, (a * p + b * q) / p + q, 0.5), _BRACKETS),
        Mutant(
            lambda p, q, a, b: (a * p + b * q) / ((1 - a) * p + (1 - b) * q),
            "That is the odds D / (1 - D). A probability is odds / (1 + odds).",
        ),
        Mutant(
            lambda p, q, a, b: ((a * p + b * q) / ((1 - a) * p + (1 - b) * q)).log(),
            "That is the logit of the best D. D itself is its sigmoid.",
        ),
        Mutant(
            lambda p, q, a, b: (a * p**2 + b * q**2) / (p**2 + q**2),
            "You squared the densities; and the squares of tiny ones are 0. They stand there once.",
        ),
        Mutant(
            lambda p, q, a, b: torch.where(p > q, a, b),
            "A step is best for straight lines; logarithms are curved. Where p = q, D is half-way between the targets.",
        ),
        Mutant(lambda p, q, a, b: torch.full_like(p, 0.5), "Do you know nothing even where only one of the two lives?"),
        Mutant(lambda p, q, a, b: torch.full_like(p, (a + b) / 2), "That is D* only where p = q: once G has won."),
        Mutant(
            lambda p, q, a, b: torch.sigmoid(p - q),
            "The sigmoid wants a logit, a difference of *logarithms*; and where are the targets?",
        ),
        Mutant(
            lambda p, q, a, b: ((a * p + b * q) / (p + q)).mean(), "One number for each place of the grid: no mean."
        ),
        Mutant(lambda p, q, a, b: p, "That is the density of the real samples alone; D weighs it against q."),
        Mutant(
            lambda p, q, a, b: (a * p - b * q) / (p + q),
            "Plus: at log D stands a p *and* b q.",
        ),
    ),
    properties=(
        (
            "The best D lies between its two targets, b and a, and is never nan.",
            lambda d, p, q, a, b: bool(((d >= b - 1e-9) & (d <= a + 1e-9)).all()),
        ),
        (_TINY_NUMBER, lambda d, *case: not _right_where_thick_only(d, *case)),
    ),
)


def _some_discriminator(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor, float]:
    """Two bell curves, near ones as often as far ones, and the logits of a D that may be anything."""
    x = torch.linspace(-12, 52, 641, dtype=torch.float64)
    chance = torch.rand(4, generator=random).tolist()
    distance = 0.5 * 80 ** chance[0]
    log_p, log_q = (-0.5 * (x - centre) ** 2 - 0.9189385332046727 for centre in (0.0, distance))
    logit = log_p - log_q  # the best itself: nothing is lost
    if chance[1] < 0.8:
        logit = 0.3 * logit  # too timid,
    if chance[1] < 0.6:  # and sure where it is wrong
        sure = 40 * 20 ** chance[2]
        logit = torch.where((x - distance).abs() < 0.5 + chance[3], sure, logit)
        logit = torch.where(x.abs() < 0.5, -sure, logit)
    return log_p, log_q, logit, (x[1] - x[0]).item()


def _value(log_p: Tensor, log_q: Tensor, logit: Tensor, dx: float) -> Tensor:
    return ((log_p.exp() * F.logsigmoid(logit) + log_q.exp() * F.logsigmoid(-logit)) * dx).sum()


def _regret(log_p: Tensor, log_q: Tensor, logit: Tensor, dx: float) -> Tensor:
    return _value(log_p, log_q, log_p - log_q, dx) - _value(log_p, log_q, logit, dx)


def _of_probabilities(
    log_p: Tensor, log_q: Tensor, logit: Tensor, dx: float, *, keep: Callable[[Tensor], Tensor] = torch.clone,
    log: Callable[[Tensor], Tensor] = torch.log,
) -> Tensor:  # fmt: skip
    """The regret by way of D itself: right on paper, lost where D is sure; `keep` and `log` try to save it."""
    p, q = log_p.exp(), log_q.exp()

    def value(d: Tensor) -> Tensor:
        return ((p * log(d) + q * log(1 - d)) * dx).sum()

    return value(keep(torch.sigmoid(log_p - log_q))) - value(keep(torch.sigmoid(logit)))


def _clamped(small: float) -> Callable[[Tensor], Tensor]:
    return lambda d: d.clamp(small, 1 - small)


def _shifted_log(small: float) -> Callable[[Tensor], Tensor]:
    return lambda d: (d + small).log()


def _finite(values: Tensor) -> Tensor:
    return torch.nan_to_num(values.log())


def _without_infinity(values: Tensor) -> Tensor:
    return torch.nan_to_num(values.log(), nan=0.0, posinf=0.0, neginf=0.0)


_TINY_IN_LOGARITHM = (
    "A clamp, or a small number inside the logarithm, hides the trouble: a D that is sure and wrong loses more than "
    "that lets it. F.logsigmoid(logit) needs neither."
)
_NAN_HIDDEN = (
    "nan_to_num hides the trouble: where D is sure and wrong it loses much, and you put another number there. "
    "F.logsigmoid(logit) gives the true one."
)

regret = Exercise(
    title="regret",
    inputs=_some_discriminator,
    trials=12,
    reference=_regret,
    mutants=(
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q, 0.004) - _value(p, q, logit, 0.004),
            "You used the notebook's own `integral`, which multiplies by *its* dx. This grid comes with its own dx.",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                0.5 * (_value(p, q, p - q, dx) + math.log(4)) - _value(p, q, logit, dx) - math.log(4)
            ),
            "The best value is 2 JS - log 4; you wrote JS - log 4.",
        ),
        Mutant(
            _of_probabilities,
            "Right on paper; where D is sure, float64 cannot tell it from 0 or 1, and a logarithm is -inf or nan. Stay "
            "with the logits and use F.logsigmoid for all logarithms.",
        ),
        *(Mutant(partial(_of_probabilities, log=log), _NAN_HIDDEN) for log in (_finite, _without_infinity)),
        *(
            Mutant(partial(_of_probabilities, keep=_clamped(small)), _TINY_IN_LOGARITHM)
            for small in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)
        ),
        *(
            Mutant(partial(_of_probabilities, log=_shifted_log(small)), _TINY_IN_LOGARITHM)
            for small in (1e-300, 1e-12, 1e-8)
        ),
        Mutant(
            lambda p, q, logit, dx: torch.nan_to_num(_of_probabilities(p, q, logit, dx)),
            "nan_to_num hides the trouble: where D is sure, float64 cannot tell it from 0 or 1. Use F.logsigmoid.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q, dx),
            "That is V(D*), what the best D reaches. Subtract what this D reaches, V at its logits.",
        ),
        Mutant(_value, "That is V(D), what this D reaches. How much more does the best one reach?"),
        Mutant(lambda *case: -_regret(*case), "The sign: D wants V large, so V(D*) - V(D) is never negative."),
        Mutant(
            lambda p, q, logit, dx: -_value(p, q, logit, dx), "That is D's loss. How much less does the best D lose?"
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q, dx) + _value(p, q, logit, dx),
            "You add the two values; their difference is asked for.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, q - p, dx) - _value(p, q, logit, dx),
            "The best logit has the wrong sign: D says how probable *real* is, so it is log p - log q.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, torch.zeros_like(p), dx) - _value(p, q, logit, dx),
            "You compare with a D that always says one half. The best logit is log p - log q.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, (p - q).exp(), dx) - _value(p, q, logit, dx),
            "The odds p / q are no logit: their logarithm is, log p - log q.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, torch.sigmoid(p - q), dx) - _value(p, q, logit, dx),
            "You put D* where its *logit* belongs: F.logsigmoid has the sigmoid in it. The logit is log p - log q.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p.exp() - q.exp(), dx) - _value(p, q, logit, dx),
            "The best logit is the difference of the *logarithms*, log_p - log_q, not of the densities.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p / q, dx) - _value(p, q, logit, dx),
            "log_p and log_q are logarithms already: the best logit is their difference, not their quotient.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q - logit, dx),
            "V of a difference is no difference of Vs: compute V for both logits, then subtract.",
        ),
        Mutant(
            lambda p, q, logit, dx: (_value(p, q, p - q, dx), _value(p, q, logit, dx)),
            "Those are the two values. Subtract the second from the first.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q, dx) / _value(p, q, logit, dx),
            "That is a quotient. How *much* is lost is a difference.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(q, p, p - q, dx) - _value(q, p, logit, dx),
            "The halves are crossed: log D goes with p, log(1 - D) with q.",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q, dx) + 1.3862943611198906,
            "You compare with a D that always says one half. Compare with this D: V at its logits.",
        ),
        Mutant(
            lambda p, q, logit, dx: ((p - q - logit) ** 2).mean(),
            "That is how far the logits lie apart. What does it cost in V? Put both into V.",
        ),
        Mutant(
            lambda p, q, logit, dx: ((p - q - logit) * p.exp() * dx).sum(),
            "You compare logits. V has the *logarithms of the sigmoids*: put both logits into V.",
        ),
        Mutant(
            lambda p, q, logit, dx: (p.exp() * (F.logsigmoid(p - q) - F.logsigmoid(logit)) * dx).sum(),
            "That is the real half alone. Add the generated half, E_q[log(1 - D)].",
        ),
        Mutant(
            lambda p, q, logit, dx: (q.exp() * (F.logsigmoid(q - p) - F.logsigmoid(-logit)) * dx).sum(),
            "That is the generated half alone. Add the real half, E_p[log D].",
        ),
        Mutant(
            lambda p, q, logit, dx: _regret(p, q, logit, dx) / dx, "An integral is a sum times dx; the dx is missing."
        ),
        Mutant(
            lambda p, q, logit, dx: _regret(p, q, logit, dx) / dx / len(p),
            "That is the mean over the grid. An integral is a sum times dx.",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                (
                    p.exp() * (F.logsigmoid(p - q) - F.logsigmoid(logit))
                    + q.exp() * (F.logsigmoid(q - p) - F.logsigmoid(-logit))
                )
                * dx
            ),
            "Those are the contributions of the places; sum them.",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                (p * (F.logsigmoid(p - q) - F.logsigmoid(logit)) + q * (F.logsigmoid(q - p) - F.logsigmoid(-logit)))
                * dx
            ).sum(),
            "You weigh with log p and log q. An expectation weighs with the densities: log_p.exp() and log_q.exp().",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                (F.logsigmoid(p - q) - F.logsigmoid(logit) + F.logsigmoid(q - p) - F.logsigmoid(-logit)) * dx
            ).sum(),
            "Every place counts the same in your sum. Weigh log D with p and log(1 - D) with q.",
        ),
        Mutant(
            lambda p, q, logit, dx: ((p.exp() + q.exp()) * (F.logsigmoid(p - q) - F.logsigmoid(logit)) * dx).sum(),
            "log(1 - D) is F.logsigmoid of *minus* the logit.",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                (
                    p.exp() * (F.logsigmoid(p - q) - F.logsigmoid(logit))
                    - q.exp() * (F.logsigmoid(q - p) - F.logsigmoid(-logit))
                )
                * dx
            ).sum(),
            "Plus, not minus, between the halves: V adds E_p[log D] and E_q[log(1 - D)].",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                (
                    p.exp() * (torch.sigmoid(p - q) - torch.sigmoid(logit))
                    + q.exp() * (torch.sigmoid(q - p) - torch.sigmoid(-logit))
                )
                * dx
            ).sum(),
            "The logarithms are missing: V is made of log D and log(1 - D). F.logsigmoid has them.",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                ((p.exp() * F.logsigmoid(p - q) + q.exp() * F.logsigmoid(1 - p + q)) * dx).sum()
                - ((p.exp() * F.logsigmoid(logit) + q.exp() * F.logsigmoid(1 - logit)) * dx).sum()
            ),
            "1 - D is not the sigmoid of 1 - logit: 1 - sigmoid(x) = sigmoid(-x), so log(1 - D) is "
            "F.logsigmoid(-logit).",
        ),
        Mutant(
            lambda p, q, logit, dx: _value(p, q, p - q, dx) - _value(p, q, torch.sigmoid(logit), dx),
            "Two sigmoids: F.logsigmoid has one in it and wants the logit as it is.",
        ),
        Mutant(
            lambda *case: _regret(*case) / 0.6931471805599453,
            "You measure in bits (log 2). The chapter's unit is nats: natural log.",
        ),
        Mutant(
            lambda p, q, logit, dx: (
                _value(p, q, p - q, dx)
                - ((p.exp() * F.logsigmoid(logit) + q.exp() * (1 - F.logsigmoid(logit))) * dx).sum()
            ),
            "log(1 - D) is not 1 - log D: it is F.logsigmoid of *minus* the logit.",
        ),
    ),
    properties=(
        (
            "You gave nan: somewhere stands 0 / 0, or 0 times the logarithm of 0. Far out a density is exactly 0, its "
            "logarithm is not: stay with log_p and log_q (the mixture is a torch.logaddexp) and F.logsigmoid.",
            lambda lost, *_: not math.isnan(float(lost)),
        ),
        ("It is never negative: no D does better than the best.", lambda lost, *_: float(lost) >= -1e-8),
        (
            "The best D loses nothing: 0 for it.",
            lambda v, p, q, d, dx: bool((p - q != d).any()) or abs(float(v)) < 1e-8,
        ),
    ),
    tolerance=1e-8,  # right answers agree to 1e-13, and a clamp at 1e-12 shows wherever D is sure and wrong
)


def _two_bars(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Densities on a grid, equal, nearly equal, or with one of them 0 at some places."""
    p, q = torch.rand(2, 16, generator=random, dtype=torch.float64) + 0.01
    q[4], q[5], q[6] = p[4], p[5] * (1 + 1e-9), p[6] * (1 - 1e-9)
    p[7] = q[8] = 0.0
    p[9:12], q[9:12] = p[9:12] * 1e-30, q[9:12] * 1e-30
    if torch.rand((), generator=random) < 0.5:
        p[3] = 4 * p.sum()  # a place where p is above 1/2
    total = p.sum()
    return p / total, q / total  # the same factor, so that equal ones stay equal


def _one_best(attempt: Callable[..., Any], p: Tensor, q: Tensor) -> Any:
    """The attempt; where several answers are equally good, the reference's stands for all of them."""
    answer = attempt(p, q)
    if isinstance(answer, list | tuple):
        answer = torch.tensor([float(number) for number in answer], dtype=p.dtype)
    if not isinstance(answer, Tensor) or answer.shape != p.shape or answer.is_complex():
        return answer
    d = answer.to(p.dtype)
    as_good = ((p == q) & (d.abs() <= 1)) | ((q == 0) & (d >= 1)) | ((p == 0) & (d <= -1))
    return torch.where(as_good, torch.sign(p - q), d)


def _hinge_cost(p: Tensor, q: Tensor, d: Tensor | float) -> Tensor:
    d = torch.as_tensor(d).to(p)
    return p * torch.relu(1 - d) + q * torch.relu(1 + d)


_BETWEEN = "Nearly: a steep curve is still between the ends. Where p is the larger, D is exactly 1, else exactly -1."
_CALIBRATED = (
    "That is calibrated, as with the logarithm. The hinge's cost is made of straight lines: look at its corners."
)

best_hinge_discriminator = Exercise(
    title="best_hinge_discriminator",
    inputs=_two_bars,
    trials=10,
    run=_one_best,
    reference=lambda p, q: torch.sign(p - q),
    mutants=(
        Mutant(
            lambda p, q: (p > q).to(p.dtype),
            "Those are the ends of the linear game, 0 and 1. Where q is the larger, is D = 0 the cheapest here? "
            "Compare the costs at -1, 0 and 1.",
        ),
        Mutant(
            lambda p, q: p / (p + q),
            "That is best for the logarithm. Draw p * max(0, 1 - D) + q * max(0, 1 + D) over D at one place: straight "
            "lines with two corners, and the lowest point is a corner.",
        ),
        Mutant(lambda p, q: q / (p + q), _CALIBRATED),
        Mutant(lambda p, q: (p - q) / (p + q), _CALIBRATED),
        Mutant(
            lambda p, q: torch.sign(q - p),
            "The wrong way round: real samples pay nothing at D = 1, so D is 1 where *p* is the larger.",
        ),
        Mutant(
            lambda p, q: (p < q).to(p.dtype), "Real samples pay nothing at D = 1, generated ones nothing at D = -1."
        ),
        Mutant(
            lambda p, q: (p / q).log(),
            "That is the best logit of Goodfellow's game. Here no logarithm occurs: look at the cost's two corners.",
        ),
        Mutant(
            lambda p, q: (p / q).log().clamp(-1, 1),
            "Clamping the other game's logit is not enough: as soon as p is the larger, D = 1 is the cheapest.",
        ),
        Mutant(
            lambda p, q: (p - q).clamp(-1, 1),
            "The sign is right. Go on to the corner: 1 where p is the larger, -1 where q is.",
        ),
        Mutant(lambda p, q: p - q, "The sign is right. Go on to the corner: 1 where p is the larger, -1 where q is."),
        Mutant(lambda p, q: (p - q).abs(), "That is how much it matters at each place, not what D should say there."),
        Mutant(lambda p, q: torch.tanh(p - q), _BETWEEN),
        *(Mutant(lambda p, q, steep=steep: torch.tanh(steep * (p - q)), _BETWEEN) for steep in (100, 1000, 1e6)),
        *(
            Mutant(lambda p, q, steep=steep: 2 * torch.sigmoid(steep * (p - q)) - 1, _BETWEEN)
            for steep in (1, 100, 1000, 1e6)
        ),
        *(
            Mutant(lambda p, q, small=small: (p - q) / ((p - q).abs() + small), _BETWEEN)
            for small in (1e-12, 1e-10, 1e-8, 1e-6)
        ),
        *(
            Mutant(
                lambda p, q, steep=steep: torch.sigmoid(steep * (p - q)),
                "A sigmoid lies between 0 and 1. This D is any real number: compare the costs at -1, 0 and 1.",
            )
            for steep in (1, 100, 1e6)
        ),
        Mutant(
            lambda p, q: torch.zeros_like(p),
            "D = 0 everywhere costs p + q, and a corner costs twice the smaller of the two only.",
        ),
        Mutant(lambda p, q: torch.ones_like(p), "D = 1 everywhere costs 2 q. Where q is the larger, -1 is cheaper."),
        Mutant(lambda p, q: -torch.ones_like(p), "D = -1 everywhere costs 2 p. Where p is the larger, 1 is cheaper."),
        Mutant(
            lambda p, q: 2 * torch.minimum(p, q),
            "That is what is left to pay at each place. Return the D that achieves it.",
        ),
        Mutant(lambda p, q: 2 * torch.minimum(p, q).sum(), "That is the smallest cost. Return the D that achieves it."),
        Mutant(torch.maximum, "That is the larger of the two densities. Is it p? Then D = 1, else -1."),
        Mutant(
            lambda p, q: torch.where(p > 0.5, 1.0, -1.0),
            "You compare p with 1/2. p is a density, not a probability of real: compare it with q.",
        ),
        Mutant(
            lambda p, q: torch.where(p > p.mean(), 1.0, -1.0),
            "You compare p with its own mean. What counts is the other density at the same place: p > q.",
        ),
        Mutant(
            lambda p, q: torch.where(p > q, torch.inf, -torch.inf),
            "Beyond 1 real samples have nothing more to gain, and generated ones pay on: stop at the corner, 1 or -1.",
        ),
        Mutant(
            lambda p, q: torch.where(p > q, 2.0, -2.0),
            "Beyond 1 real samples have nothing more to gain, and generated ones pay on: stop at the corner, 1 or -1.",
        ),
        Mutant(
            lambda p, q: torch.where(p > q, p, -q),
            "The places are right. There D must go to the corner, 1 or -1, not to p or -q.",
        ),
        Mutant(
            lambda p, q: torch.where(p > q, 1.0, 0.0) * p,
            "Return D itself, 1 or -1 at each place, not D times p.",
        ),
        Mutant(
            lambda p, q: torch.relu(1 - p) + torch.relu(1 + q),
            "You put the densities into the hinge. They are the weights; D stands in it, and D is what is asked for.",
        ),
        Mutant(
            lambda p, q: torch.sign(p - q).sum(),
            "One answer for each place of the grid: no sum.",
        ),
    ),
    properties=(
        (
            "Another D costs less at some place: compare your cost with those at D = -1, 0 and 1.",
            lambda d, p, q: bool(
                (
                    _hinge_cost(p, q, d) <= torch.stack([_hinge_cost(p, q, e) for e in (-1, 0, 1)]).amin(0) * (1 + 1e-6)
                ).all()
            ),
        ),
    ),
)


def _two_dice(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Distributions over eight outcomes, with zeros and next to nothing at some of them."""
    p, q = torch.rand(2, 8, generator=random, dtype=torch.float64) + 0.05
    chance = torch.rand(5, generator=random)
    if chance[0] < 0.4:
        p[0] = 0.0  # costs nothing in KL(p||q) ...
    if chance[1] < 0.4:
        q[1] = 0.0  # ... and this, all there is
    if chance[2] < 0.5:
        p[2] = q[2] = 0.0
    if chance[3] < 0.5:
        p[3], q[4] = 1e-20, 1e-40
    if chance[4] < 0.1:
        q = p.clone()
    return p / p.sum(), q / q.sum()


def _kl(p: Tensor, q: Tensor) -> Tensor:
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()


def _kl_shifted(small: float, p: Tensor, q: Tensor) -> Tensor:
    return (p * ((p + small) / (q + small)).log()).sum()


def _kl_clamped(small: float, p: Tensor, q: Tensor) -> Tensor:
    return (p * (p.clamp(min=small) / q.clamp(min=small)).log()).sum()


def _both(one: Callable[[Tensor, Tensor], Any]) -> Callable[[Tensor, Tensor], tuple[Any, Any]]:
    return lambda p, q: (one(p, q), one(q, p))


_ZEROS = (
    "Right wherever both live. 0 times a logarithm of 0 is nan to a computer and 0 here: leave out the places where "
    "the *first* of the two is 0, and only those."
)
_TINY_IN_KL = (
    "A small number, or a clamp, in the logarithm changes the answer: where q is 0 and p is not KL is infinite, and "
    "for q = 1e-40 large. Leave out the places where the first of the two is 0, and change nothing else."
)

kl_both_ways = Exercise(
    title="kl_both_ways",
    inputs=_two_dice,
    reference=_both(_kl),
    mutants=(
        Mutant(
            _both(lambda p, q: F.kl_div(q.log(), p, reduction="batchmean")),
            'F.kl_div\'s default is a mean (and "batchmean" divides as well); where both are 0 it gives nan besides. '
            "Sum over the places, and leave out those where the first is 0.",
        ),
        Mutant(_both(lambda p, q: (p * (p / q).log()).sum()), _ZEROS),
        Mutant(_both(lambda p, q: (p * (p.log() - q.log())).sum()), _ZEROS),
        Mutant(
            _both(lambda p, q: F.kl_div(q.log(), p, reduction="sum")),
            "Right but where *both* are 0: there 0 / 0, or 0 times infinity, is left (in F.kl_div too). Leave out the "
            "places where the first is 0.",
        ),
        Mutant(
            _both(lambda p, q: F.kl_div(p.log(), q, reduction="sum")),
            "F.kl_div takes the logarithm of the *second* distribution first: F.kl_div(q.log(), p) is KL(p||q). And "
            "where both are 0 it returns nan.",
        ),
        Mutant(
            _both(
                lambda p, q: torch.distributions.kl_divergence(
                    torch.distributions.Categorical(p), torch.distributions.Categorical(q)
                )
            ),
            "torch.distributions cuts logarithms off at about -36, which is too small a price for q = 1e-40. Write the "
            "sum yourself.",
        ),
        Mutant(_both(lambda p, q: torch.nan_to_num(p * (p / q).log()).sum()), _TINY_IN_KL),
        Mutant(
            _both(lambda p, q: torch.nan_to_num(p * (p / q).log(), nan=0.0, posinf=0.0).sum()),
            "You leave out (or make 0) the places where the *second* is 0 as well. If the first lives there, KL is "
            "infinite: such a q can never have made that outcome.",
        ),
        Mutant(
            _both(lambda p, q: (p * (p / q).log())[q > 0].sum()),
            "You leave out the places where the *second* is 0; it must be those where the *first* is 0.",
        ),
        *(Mutant(_both(partial(_kl_shifted, small)), _TINY_IN_KL) for small in (1e-300, 1e-12, 1e-8)),
        *(
            Mutant(
                _both(partial(_kl_clamped, small)),
                _TINY_IN_KL,
            )
            for small in (1e-12, 1e-8)
        ),
        Mutant(lambda p, q: (_kl(q, p), _kl(p, q)), "Both are right, in the wrong order: KL(p||q) first."),
        Mutant(lambda p, q: (_kl(p, q), _kl(p, q)), "Twice the same direction: the second is KL(q||p)."),
        Mutant(lambda p, q: (_kl(p, q), -_kl(p, q)), "The other direction is not minus the first: swap p and q."),
        Mutant(_both(lambda p, q: -_kl(p, q)), "The sign: a KL is never negative. p log(p / q), not p log(q / p)."),
        Mutant(_kl, "One is missing: return both, KL(p||q) and KL(q||p)."),
        Mutant(lambda p, q: _kl(p, q) + _kl(q, p), "Return the two side by side, not their sum."),
        Mutant(_both(lambda p, q: _kl(p, q) / 0.6931471805599453), "You measure in bits. Nats: the natural log."),
        Mutant(
            _both(lambda p, q: _kl(p, q) / len(p)), "A mean over the outcomes. p is the weight already: take the sum."
        ),
        Mutant(
            _both(lambda p, q: torch.xlogy(p, p) - torch.xlogy(p, q)),
            "Those are the contributions of the outcomes. Sum them.",
        ),
        Mutant(
            _both(lambda p, q: -torch.xlogy(p, q).sum()),
            "That is the cross-entropy. KL takes the entropy of the first off: + p log p.",
        ),
        Mutant(
            _both(lambda p, q: -torch.xlogy(p, p).sum()),
            "That is the entropy of one. KL compares the two: p log(p / q).",
        ),
        Mutant(
            _both(lambda p, q: 0.5 * (_kl(p, (p + q) / 2) + _kl(q, (p + q) / 2))),
            "That is the Jensen-Shannon divergence, the same both ways. KL compares with the other one, not with the "
            "mixture.",
        ),
        Mutant(
            _both(lambda p, q: _kl(p, (p + q) / 2)), "You compare with the mixture. KL(p||q) compares with q itself."
        ),
        Mutant(
            _both(lambda p, q: (p / q).log()[p > 0].sum()), "The weights are missing: p log(p / q), an average over p."
        ),
        Mutant(
            _both(lambda p, q: (torch.xlogy(p, p) - torch.xlogy(p, q)).abs().sum()),
            "Single contributions may be negative, where q is the larger. No abs().",
        ),
        Mutant(
            _both(lambda p, q: F.kl_div(p, q, reduction="sum")),
            "F.kl_div wants a *logarithm* first, and that of the other distribution: F.kl_div(q.log(), p).",
        ),
        Mutant(
            _both(lambda p, q: (p * (p / q).log()).nanmean()),
            "A mean over the outcomes. p is the weight already: take the sum, nansum.",
        ),
        Mutant(_both(lambda p, q: (p - q).abs().sum()), "That is twice the total variation. KL has a logarithm."),
        Mutant(_both(lambda p, q: 0.5 * (p - q).abs().sum()), "That is the total variation. KL has a logarithm."),
    ),
    properties=(
        (
            "A KL is a number from 0 to infinity, never nan and never below 0.",
            lambda out, p, q: not isinstance(out, tuple) or all(bool((torch.as_tensor(v) >= -1e-9).all()) for v in out),
        ),
        (
            "It is infinite exactly if the second is 0 somewhere where the first is not.",
            lambda out, p, q: (
                not isinstance(out, tuple) or (float(out[0]) == torch.inf) == bool(((p > 0) & (q == 0)).any())
            ),
        ),
    ),
    tolerance=1e-6,
)


def _unequal_lots(random: torch.Generator) -> tuple[Tensor, int, int]:
    """Logits, some of them of a D that is very sure, and how many samples of each kind it saw."""
    logit = 3 * torch.randn(6, generator=random, dtype=torch.float64)
    logit[0], logit[1] = 800.0, -800.0
    real, fake = (int(10 ** (6 * exponent)) for exponent in torch.rand(2, generator=random).tolist())
    return logit, real, fake


def _log(number: float) -> Tensor:
    return torch.tensor(number, dtype=torch.float64).log()


_ONE_SHARE = "Both counts matter: D weighs {}. What is the odds of real before D has looked at x?"

log_ratio = Exercise(
    title="log_ratio",
    inputs=_unequal_lots,
    reference=lambda logit, real, fake: logit + _log(fake / real),
    mutants=(
        Mutant(
            lambda logit, real, fake: logit,
            "Right if it saw as many of each. Otherwise the best D is real * p / (real * p + fake * q): what is its "
            "logit?",
        ),
        Mutant(
            lambda logit, real, fake: logit + _log(real / fake),
            "The wrong way: seeing more real samples makes D say *real* more often. Take that off again.",
        ),
        Mutant(
            lambda logit, real, fake: -logit - _log(fake / real),
            "That is log q - log p. Real stands on top.",
        ),
        Mutant(
            lambda logit, real, fake: logit - real / fake,
            "The logit of a product is a sum of *logarithms*: log(real / fake).",
        ),
        Mutant(
            lambda logit, real, fake: logit * fake / real,
            "In logits a factor becomes a term: add the logarithm of fake / real, do not multiply.",
        ),
        Mutant(
            lambda logit, real, fake: logit * real / fake,
            "In logits a factor becomes a term: add the logarithm of fake / real, do not multiply.",
        ),
        Mutant(
            lambda logit, real, fake: logit - _log(real / (real + fake)), _ONE_SHARE.format("p with real, q with fake")
        ),
        Mutant(lambda logit, real, fake: logit - _log(real), _ONE_SHARE.format("q with fake, too")),
        Mutant(lambda logit, real, fake: logit + _log(fake), _ONE_SHARE.format("p with real, too")),
        Mutant(
            lambda logit, real, fake: logit.exp() * fake / real,
            "That is the ratio p / q itself. Its logarithm is asked for, which does not overflow.",
        ),
        Mutant(
            lambda logit, real, fake: (logit.exp() * fake / real).log(),
            "By way of D, or of exp(), the sure ones are lost: sigmoid(800) is exactly 1, exp(800) infinite. Stay with "
            "the logit: a factor is a term there.",
        ),
        *(
            Mutant(
                way,
                "Two things. exp(800) is infinite: stay with the logit. And seeing more real samples makes D say "
                "*real* more often: take log(real / fake) off again.",
            )
            for way in (
                lambda logit, real, fake: (real * logit.exp() / fake).log(),
                lambda logit, real, fake: (logit.exp() * (real / fake)).log(),
            )
        ),
        *(
            Mutant(
                way,
                "Right on paper, but the share real / (real + fake) is rounded near 1: take log(real / fake).",
            )
            for way in (
                lambda logit, real, fake: logit - torch.logit(torch.tensor(real / (real + fake))),
                lambda logit, real, fake: logit - torch.tensor(real / (real + fake)).logit(eps=1e-6),
            )
        ),
        Mutant(
            lambda logit, real, fake: torch.sigmoid(logit + _log(fake / real)),
            "That is the best D for equal lots, a probability. Its logit, log p - log q, is asked for.",
        ),
        Mutant(
            lambda logit, real, fake: torch.sigmoid(logit) - _log(real / fake),
            "The logit as it is: log(D / (1 - D)) has no sigmoid in it any more.",
        ),
        Mutant(
            lambda logit, real, fake: F.logsigmoid(logit) + _log(fake / real),
            "logsigmoid is log D. log p - log q follows from log(D / (1 - D)), which is the logit itself.",
        ),
        Mutant(
            lambda logit, real, fake: logit + _log(fake / real) / _log(10.0),
            "log10 is another unit. All logarithms here are natural.",
        ),
        Mutant(
            lambda logit, real, fake: logit + _log(fake / real) / _log(2.0),
            "log2 is another unit. All logarithms here are natural.",
        ),
        Mutant(
            lambda logit, real, fake: _log(real / fake) * torch.ones_like(logit), "The logit is missing: it knows x."
        ),
        Mutant(lambda logit, real, fake: _log(real / fake), "The logit is missing: it knows x."),
        Mutant(
            lambda logit, real, fake: logit + fake / real,
            "In logits a factor becomes the *logarithm* of the factor: + log(fake / real).",
        ),
        Mutant(
            lambda logit, real, fake: logit * _log(fake / real),
            "log p - log q is a sum: the logit *plus* log(fake / real).",
        ),
        Mutant(
            lambda logit, real, fake: logit + _log(fake / (real + fake)), _ONE_SHARE.format("p with real, q with fake")
        ),
        Mutant(
            lambda logit, real, fake: torch.sigmoid(logit) * fake / real,
            "D times a factor is no ratio of densities. The logit is log(D / (1 - D)), and a factor is a term there.",
        ),
        Mutant(
            lambda logit, real, fake: logit + fake - real,
            "The counts enter by their *logarithms*: + log(fake) - log(real).",
        ),
        Mutant(
            lambda logit, real, fake: logit.clamp(-50, 50) + _log(fake / real),
            "A clamp lets D be only so sure; it may be surer. A sum of logarithms needs no clamp.",
        ),
        Mutant(
            lambda logit, real, fake: logit + _log(fake) / _log(real),
            "log(fake / real) is log(fake) *minus* log(real), not divided by it.",
        ),
        Mutant(
            lambda logit, real, fake: logit - (real - fake) / (real + fake),
            "log(real / fake), not a difference of shares: the odds count.",
        ),
    ),
    tolerance=1e-6,
)
