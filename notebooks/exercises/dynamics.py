"""Exercises of notebook 07: a Jacobian, optimistic steps, the largest step, unequal rates, a settled radius."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganutils.teaching import Exercise, Mutant

Field = Callable[[Any, Any], tuple[Any, Any]]
Point = tuple[float, float]


def _uniform(random: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * torch.rand((), generator=random, dtype=torch.float64).item()


def _where_real_stands(random: torch.Generator) -> tuple[float, float]:
    """A place on either side of 0, never at 1 or -1 where powers of it agree, and a penalty, now and then none."""
    sign = -1 if _uniform(random, 0, 1) < 0.5 else 1
    c = sign * (_uniform(random, 0.3, 0.8) if _uniform(random, 0, 1) < 0.5 else _uniform(random, 1.2, 2.5))
    return c, max(0.0, _uniform(random, -0.3, 2))


def _matrix(theta_theta: float, theta_psi: float, psi_theta: float, psi_psi: float) -> Tensor:
    return torch.tensor([[theta_theta, theta_psi], [psi_theta, psi_psi]], dtype=torch.float64)


_TOO_MANY = "The logit is psi x, so c enters D's curvature twice (c squared), and the slopes across not at all."

jacobian = Exercise(
    title="jacobian",
    inputs=_where_real_stands,
    reference=lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - c**2 / 2),
    mutants=(
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma),
            "That is the Jacobian for a real point at 0. At c both logits, psi c and psi theta, change with psi: "
            "D's own "
            "loss is curved in psi now.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -(c**2) / 2),
            "The penalty is missing: R1 adds -gamma psi to psi', and so -gamma to the corner.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - c**2 / 4),
            "One of D's two terms is missing in the corner: softplus(-psi c) and softplus(psi theta) are both "
            "curved at "
            "theta = c (not at theta = 0).",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - c**2 / 8),
            "Too little curvature: softplus curves by 1/4 at 0, not by 1/16; once for real and once for fake.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - c**2),
            "Twice too much curvature: the slope of the sigmoid at 0 is 1/4, once for real and once for fake.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - 2 * c**2),
            "The curvature of softplus at 0 is 1/4, the slope of the sigmoid; you took 1 for it.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - c / 2),
            "Differentiate softplus(psi c) in psi twice: each time a factor c comes out, so c squared.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma - abs(c) / 2),
            "Differentiate softplus(psi c) in psi twice: each time a factor c comes out, so c squared.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma + c**2 / 2),
            "The sign of c^2 / 2: D goes *down* a curved loss, so the curvature brakes, as the penalty does.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, gamma - c**2 / 2),
            "The sign of gamma: D is charged for leaning and goes down, so the penalty brakes.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, gamma + c**2 / 2),
            "The sign of the corner: those are the second derivatives of D's loss, and D goes *down* it.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma / 2 - c**2 / 2),
            "The penalty is gamma / 2 psi^2: its slope is gamma psi, without a half.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -2 * gamma - c**2 / 2),
            "The penalty is gamma / 2 psi^2, *with* the half: its slope is gamma psi.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma * c**2 - c**2 / 2),
            "R1 charges the slope of the logit *in x*. That is psi at every real point, wherever c is.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 1, -1, -gamma - c**2 / 2),
            "Each slope across is the sigmoid at 0, and that is 1/2.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 1, -1, -gamma), "The sigmoid at 0 is 1/2, and D's own loss is curved: see c."
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.25, -0.25, -gamma - c**2 / 2),
            "Across, one derivative has been taken already by the field: the sigmoid itself at 0 is left, 1/2, not its "
            "slope 1/4.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, -0.5, 0.5, -gamma - c**2 / 2),
            "The two players are crossed: G is drawn where the logit rises (+1/2), D leans against the fake (-1/2). Or "
            "rows and columns are swapped.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, 0.5, -gamma - c**2 / 2),
            "Two players who *both* gain would run off together. D pushes back: psi' falls with theta, -1/2.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, -0.5, -0.5, -gamma - c**2 / 2),
            "G is drawn where the logit rises: theta' grows with psi, +1/2.",
        ),
        Mutant(
            lambda c, gamma: _matrix(-gamma - c**2 / 2, -0.5, 0.5, 0),
            "The numbers are right, in the order (psi, theta). Asked for is (theta, psi): G first.",
        ),
        Mutant(
            lambda c, gamma: _matrix(-gamma - c**2 / 2, 0.5, -0.5, 0),
            "The brake is in G's corner. It is D that pays for psi: second row, second column.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, -0.5, 0.5, gamma + c**2 / 2),
            "Those are the derivatives of the losses' slopes. The players go *down*: turn every sign.",
        ),
        Mutant(lambda c, gamma: _matrix(0, 0.5, -0.5 * c, -gamma - c**2 / 2), _TOO_MANY),
        Mutant(lambda c, gamma: _matrix(0, 0.5 * c, -0.5 * c, -gamma - c**2 / 2), _TOO_MANY),
        Mutant(lambda c, gamma: _matrix(0, 0.5 * c, -0.5 * c, -gamma), _TOO_MANY),
        Mutant(
            lambda c, gamma: torch.linalg.eigvals(_matrix(0, 0.5, -0.5, -gamma - c**2 / 2)),
            "Those are its eigenvalues. The matrix itself is asked for.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, -gamma / 2 - c**2 / 4),
            "That is the real part of the eigenvalues, half the trace. The corner itself is the trace: twice that.",
        ),
        Mutant(
            lambda c, gamma: _matrix(0, 0.5, -0.5, 0),
            "That is the bare game at 0: neither the penalty nor the place of the real point is in it.",
        ),
    ),
)


def _some_game(random: torch.Generator) -> tuple[Field, Point, float, int]:
    """A field that turns, stretches and bends, so that no linear short cut agrees; and how to walk in it."""
    a, b, c, d = (_uniform(random, 0.4, 1.2) for _ in range(4))

    def field(x: Any, y: Any) -> tuple[Any, Any]:
        return -a * y - 0.2 * c * x * x * x, b * x - 0.1 * d * y + 0.15 * x * y

    steps = 1 + int(_uniform(random, 0, 12))  # a single step too
    return field, (_uniform(random, 0.5, 1.5), _uniform(random, -1.5, -0.5)), _uniform(random, 0.05, 0.3), steps


def _walk(
    field: Field, start: Point, h: float, steps: int, *, now: float = 2.0, last: float = -1.0, first: float = 1.0,
    frozen: bool = False,
) -> Point:  # fmt: skip
    """Steps along now * v_n + last * v_(n - 1); `first` scales the arrow before the first one."""
    x, y = start
    before = tuple(first * part for part in field(x, y))
    for _ in range(steps):
        v = field(x, y)
        x, y = x + h * (now * v[0] + last * before[0]), y + h * (now * v[1] + last * before[1])
        before = before if frozen else v
    return x, y


def _path(field: Field, start: Point, h: float, steps: int) -> list[Point]:
    return [_walk(field, start, h, count) for count in range(steps + 1)]


def _extragradient(field: Field, start: Point, h: float, steps: int) -> Point:
    x, y = start
    for _ in range(steps):
        v = field(x, y)
        v = field(x + h * v[0], y + h * v[1])
        x, y = x + h * v[0], y + h * v[1]
    return x, y


def _alternating(field: Field, start: Point, h: float, steps: int, *, optimistic: bool, first: int = 0) -> Point:
    s = list(start)
    before = list(field(*s))
    for _ in range(steps):
        for player in (first, 1 - first):
            v = field(*s)[player]
            s[player] += h * (2 * v - before[player]) if optimistic else h * v
            before[player] = v
    return s[0], s[1]


def _reflected(field: Field, start: Point, h: float, steps: int) -> Point:
    """The field at 2 s_n - s_(n - 1) instead of 2 v_n - v_(n - 1): the same on a linear field only."""
    (x, y), (p, q) = start, start
    for _ in range(steps):
        v = field(2 * x - p, 2 * y - q)
        (x, y), (p, q) = (x + h * v[0], y + h * v[1]), (x, y)
    return x, y


def _old_values_lost(field: Field, start: Point, h: float, steps: int) -> Point:
    """x is moved before y has looked."""
    x, y = start
    last = field(x, y)
    for _ in range(steps):
        x_now = field(x, y)[0]
        x = x + h * (2 * x_now - last[0])
        y_now = field(x, y)[1]
        y = y + h * (2 * y_now - last[1])
        last = (x_now, y_now)
    return x, y


def _h_on_one_arrow(field: Field, start: Point, h: float, steps: int) -> Point:
    """s + h * 2 * v_n - v_(n - 1), without the brackets."""
    x, y = start
    last = field(x, y)
    for _ in range(steps):
        now = field(x, y)
        x, y = x + h * 2 * now[0] - last[0], y + h * 2 * now[1] - last[1]
        last = now
    return x, y


def _with_momentum(field: Field, start: Point, h: float, steps: int) -> Point:
    (x, y), (p, q) = start, start
    for _ in range(steps):
        v = field(x, y)
        (x, y), (p, q) = (x + h * v[0] + (x - p), y + h * v[1] + (y - q)), (x, y)
    return x, y


def _only_last(field: Field, start: Point, h: float, steps: int) -> Point:
    return _walk(field, start, h, steps, now=0.0, last=1.0)


def _past_extragradient(field: Field, start: Point, h: float, steps: int) -> Point:
    """Extragradient that looks ahead along the arrow it saw last time."""
    x, y = start
    v = field(x, y)
    for _ in range(steps):
        v = field(x + h * v[0], y + h * v[1])
        x, y = x + h * v[0], y + h * v[1]
    return x, y


def _moves_remembered(field: Field, start: Point, h: float, steps: int) -> Point:
    """What is remembered is the whole arrow that was walked along."""
    x, y = start
    last = field(x, y)
    for _ in range(steps):
        now = field(x, y)
        last = 2 * now[0] - last[0], 2 * now[1] - last[1]
        x, y = x + h * last[0], y + h * last[1]
    return x, y


def _looks_again(field: Field, start: Point, h: float, steps: int, *, first: int, again: bool) -> Point:
    """The second player looks after the first has moved; remembered is the first look, or another `again`."""
    s = list(start)
    last = field(*s)
    for _ in range(steps):
        now = field(*s)
        s[first] += h * (2 * now[first] - last[first])
        then = field(*s)
        s[1 - first] += h * (2 * then[1 - first] - last[1 - first])
        last = then if again else now
    return s[0], s[1]


_X_FIRST = (
    "You move one player before the other has looked. Here both move at once: compute both parts of the arrow from the "
    "old x and y."
)

optimistic = Exercise(
    title="optimistic",
    inputs=_some_game,
    reference=_walk,
    mutants=(
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, now=1.0, last=0.0),
            "Those are plain simultaneous steps. Is the remembered arrow overwritten *before* it is used? Then "
            "2v - v is v.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, frozen=True),
            "You subtract the arrow of the very start at every step: remember the new one at the end of each round.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, last=1.0),
            "Minus the last arrow: 2 v_n - v_(n-1) looks ahead, a sum looks back.",
        ),
        Mutant(
            lambda f, s, h, n: s,
            "It never moves. Are the new x and y kept from round to round? And v_n - v_(n-1) is 0 at the start "
            "and stays "
            "0: the present arrow counts *twice*.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, now=1.0, last=-2.0),
            "The 2 belongs to the present arrow, not to the last one.",
        ),
        Mutant(
            _h_on_one_arrow,
            "h multiplies the whole combination: put 2 v_n - v_(n-1) in brackets.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, now=-1.0, last=2.0),
            "Present and last are exchanged: twice the present arrow, minus the last.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, now=1.5, last=-0.5),
            "1.5 and -0.5 is another method (Adams and Bashforth), which follows the circle. Here it is 2 and -1.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, now=1.0, last=1.0),
            "You add the last arrow, as momentum does. Optimistic is twice the present one *minus* the last.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h, n, first=0.0),
            "For the first step the arrow before is not zero: v_(-1) = v_0, so the first step is a plain one.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, -h, n),
            "The field says where the players *go*: add h times it. Only slopes of losses are subtracted.",
        ),
        Mutant(
            lambda f, s, h, n: _walk(f, s, h / 2, n), "Steps of half the size: 2 v_n - v_(n-1) is not to be halved."
        ),
        Mutant(_extragradient, "That is extragradient, which asks the field twice a step. Use the remembered arrow."),
        *(
            Mutant(lambda f, s, h, n, first=first: _alternating(f, s, h, n, optimistic=True, first=first), _X_FIRST)
            for first in (0, 1)
        ),
        Mutant(_old_values_lost, _X_FIRST),
        *(
            Mutant(lambda f, s, h, n, one=one, two=two: _looks_again(f, s, h, n, first=one, again=two), _X_FIRST)
            for one in (0, 1)
            for two in (False, True)
        ),
        *(
            Mutant(
                lambda f, s, h, n, first=first: _alternating(f, s, h, n, optimistic=False, first=first),
                "Those are plain alternating steps. Both move at once here, along 2 v_n - v_(n-1).",
            )
            for first in (0, 1)
        ),
        Mutant(
            _reflected,
            "You look at the field in the place 2 s_n - s_(n-1). Asked for is 2 v_n - v_(n-1): combine *arrows*.",
        ),
        Mutant(
            _past_extragradient,
            "That is a cousin, past extragradient: it asks the field at the place *ahead*. Here it is asked where the "
            "players stand, and two arrows are combined.",
        ),
        Mutant(
            _moves_remembered,
            "You remember the combined arrow, 2 v_n - v_(n-1). v_(n-1) is the field itself, as it was a step before.",
        ),
        Mutant(_with_momentum, "You add the last *move*. What is remembered is the last arrow of the field."),
        Mutant(_only_last, "You step along the last arrow alone: 2 v_n is missing."),
        Mutant(_path, "That is the whole path. Only its end is asked for."),
        Mutant(lambda f, s, h, n: _walk(f, s, h, n + 1), "One step too many."),
        Mutant(lambda f, s, h, n: _walk(f, s, h, n - 1), "One step too few."),
        Mutant(lambda f, s, h, n: _walk(f, s, h, 1), "That is one step. A return inside the loop ends it at once."),
        Mutant(lambda f, s, h, n: f(*_walk(f, s, h, n)), "That is the arrow at the end; the place is asked for."),
    ),
)


def _some_penalty(random: torch.Generator) -> tuple[float]:
    """Weak, critical, strong and much too strong, equally often."""
    kind = int(_uniform(random, 0, 5))
    return ((0.0, 1.0)[int(_uniform(random, 0, 2))] if kind == 0 else _uniform(
        random, *((0.02, 0.48), (0.52, 0.98), (1.02, 3.0), (3.0, 40.0))[kind - 1]
    ),)  # fmt: skip


def _at_the_border(output: Any, a: float, b: float, gamma: float) -> bool:
    """Whether one step with these rates neither lets the pair in nor out; true of everything that is no number."""
    if not (isinstance(output, int | float) or (isinstance(output, Tensor) and output.numel() == 1)):
        return True
    step = torch.tensor([[1, float(a) / 2], [-float(b) / 2, 1 - float(b) * gamma]], dtype=torch.float64)
    return not step.isfinite().all() or abs(torch.linalg.eigvals(step).abs().max().item() - 1) < 1e-2


_BORDER = "Try it: at the border the larger eigenvalue of one step's matrix has length 1; with your answer it has not."


def _root(gamma: float) -> float:
    return math.sqrt(max(0.0, gamma**2 - 1))


def _steps(weak: Callable[[float], float], strong: Callable[[float], float]) -> Callable[[float], float]:
    return lambda gamma: weak(gamma) if gamma <= 1 else strong(gamma)


def _four(gamma: float) -> float:
    return 4 * gamma


def _strong(gamma: float) -> float:
    return 4 / (gamma + _root(gamma))


_FIELD_OF_ONE = "Your eigenvalues turn too fast: the slopes across are 1/2, so lambda^2 + gamma lambda + 1/4 = 0."
_UNDER_THE_ROOT = (
    "Beyond gamma = 1: look again at what stands under the root. lambda = -gamma / 2 - root(gamma^2 / 4 - 1/4), and "
    "with the 1/2 drawn out, -(gamma + root(gamma^2 - 1)) / 2; for complex eigenvalues another case."
)
_ONLY_REAL_PART = (
    "Where the eigenvalues are complex, 2 / |real part| lets the radius grow: the turning pushes outwards too. Ask for "
    "|1 + h lambda| < 1 with both parts."
)

largest_step = Exercise(
    title="largest_step",
    inputs=_some_penalty,
    reference=_steps(_four, _strong),
    tolerance=1e-3,
    properties=((_BORDER, lambda output, gamma: _at_the_border(output, output, output, gamma)),),
    mutants=(
        Mutant(
            _four,
            "Right while the eigenvalues are complex. Beyond gamma = 1 they are real, and the one further left leaves "
            "the circle first.",
        ),
        Mutant(
            lambda gamma: min(4 * gamma, 4),
            "Right up to gamma = 1. Beyond, the largest step *falls*: the left eigenvalue runs away, and h < 2 / "
            "|lambda|.",
        ),
        Mutant(
            lambda gamma: max(4 * gamma, 4) if gamma > 1 else 4 * gamma,
            "Right while the eigenvalues are complex. Beyond gamma = 1 they are real, and the one further left leaves "
            "the circle first.",
        ),
        Mutant(
            _steps(_four, lambda gamma: 4 / (gamma - _root(gamma))),
            "Beyond gamma = 1 you used the slow eigenvalue. The *other* one, further left, leaves the circle first.",
        ),
        Mutant(
            _steps(_four, lambda gamma: 2 / (gamma + _root(gamma))),
            "Beyond gamma = 1 you stop at 1 / |lambda|, where the fast direction is gone in one step. It may overshoot "
            "up to 2 / |lambda|.",
        ),
        Mutant(
            _steps(_four, lambda gamma: 8 / (gamma + _root(gamma))),
            "Beyond gamma = 1 it is twice too large: the eigenvalue is (gamma + root) / 2, and h < 2 / that.",
        ),
        Mutant(
            _steps(_four, lambda gamma: 4 / gamma),
            "Beyond gamma = 1 you used the mean of the two eigenvalues, -gamma / 2. The left one is further out.",
        ),
        Mutant(
            _steps(_four, lambda gamma: 2 / gamma),
            "Close for a very large gamma only, where the left eigenvalue is near -gamma. Take the eigenvalue itself.",
        ),
        *(
            Mutant(
                answer,
                "8 gamma is twice too large: |1 + h lambda|^2 = 1 - h gamma + h^2 / 4 is below 1 for h < 4 gamma. And "
                "beyond gamma = 1 the eigenvalues are real, a case of its own.",
            )
            for answer in (_steps(lambda gamma: 8 * gamma, _strong), lambda gamma: 8 * gamma)
        ),
        Mutant(
            _steps(lambda gamma: 2 * gamma, _strong),
            "The weak case is off by 2: |lambda|^2 = 1/4, so 1 - h gamma + h^2 / 4 < 1.",
        ),
        Mutant(
            _steps(lambda gamma: gamma, _strong),
            "The weak case: |lambda|^2 is 1/4, not 1, so 1 - h gamma + h^2 / 4 < 1.",
        ),
        Mutant(
            _steps(lambda gamma: 4 / gamma if gamma else math.inf, _strong),
            _ONLY_REAL_PART,
        ),
        *(
            Mutant(answer, _ONLY_REAL_PART)
            for answer in (
                lambda gamma: 4 / gamma if gamma else math.inf,
                lambda gamma: 4 / gamma,
                lambda gamma: 4 / gamma if gamma else 0.0,
            )
        ),
        *(
            Mutant(
                answer,
                "2 / gamma would be the bound if D's corner, -gamma, were an eigenvalue. The two players are coupled: "
                "take lambda = -gamma / 2 +- ..., and both cases of it.",
            )
            for answer in (
                lambda gamma: 2 / gamma if gamma else math.inf,
                lambda gamma: 2 / gamma,
                lambda gamma: 2 / gamma if gamma else 0.0,
            )
        ),
        Mutant(
            _steps(lambda gamma: 4.0, _strong),
            "2 / |lambda| is right for real eigenvalues. For complex ones the turning pushes outwards: |1 + h "
            "lambda|^2 "
            "= 1 - h gamma + h^2 / 4.",
        ),
        Mutant(
            _steps(lambda gamma: 2.0, lambda gamma: 2 / (gamma + _root(gamma))),
            "|h lambda| < 1 is not the question; |1 + h lambda| < 1 is.",
        ),
        Mutant(
            lambda gamma: 4 * gamma if gamma <= 0.5 else 4 / (gamma + _root(gamma)),
            "The two cases meet where the root is 0: gamma^2 / 4 = 1/4, at gamma = 1.",
        ),
        Mutant(
            lambda gamma: gamma if gamma <= 2 else 4 / (gamma + math.sqrt(gamma**2 - 4)),
            _FIELD_OF_ONE,
        ),
        *(
            Mutant(_steps(_four, strong), _UNDER_THE_ROOT)
            for strong in (
                lambda gamma: 4 / (gamma + math.sqrt(gamma**2 / 4 - 1)),
                lambda gamma: 4 / (gamma + math.sqrt(max(0.0, gamma**2 / 4 - 1))),
                lambda gamma: 2 / (gamma / 2 + math.sqrt(gamma**2 / 4 - 1)),
                lambda gamma: 2 / (gamma / 2 + math.sqrt(max(0.0, gamma**2 / 4 - 1))),
                lambda gamma: 4 / (gamma + math.sqrt(gamma**2 / 4 - 1 / 4)),
                lambda gamma: 2 / (gamma / 2 + math.sqrt(gamma**2 - 1)),
                lambda gamma: 4 / (gamma + math.sqrt(gamma**2 + 1)),
                lambda gamma: 2 / (gamma / 2 + math.sqrt(gamma**2 / 4 + 1)),
            )
        ),
        Mutant(
            lambda gamma: 4 / (gamma + math.sqrt(gamma**2 + 1)),
            _UNDER_THE_ROOT,
        ),
        Mutant(
            _steps(lambda gamma: gamma / 4, _strong),
            "The weak case is upside down: h^2 / 4 < h gamma gives h < 4 gamma.",
        ),
        Mutant(
            _steps(_four, lambda gamma: (gamma + _root(gamma)) / 2),
            "Beyond gamma = 1 that is the size of the eigenvalue. The step is 2 divided by it.",
        ),
        Mutant(
            lambda gamma: 4 / (gamma + math.sqrt(gamma**2 - 1)),
            "Right from gamma = 1 on. Below, the root is of something negative: the eigenvalues are complex, a case of "
            "its own.",
        ),
        Mutant(lambda gamma: 0.0, "Some step is small enough whenever gamma is above 0."),
        Mutant(lambda gamma: math.inf, "Large steps overshoot, also with a penalty."),
        Mutant(
            _steps(lambda gamma: math.nan, _strong),
            "For gamma below 1 the root of something negative gives nan: there the eigenvalues are complex, a case of "
            "its own.",
        ),
    ),
)


def _rate_and_penalty(random: torch.Generator) -> tuple[float, float]:
    """G's rate below and above 4 gamma, now and then without a penalty."""
    kind, gamma = int(_uniform(random, 0, 4)), _uniform(random, 0.1, 3)
    if kind == 0:
        gamma = gamma if _uniform(random, 0, 1) < 0.7 else 0.0
        return (4 * gamma * _uniform(random, 1.1, 1.7) if gamma else _uniform(random, 0.1, 1)), gamma
    return 4 * gamma * _uniform(random, *((0.03, 0.3), (0.3, 0.6), (0.6, 0.9))[kind - 1]), gamma


def _where_it_can(rate: Callable[[float, float], float], most: float = 4.0) -> Callable[[float, float], float]:
    return lambda a, gamma: rate(a, gamma) if a < most * gamma else 0.0


def _fastest(a: float, gamma: float) -> float:
    return 16 / (8 * gamma - a)


_BOTH_AT_ONCE = "That is for alternating steps, whose determinant is 1 - b gamma. Here it is 1 - b gamma + a b / 4."
_TRACE_TOO = "4 gamma bounds G's rate a. What bounds D's: 1 + tr M + det M > 0, with tr M = 2 - b gamma."

unequal_rates = Exercise(
    title="unequal_rates",
    inputs=_rate_and_penalty,
    reference=_where_it_can(_fastest),
    tolerance=1e-3,
    properties=((_BORDER, lambda output, a, gamma: _at_the_border(output, a, output, gamma)),),
    mutants=(
        Mutant(
            _fastest,
            "Right where D has a rate that arrives. The determinant 1 - b gamma + a b / 4 must be below 1 too: where "
            "a is 4 gamma or more, no b helps.",
        ),
        Mutant(
            lambda a, gamma: max(0.0, _fastest(a, gamma)),
            "Right where D has a rate that arrives. The determinant 1 - b gamma + a b / 4 must be below 1 too: where "
            "a is 4 gamma or more, no b helps.",
        ),
        *(
            Mutant(
                _where_it_can(_fastest, most=most),
                "The rate is right; the line where D has one is not. det M = 1 - b gamma + a b / 4 is below 1 for "
                "a < 4 gamma.",
            )
            for most in (1.0, 2.0)
        ),
        *(
            Mutant(answer, _BOTH_AT_ONCE)
            for answer in (
                lambda a, gamma: 16 / (8 * gamma + a),
                _where_it_can(lambda a, gamma: 16 / (8 * gamma + a)),
            )
        ),
        *(
            Mutant(answer, "That is for one rate of both, the exercise before. Here a is given, and b is asked for.")
            for answer in (
                lambda a, gamma: 4 * gamma if gamma <= 1 else _strong(gamma),
                _where_it_can(lambda a, gamma: 4 * gamma if gamma <= 1 else _strong(gamma)),
            )
        ),
        Mutant(lambda a, gamma: 4 * gamma, _TRACE_TOO),
        Mutant(_where_it_can(lambda a, gamma: 4 * gamma), _TRACE_TOO),
        *(
            Mutant(
                answer,
                "That is D alone, |1 - b gamma| < 1. The players are coupled: a b / 4 stands in the determinant.",
            )
            for answer in (
                _where_it_can(lambda a, gamma: 2 / gamma),
                lambda a, gamma: 2 / gamma,
                lambda a, gamma: 2 / gamma if gamma else math.inf,
                lambda a, gamma: 2 / gamma if gamma else 0.0,
            )
        ),
        *(
            Mutant(
                answer,
                "4 / gamma makes the trace larger than -2. The determinant counts too: tr M > -1 - det M.",
            )
            for answer in (
                _where_it_can(lambda a, gamma: 4 / gamma),
                lambda a, gamma: 4 / gamma,
                lambda a, gamma: 4 / gamma if gamma else math.inf,
                lambda a, gamma: 4 / gamma if gamma else 0.0,
            )
        ),
        *(
            Mutant(
                answer,
                "D's rate b multiplies D's whole row, the penalty too: the corner is 1 - b gamma.",
            )
            for answer in (lambda a, gamma: 4 * gamma / a, _where_it_can(lambda a, gamma: 4 * gamma / a))
        ),
        *(
            Mutant(
                answer,
                "The slopes across are 1/2 each, so the determinant has a b / 4 in it, not a b.",
            )
            for answer in (
                _where_it_can(lambda a, gamma: 4 / (2 * gamma - a), most=1.0),
                lambda a, gamma: 4 / (2 * gamma - a),
            )
        ),
        *(
            Mutant(answer, "det M holds a b / 4: the two slopes across multiply, and 1/2 times 1/2 is 1/4, not 1/2.")
            for answer in (
                _where_it_can(lambda a, gamma: 8 / (4 * gamma - a)),
                _where_it_can(lambda a, gamma: 8 / (4 * gamma - a), most=2.0),
                lambda a, gamma: 8 / (4 * gamma - a),
            )
        ),
        *(
            Mutant(
                answer,
                "tr M = 2 - b gamma and det M = 1 - b gamma + a b / 4: in 1 + tr M + det M > 0 the penalty counts "
                "twice, -2 b gamma.",
            )
            for answer in (
                _where_it_can(lambda a, gamma: 16 / (4 * gamma - a)),
                lambda a, gamma: 16 / (4 * gamma - a),
            )
        ),
        Mutant(
            lambda a, gamma: math.inf if a < 4 * gamma else 0.0,
            "det M < 1 gives a < 4 gamma, and b drops out. The other side, tr M > -1 - det M, bounds b.",
        ),
        Mutant(
            lambda a, gamma: a < 4 * gamma,
            "That says whether some rate of D arrives. The largest such rate is asked for.",
        ),
        Mutant(lambda a, gamma: 0.0, "Some rate of D arrives whenever a is below 4 gamma."),
        Mutant(lambda a, gamma: math.inf, "A D that is too fast overshoots, whatever a is."),
    ),
)


def _weak_penalty(random: torch.Generator) -> tuple[float, float]:
    """A step, and no penalty, one that is too weak to stop the circling, or one that is just strong enough."""
    h, kind = _uniform(random, 0.02, 0.2), int(_uniform(random, 0, 4))
    return h, h / 4 * _uniform(random, *((0.0, 0.0), (1.5, 3), (0.2, 0.45), (0.45, 0.8))[kind])


def _settled(step: float, brake: float) -> Callable[[float, float], float]:
    return lambda h, gamma: math.sqrt(max(0.0, step * h - brake * gamma))


def _walked(h: float, gamma: float, steps: int) -> float:
    """The radius after some steps of the game itself, from the notebook's start."""
    theta, psi = 1.0, 1.0
    for _ in range(steps):
        pull = 0.5 * (1 + math.tanh(-theta * psi / 2))
        theta, psi = theta + h * psi * pull, psi - h * (theta * (1 - pull) + gamma * psi)
    return math.hypot(theta, psi)


def _stopped_early(h: float, gamma: float) -> float:
    """The radius at the first step that hardly changes it."""
    theta, psi, radius = 1.0, 1.0, math.sqrt(2)
    for _ in range(10_000):
        pull = 0.5 * (1 + math.tanh(-theta * psi / 2))
        theta, psi = theta + h * psi * pull, psi - h * (theta * (1 - pull) + gamma * psi)
        before, radius = radius, math.hypot(theta, psi)
        if abs(radius - before) < 1e-6:
            break
    return radius


settled_radius = Exercise(
    title="settled_radius",
    inputs=_weak_penalty,
    reference=_settled(2, 8),
    tolerance=0.02,
    mutants=(
        Mutant(
            _stopped_early,
            "That is where the walk nearly stands still for *one* step, at the start of a circle too. Compare the mean "
            "radius of one turn with that of the turn before.",
        ),
        Mutant(
            _settled(2, 0),
            "That is without the penalty. R1 adds -2 gamma psi^2 to the change of r^2: what is that on average "
            "over a turn?",
        ),
        Mutant(
            lambda h, gamma: 0.0,
            "It does not come to rest for every gamma: run 2,000 steps with a very weak one, and look.",
        ),
        Mutant(
            lambda h, gamma: math.sqrt(2 * h) if gamma < h / 4 else 0.0,
            "Right without a penalty, and where it comes to rest. In between the penalty makes the circle *smaller*.",
        ),
        Mutant(
            lambda h, gamma: 0.0 if gamma > 0 else math.sqrt(2 * h),
            "A penalty that is weaker than h / 4 does not stop the circling: it makes the circle smaller.",
        ),
        Mutant(
            lambda h, gamma: max(0.0, 2 * h - 8 * gamma),
            "That is r^2. The root is missing.",
        ),
        Mutant(
            _settled(2, 4),
            "Half the brake: the change of *r^2* is 2 psi psi', so R1 adds -2 gamma psi^2, on average -gamma r^2.",
        ),
        Mutant(
            _settled(2, 16),
            "Twice the brake: psi^2 is r^2 only at the top of the circle. On average over a turn it is r^2 / 2.",
        ),
        Mutant(
            lambda h, gamma: math.sqrt(abs(2 * h - 8 * gamma)),
            "Where 2h - 8 gamma is negative nothing balances: then it comes to rest, at radius 0.",
        ),
        Mutant(
            _settled(2, -8),
            "The sign: a penalty brakes, so the circle becomes smaller.",
        ),
        Mutant(
            lambda h, gamma: max(0.0, math.sqrt(2 * h) - math.sqrt(8 * gamma)),
            "The balance is in r^2: subtract under the root.",
        ),
        Mutant(
            lambda h, gamma: max(0.0, math.sqrt(2 * h) - 8 * gamma),
            "The balance is in r^2: subtract under the root.",
        ),
        Mutant(
            _settled(2, 1),
            "The balance r^4 / 8 + gamma r^2 = h r^2 / 4, solved for r^2: the 8 goes to gamma too.",
        ),
        Mutant(
            _settled(2, 2),
            "The penalty's part must be multiplied by 8 as well: r^4 / 8 + gamma r^2 = h r^2 / 4.",
        ),
        Mutant(
            _settled(1, 4),
            "Everything is too small by the root of 2: the mean of sin^2(2 phi) is 1/2, and r^4 / 8 is left.",
        ),
        Mutant(
            _settled(1, 8),
            "The step's part is too small: h |v|^2 with |v| = r / 2 gives h r^2 / 4.",
        ),
        Mutant(
            _settled(4, 8),
            "The step's part is too large: h |v|^2 with |v| = r / 2 gives h r^2 / 4.",
        ),
        Mutant(
            _settled(8, 8),
            "The arrow near the centre has length r / 2, not r: each step adds h^2 r^2 / 4.",
        ),
        Mutant(
            lambda h, gamma: math.sqrt(2 * h) * max(0.0, 1 - 4 * gamma / h),
            "It reaches 0 at the right gamma, but on a straight line. Solve the balance for r^2, then take the root.",
        ),
        Mutant(
            lambda h, gamma: math.sqrt(2),
            "That is where it started. It moves from there, inwards or outwards, to a circle of its own.",
        ),
        Mutant(
            lambda h, gamma: math.nan if 2 * h < 8 * gamma else math.sqrt(2 * h - 8 * gamma),
            "Where 2h - 8 gamma is negative the root is nan. There nothing balances: it comes to rest, at radius 0.",
        ),
        Mutant(
            lambda h, gamma: math.sqrt(2 * h - 8 * gamma),
            "Right where the circle survives. Where 2h - 8 gamma is negative nothing balances: it comes to rest, at "
            "radius 0.",
        ),
        *(
            Mutant(
                answer,
                "The balance r^4 / 8 + gamma r^2 = h r^2 / 4: divided by r^2 it is r^2 / 8 = h / 4 - gamma. The 8 is "
                "missing.",
            )
            for answer in (_settled(0.25, 1), lambda h, gamma: math.sqrt(h / 4 - gamma))
        ),
        *(
            Mutant(
                lambda h, gamma, steps=steps: _walked(h, gamma, steps),
                "That is where the pair is after some steps. Close to gamma = h / 4 the way is long, and with small "
                "steps longer: derive the radius.",
            )
            for steps in (500, 1000, 2000, 3000, 4000, 5000)
        ),
        Mutant(
            lambda h, gamma: math.inf, "It does not diverge: the non-saturating loss damps. Run 2,000 steps and look."
        ),
    ),
)
