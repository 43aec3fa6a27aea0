"""Exercises of notebook 11: how far in, slower on purpose, deviation in groups, share of the detail, share of work."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _whole(random: torch.Generator, low: int, high: int) -> int:
    return int(torch.randint(low, high, (1,), generator=random).item())


def _uniform(random: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(1, generator=random, dtype=torch.float64).item())


def _normal(random: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=random, dtype=torch.float64)


# --- how far in


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2)


def _mixture(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """A mixture with a little noise; old and new are related, as two ways of one network are."""
    n, side = _whole(random, 2, 4), 2 * _whole(random, 1, 3)
    old = _normal(random, n, 3, side, side) + 0.7  # what they have in common does not average out
    new = _up(old) * _uniform(random, 0.2, 0.9) + _normal(random, n, 3, 2 * side, 2 * side) * 0.6 - 0.2
    alpha = (0.0, 1.0)[_whole(random, 0, 2)] if _uniform(random, 0, 1) < 0.15 else _uniform(random, 0.05, 0.95)
    y = (1 - alpha) * _up(old) + alpha * new
    return y + 0.1 * _normal(random, *y.shape), old, new


def _least_squares(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum() / (b * b).sum()


def _shares(y: Tensor, old: Tensor, new: Tensor) -> tuple[Tensor, Tensor]:
    return y - _up(old), new - _up(old)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum() / (a.norm() * b.norm())


def _bilinear(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear")


def _each(y: Tensor, old: Tensor, new: Tensor) -> Tensor:
    a, b = _shares(y, old, new)
    return (a * b).flatten(1).sum(1) / b.square().flatten(1).sum(1)


alpha_of = Exercise(
    title="alpha_of",
    inputs=_mixture,
    reference=lambda y, old, new: _least_squares(*_shares(y, old, new)),
    mutants=(
        Mutant(
            lambda y, old, new: torch.linalg.lstsq(
                torch.stack([_up(old).flatten(), new.flatten()], dim=1), y.flatten()[:, None]
            ).solution[1, 0],
            "Two free shares, of the old way and of the new. They add up to 1: one number explains both, and noise has "
            "less to play with.",
        ),
        Mutant(
            lambda y, old, new: (
                (_shares(y, old, new)[0] * _shares(y, old, new)[1]).sum() / _shares(y, old, new)[1].norm()
            ),
            "That is how far a reaches along b, in lengths. As a *share* of b it is once more divided by b's length: "
            "⟨a, b⟩ / ⟨b, b⟩.",
        ),
        Mutant(
            lambda y, old, new: (_shares(y, old, new)[0] / _shares(y, old, new)[1]).mean(),
            "You divide pixel by pixel and average. Where both ways agree you divide by almost nothing, and the noise "
            "decides. One α for all: products first, then the sums, then one division.",
        ),
        Mutant(
            lambda y, old, new: (_shares(y, old, new)[0] / _shares(y, old, new)[1]).median(),
            "The median of the quotients of pixels is steadier than their mean, but it is not the α with the smallest "
            "sum of squares: ⟨a, b⟩ / ⟨b, b⟩.",
        ),
        Mutant(
            lambda y, old, new: _shares(y, old, new)[0].sum() / _shares(y, old, new)[1].sum(),
            "You compare the sums of the pixels, so pixels that change upwards and downwards cancel. Multiply by b "
            "before you add up.",
        ),
        Mutant(
            lambda y, old, new: _shares(y, old, new)[0].norm() / _shares(y, old, new)[1].norm(),
            "The quotient of two lengths: noise in y makes its length larger whatever its direction. How much of a "
            "points *along* b? That takes their product.",
        ),
        Mutant(
            lambda y, old, new: _shares(y, old, new)[0].std() / _shares(y, old, new)[1].std(),
            "The quotient of two deviations: noise in y makes its own larger whatever its direction, and the means are "
            "lost. How much of a points *along* b? That takes their product.",
        ),
        Mutant(
            lambda y, old, new: torch.corrcoef(torch.stack([x.flatten() for x in _shares(y, old, new)]))[0, 1],
            "A correlation says whether two go together, not how far one goes (it is 1 for every α without noise). "
            "Needed is ⟨a, b⟩ over ⟨b, b⟩, of the differences as they are.",
        ),
        Mutant(
            lambda y, old, new: _each(y, old, new).median(),
            "The median of one α for each picture. All of them come from one network at one moment: sum over "
            "everything, then divide once.",
        ),
        Mutant(
            lambda y, old, new: _shares(y, old, new)[0].square().sum() / _shares(y, old, new)[1].square().sum(),
            "That is a quotient of two squared lengths, about α². Needed is ⟨a, b⟩ over ⟨b, b⟩.",
        ),
        Mutant(
            lambda y, old, new: _shares(y, old, new)[0].abs().sum() / _shares(y, old, new)[1].abs().sum(),
            "With absolute values noise counts as change, and it always adds. Products keep the sign: noise then "
            "averages out.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(y, new - _up(old)),
            "The old way is still in y. Take it off first: y - up(old) is α times the difference of both ways.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(y - _up(old), new),
            "You measure along `new`. What α multiplies is the way from the old picture to the new one, new - up(old).",
        ),
        Mutant(
            lambda y, old, new: _least_squares(y, new),
            "That is how much of `new` is in y as if there were nothing else in it. Take up(old) off both.",
        ),
        Mutant(
            lambda y, old, new: _cosine(y, new),
            "That is a cosine, how alike two pictures look. α is a share: ⟨a, b⟩ / ⟨b, b⟩ with a = y - up(old), "
            "b = new - up(old).",
        ),
        Mutant(
            lambda y, old, new: _cosine(*_shares(y, old, new)),
            "A cosine says whether two point the same way, not how far one goes. Divide by the square of b's length "
            "alone.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(y - new, _up(old) - new),
            "That is 1 - α: how much of the *old* way is left.",
        ),
        Mutant(
            lambda y, old, new: 1 / _least_squares(*reversed(_shares(y, old, new))),
            "⟨a, b⟩ belongs above and ⟨b, b⟩ below. With ⟨a, a⟩ / ⟨a, b⟩ the noise of y is squared and counted in.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(*reversed(_shares(y, old, new))),
            "Turned round: you ask how much of b is in a. a is α times b, so divide by ⟨b, b⟩.",
        ),
        Mutant(
            _each,
            "One α for each picture. All of them come from one network at one moment: one number is asked for, so the "
            "sums go over everything.",
        ),
        Mutant(
            lambda y, old, new: _each(y, old, new).mean(),
            "The mean of one α for each picture. Pictures in which both ways nearly agree say little and count as "
            "much. Sum over everything, then divide once.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(y - _bilinear(old), new - _bilinear(old)),
            "You enlarge bilinearly. These networks repeat pixels: F.interpolate(old, scale_factor=2).",
        ),
        Mutant(
            lambda y, old, new: _least_squares(F.avg_pool2d(y, 2) - old, F.avg_pool2d(new, 2) - old),
            "You make y and new small instead of old large, and lose all the detail, which says most about α. Enlarge "
            "`old`.",
        ),
        Mutant(
            lambda y, old, new: (_least_squares(*_shares(y, old, new)) * 10).round() / 10,
            "Rounded, or tried in steps: the best α has a closed form.",
        ),
        Mutant(
            lambda y, old, new: min(
                torch.linspace(0, 1, 101, dtype=torch.float64),
                key=lambda alpha: (y - (1 - alpha) * _up(old) - alpha * new).square().sum(),
            ),
            "Tried in steps of 0.01: nearly. The best α has a closed form, ⟨a, b⟩ / ⟨b, b⟩.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(*(x - x.mean() for x in _shares(y, old, new))),
            "You take the means off first, as a line with an intercept does. But all of y - up(old) is α times the "
            "difference, its mean too.",
        ),
        Mutant(
            lambda y, old, new: torch.stack(
                [_least_squares(*(x[:, c] for x in _shares(y, old, new))) for c in range(3)]
            ).mean(),
            "The mean of one α for each colour. Sum over everything, then divide once.",
        ),
        Mutant(
            lambda y, old, new: _least_squares(*_shares(y, old, new)).clamp(0, 1),
            "You cut the answer off at 0 and 1. With noise the best fit may lie a little outside; it is asked for.",
        ),
        Mutant(
            lambda y, old, new: (y - (_up(old) + new) / 2).square().mean(),
            "That is an error for one α. Which α makes it smallest?",
        ),
    ),
    trials=40,
)


# --- slower on purpose


def _stored(random: torch.Generator) -> tuple[Tensor, Tensor, float]:
    n, m, batch = _whole(random, 3, 12), _whole(random, 2, 6), _whole(random, 2, 5)
    rate = (0.01, 0.1, 0.5, 1.0, 2.0)[_whole(random, 0, 5)]
    if m == n:
        m += 1
    return _normal(random, batch, n), _normal(random, m, n) / rate, rate


def _linear(factor: Callable[[Tensor, float], float]) -> Callable[[Tensor, Tensor, float], Tensor]:
    return lambda x, v, rate: x @ (v * factor(v, rate)).T


def _inputs(v: Tensor) -> int:
    return v.shape[1]


def _with_slopes_of_v(attempt: Callable[..., Any], x: Tensor, v: Tensor, rate: float) -> Any:
    """The output, then the slopes of its sum in v: Adam moves v by them."""
    out = attempt(x, v.requires_grad_(), rate)
    if not isinstance(out, Tensor):
        return out
    slopes = torch.autograd.grad(out.sum(), v)[0] if out.requires_grad else torch.zeros_like(v)
    return [out.detach(), slopes]


equal_linear = Exercise(
    title="equal_linear",
    inputs=_stored,
    reference=_linear(lambda v, rate: rate * math.sqrt(2 / _inputs(v))),
    run=_with_slopes_of_v,
    shown=lambda output: output[0] if isinstance(output, list) else output,
    mutants=(
        Mutant(
            lambda x, v, rate: x @ (v.detach() * rate * math.sqrt(2 / _inputs(v))).T,
            "The numbers are right, but no gradient reaches v (detach, no_grad, .data): Adam could not move it.",
        ),
        Mutant(
            _linear(lambda v, rate: math.sqrt(2 / _inputs(v))),
            "`rate` does not appear. The entries of v have the size 1/rate, and so has what you use: the outputs are "
            "1/rate too large.",
        ),
        Mutant(
            _linear(lambda v, rate: rate),
            "The used weights have size 1: their n products add up to a variance of n. The factor sqrt(2 / n) of "
            "`Equal` is missing.",
        ),
        Mutant(
            _linear(lambda v, rate: 1.0),
            "You use v as it is stored. It has entries of size 1/rate; used ones should have the size sqrt(2 / n).",
        ),
        Mutant(
            _linear(lambda v, rate: math.sqrt(2 / _inputs(v)) / rate),
            "You divide by rate. v is larger by 1/rate *already*; to use it, multiply by rate.",
        ),
        Mutant(
            _linear(lambda v, rate: rate**2 * math.sqrt(2 / _inputs(v))),
            "rate twice is once too often: v has the size 1/rate, and rate * v the size 1.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * math.sqrt(2) / _inputs(v)),
            "The root goes over 2 / n as a whole: n products add up to a *variance*, so n stands under the root.",
        ),
        Mutant(
            _linear(lambda v, rate: math.sqrt(rate * 2 / _inputs(v))),
            "rate stands outside the root: it makes sizes, not variances, right again.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * 2 / _inputs(v)),
            "2 / n is the variance; a weight is multiplied by its root.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * math.sqrt(1 / _inputs(v))),
            "With 1 / n the outputs have a variance of 1. Asked is 2, which leaky ReLU halves about.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * math.sqrt(_inputs(v) / 2)),
            "You divide by the scale of `Equal` where it is multiplied.",
        ),
        Mutant(
            _linear(lambda v, rate: rate / _inputs(v)),
            "Dividing by n makes the variance 1 / n. It is the root of 2 / n.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * math.sqrt(2 / len(v))),
            "n counts the *inputs* of a unit, v.shape[1]; you took the number of outputs.",
        ),
        Mutant(
            lambda x, v, rate: x @ (v * rate * math.sqrt(2 / len(x))).T,
            "n counts the *inputs* of a unit, v.shape[1]; you took the size of the batch.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * math.sqrt(2 / v.numel())),
            "n counts the inputs of one unit, v.shape[1], not all the weights.",
        ),
        Mutant(
            _linear(lambda v, rate: rate * math.sqrt(2 / sum(v.shape))),
            "2 / (inputs + outputs) is Glorot's start. Here n is the number of inputs alone.",
        ),
        Mutant(
            lambda x, v, rate: x @ v.T * math.sqrt(2 / _inputs(v)) * len(x) * rate,
            "The batch has no say in a layer's scale.",
        ),
        Mutant(
            lambda x, v, rate: x @ (v / v.std() * math.sqrt(2 / _inputs(v))).T,
            "You divide by the deviation that v happens to have. Then training can never change the weights' size; the "
            "factor must be fixed: rate * sqrt(2 / n).",
        ),
        Mutant(
            lambda x, v, rate: x @ (v / v.norm(dim=1, keepdim=True) * math.sqrt(2)).T,
            "You norm each row: that is weight normalisation, and the size of v no longer matters. The factor must be "
            "fixed: rate * sqrt(2 / n).",
        ),
        Mutant(
            lambda x, v, rate: F.leaky_relu(x @ (v * rate * math.sqrt(2 / _inputs(v))).T, 0.2),
            "Only the linear layer is asked for; the leaky ReLU comes after it.",
        ),
        Mutant(
            lambda x, v, rate: (x @ (v * rate * math.sqrt(2 / _inputs(v))).T).T,
            "The outputs are (batch, m): a row for each picture.",
        ),
        Mutant(
            lambda x, v, rate: x @ (v * rate * math.sqrt(2 / _inputs(v))).T + rate,
            "rate is a factor, nothing is added.",
        ),
    ),
)


# --- in groups


def _grouped_maps(random: torch.Generator) -> tuple[Tensor, int]:
    group, groups = _whole(random, 2, 5), _whole(random, 2, 4)
    if group == groups:
        group += 1
    h = _normal(random, group * groups, _whole(random, 2, 4), 2, 3)
    h = h * (1 + torch.arange(len(h), dtype=torch.float64).view(-1, 1, 1, 1) / 3)  # groups differ
    if _whole(random, 0, 4) == 0:
        h[:group] = h[:1].clone()  # a group of copies
    return h, group


def _appended(h: Tensor, s: Tensor) -> Tensor:
    return torch.cat([h, s.reshape(-1, 1, 1, 1).expand(len(h), 1, *h.shape[2:])], 1)


def _deviations(h: Tensor, group: int, correction: int = 0, small: float = 1e-8) -> Tensor:
    """(groups, C, H, W)."""
    return (h.unflatten(0, (-1, group)).var(1, correction=correction) + small).sqrt()


def _by_group(number: Callable[[Tensor, int], Tensor]) -> Callable[[Tensor, int], Tensor]:
    return lambda h, group: _appended(h, number(h, group).repeat_interleave(group))


def _mean(deviations: Tensor) -> Tensor:
    return deviations.mean((1, 2, 3))


def _with_slopes(attempt: Callable[..., Any], h: Tensor, group: int) -> Any:
    """The output, then the slopes of its sum in h: finite ones, also where a group holds copies."""
    out = attempt(h.requires_grad_(), group)
    if not isinstance(out, Tensor):
        return out
    if not out.requires_grad:
        return [out, torch.zeros_like(h)]
    (slopes,) = torch.autograd.grad(out.sum(), h)
    return [out.detach(), slopes]


grouped_deviation = Exercise(
    title="grouped_deviation",
    inputs=_grouped_maps,
    reference=_by_group(lambda h, group: _mean(_deviations(h, group))),
    run=_with_slopes,
    shown=lambda output: output[0] if isinstance(output, list) else output,
    mutants=(
        Mutant(
            _by_group(lambda h, group: _mean(h.unflatten(0, (-1, group)).std(1, correction=0))),
            "The 1e-8 under the root is missing. It shows where a group holds copies: 0.0001, not 0.",
        ),
        Mutant(
            _by_group(lambda h, group: _mean(h.unflatten(0, (-1, group)).std(1))),
            "Two things: torch's std divides by n - 1 (the formula by n: correction=0), and the 1e-8 under the root is "
            "missing.",
        ),
        Mutant(
            lambda h, group: _appended(h, (h.var(0, correction=0) + 1e-8).sqrt().mean()),
            "That is one deviation over the whole batch, as above. Each group has its own.",
        ),
        Mutant(
            lambda h, group: _appended(h, _mean(_deviations(h, group)).repeat(h.shape[0] // (len(h) // group))),
            "`repeat` gives 1, 2, 1, 2: the pictures of a group stand one after the other, so each number is needed "
            "`group` times in a row. repeat_interleave gives 1, 1, 2, 2.",
        ),
        Mutant(
            lambda h, group: _appended(
                h, ((h.unflatten(0, (group, -1)).var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))).repeat(group)
            ),
            "Your groups are pictures 0, 3, 6, ...; the authors' code does it so, but here a group is `group` pictures "
            "that follow each other: unflatten(0, (-1, group)).",
        ),
        Mutant(
            lambda h, group: _appended(
                h,
                _mean((h.unflatten(0, (group, -1)).var(1, correction=0) + 1e-8).sqrt()).repeat_interleave(
                    len(h) // group
                ),
            ),
            "You took `group` for the number of groups. It is the number of pictures in one.",
        ),
        Mutant(
            _by_group(lambda h, group: _mean(_deviations(h, group, correction=1))),
            "You divide by n - 1 (torch's habit). The formula has 1/n: correction=0.",
        ),
        Mutant(
            lambda h, group: _appended(h, _mean(_deviations(h, group)).repeat_interleave(group)).detach(),
            "The values are right, but they have no slopes in h: nothing may be detached or under no_grad(), or G "
            "learns nothing from the new map.",
        ),
        Mutant(
            lambda h, group: _appended(h, _mean(_deviations(h, group)).repeat_interleave(group).detach()),
            "The values are right, but the new map has no slopes in h: do not detach it, or G learns nothing from it.",
        ),
        Mutant(
            _by_group(lambda h, group: _mean(_deviations(h, group, small=0.0))),
            "The 1e-8 must stand *under* the root: in a group of copies the root of 0 has an infinite slope.",
        ),
        Mutant(
            _by_group(lambda h, group: _mean(_deviations(h, group, small=0.0)) + 1e-8),
            "The 1e-8 must stand *under* the root: in a group of copies the root of 0 has an infinite slope.",
        ),
        Mutant(
            _by_group(lambda h, group: h.unflatten(0, (-1, group)).var(1, correction=0).mean((1, 2, 3))),
            "That is a variance. The deviation is its root, taken before the mean.",
        ),
        Mutant(
            _by_group(
                lambda h, group: (h.unflatten(0, (-1, group)).var(1, correction=0).mean((1, 2, 3)) + 1e-8).sqrt()
            ),
            "You average the variances and then take the root. The root comes first, for every map and pixel.",
        ),
        Mutant(
            lambda h, group: _appended(
                h, _mean((h.unflatten(0, (-1, group)).var(0, correction=0) + 1e-8).sqrt()).repeat(len(h) // group)
            ),
            "Your deviation goes over the groups, first picture against first picture. It goes over the pictures "
            "*within* a group: dim 1 of unflatten(0, (-1, group)).",
        ),
        Mutant(
            _by_group(lambda h, group: (h.unflatten(0, (-1, group)).flatten(1).var(1, correction=0) + 1e-8).sqrt()),
            "Your deviation goes over maps and pixels too. It goes over the pictures of a group alone: how much does "
            "*this* pixel of *this* map differ between them?",
        ),
        Mutant(
            lambda h, group: _appended(h, (h.flatten(1).var(1, correction=0) + 1e-8).sqrt()),
            "You measure each picture within itself. The deviation goes over the pictures of a group.",
        ),
        Mutant(
            lambda h, group: torch.cat(
                [
                    h,
                    (h.var((2, 3), correction=0) + 1e-8)
                    .sqrt()
                    .mean(1)[:, None, None, None]
                    .expand(-1, 1, *h.shape[2:]),
                ],
                1,
            ),
            "You take the deviation over the pixels of a map. It goes over the pictures of a group.",
        ),
        Mutant(
            lambda h, group: _deviations(h, group).mean((1, 2, 3)),
            "One number for each group is right; now it must stand beside the maps of each of its pictures: repeat it "
            "`group` times, make a map of it, torch.cat along dim=1.",
        ),
        Mutant(
            lambda h, group: _mean(_deviations(h, group)).repeat_interleave(group),
            "One number for each picture is right; now it becomes a map, (n, 1, H, W), and joins h along dim=1.",
        ),
        Mutant(
            lambda h, group: (
                _mean(_deviations(h, group)).repeat_interleave(group).view(-1, 1, 1, 1).expand(-1, 1, *h.shape[2:])
            ),
            "The new map is right, the old ones are missing: torch.cat([h, ...], dim=1).",
        ),
        Mutant(
            lambda h, group: torch.cat(
                [
                    _mean(_deviations(h, group)).repeat_interleave(group).view(-1, 1, 1, 1).expand(-1, 1, *h.shape[2:]),
                    h,
                ],
                1,
            ),
            "The new map comes last, behind the others.",
        ),
        Mutant(
            lambda h, group: torch.cat(
                [h, _deviations(h, group).mean(1, keepdim=True).repeat_interleave(group, dim=0)], 1
            ),
            "You kept a deviation for each pixel. The mean goes over maps *and* pixels: one number for a group.",
        ),
        Mutant(
            lambda h, group: torch.cat([h, _deviations(h, group).repeat_interleave(group, dim=0)], 1),
            "You appended a deviation for each map. One map is asked for: the mean over all maps and pixels.",
        ),
        Mutant(
            lambda h, group: torch.cat(
                [
                    h,
                    _deviations(h, group)
                    .mean((2, 3), keepdim=True)
                    .repeat_interleave(group, 0)
                    .expand(-1, -1, *h.shape[2:]),
                ],
                1,
            ),
            "The mean goes over the maps as well: one number for a group, not one for each map.",
        ),
        Mutant(
            _by_group(lambda h, group: _deviations(h, group).sum((1, 2, 3))),
            "The sum over maps and pixels; the mean is asked for.",
        ),
        Mutant(
            _by_group(
                lambda h, group: (
                    (h.unflatten(0, (-1, group)) - h.unflatten(0, (-1, group)).mean(1, keepdim=True))
                    .abs()
                    .mean((1, 2, 3, 4))
                )
            ),
            "That is the mean absolute deviation. The formula squares, averages over the group, and takes the root.",
        ),
        Mutant(
            _by_group(lambda h, group: (h.unflatten(0, (-1, group)).square().mean(1) + 1e-8).sqrt().mean((1, 2, 3))),
            "The mean of the group is not taken off: that is a root of a mean square, not a deviation.",
        ),
        Mutant(
            _by_group(
                lambda h, group: (
                    (_deviations(h - h.mean(0), group)).mean((1, 2, 3)) * 0
                    + _mean(((h - h.mean(0)).unflatten(0, (-1, group)).square().mean(1) + 1e-8).sqrt())
                )
            ),
            "You take off the mean of the whole batch. Each group has a mean of its own.",
        ),
    ),
    trials=30,
    tolerance=1e-6,  # the 1e-8 under the root of a group of copies makes 1e-4
)


# --- a share of the detail


def _fine_and_share(random: torch.Generator) -> tuple[Tensor, float]:
    side = 2 * _whole(random, 2, 4)
    x = _normal(random, _whole(random, 2, 4), _whole(random, 1, 4), side, side) + 0.5
    share = (0.0, 1.0)[_whole(random, 0, 2)] if _uniform(random, 0, 1) < 0.2 else _uniform(random, 0.1, 0.9)
    return x, share


def _coarse(x: Tensor) -> Tensor:
    return _up(F.avg_pool2d(x, 2))


def _mixed(alpha: Callable[[float], float]) -> Callable[[Tensor, float], Tensor]:
    return lambda x, share: _coarse(x) + alpha(share) * (x - _coarse(x))


def _energy(x: Tensor) -> Tensor:
    return (x - _coarse(x)).square().sum()


def _blurred(x: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


with_share = Exercise(
    title="with_share",
    inputs=_fine_and_share,
    reference=_mixed(math.sqrt),
    properties=(
        (
            "Made small, your pictures must be those of x: the coarse part stays as it is.",
            lambda out, x, share: bool((F.avg_pool2d(torch.as_tensor(out), 2) - F.avg_pool2d(x, 2)).abs().max() < 1e-4),
        ),
        (
            "The squares of your pictures' detail do not add up to share times those of x's detail.",
            lambda out, x, share: (
                abs(float(_energy(torch.as_tensor(out)) - share * _energy(x))) < 1e-3 * float(_energy(x))
            ),
        ),
    ),
    mutants=(
        Mutant(
            _mixed(lambda share: 1 - math.sqrt(1 - share)),
            "You take off a part whose squares are 1 - share. What stays has other squares: scale what *stays*.",
        ),
        Mutant(
            _mixed(lambda share: share),
            "You multiply the detail by share, and so its *squares* by share². Which factor leaves share "
            "of the squares?",
        ),
        Mutant(
            _mixed(lambda share: share**2),
            "The square goes the wrong way: squares of the detail must be multiplied by share, the detail itself by "
            "its root.",
        ),
        Mutant(
            _mixed(lambda share: 1 - math.sqrt(share)),
            "Old and new are exchanged: at share 1 it must be x itself.",
        ),
        Mutant(
            _mixed(lambda share: math.sqrt(1 - share)),
            "You take off share of the energy; share of it is to be left. At share 1 it must be x itself.",
        ),
        Mutant(
            _mixed(lambda share: 1 - share),
            "Old and new are exchanged (at share 1 it must be x itself), and it is the squares that share counts.",
        ),
        Mutant(
            lambda x, share: math.sqrt(share) * (x - _coarse(x)),
            "That is the detail alone. Add it to the coarse picture.",
        ),
        Mutant(
            lambda x, share: x + math.sqrt(share) * (x - _coarse(x)),
            "You start from x, which has all of its detail already. Start from the coarse picture, up(down(x)).",
        ),
        Mutant(
            lambda x, share: _up(x[..., ::2, ::2]) + math.sqrt(share) * (x - _up(x[..., ::2, ::2])),
            "You take every second pixel for the coarse picture. It is the *mean* of each block of four: F.avg_pool2d.",
        ),
        Mutant(
            lambda x, share: _coarse(x) + (share * x.square().sum() / _energy(x)).sqrt() * (x - _coarse(x)),
            "You leave a share of the squares of the whole picture. The share is one of the *detail's* squares: the "
            "factor does not depend on x at all.",
        ),
        Mutant(
            lambda x, share: _coarse(x) + math.sqrt(share) * x,
            "You add the whole picture to the coarse one, which then counts twice. Only the detail, x - up(down(x)).",
        ),
        Mutant(
            lambda x, share: math.sqrt(share) * x,
            "You make the whole picture paler. The coarse part stays as it is; only the detail gets weaker.",
        ),
        Mutant(
            lambda x, share: share * x,
            "You make the whole picture paler, and by share instead of its root. Only the detail gets weaker.",
        ),
        Mutant(
            lambda x, share: (
                (1 - math.sqrt(share)) * F.avg_pool2d(x, 2).mean((2, 3), keepdim=True) + math.sqrt(share) * x
            ),
            "You fade towards the picture's mean colour. The coarse picture is up(down(x)), a mean for each block of "
            "four.",
        ),
        Mutant(
            lambda x, share: _blurred(x) + math.sqrt(share) * (x - _blurred(x)),
            "A blur is not up(down(x)): what it leaves over has no sum of 0 in each block, and so nothing adds up.",
        ),
        Mutant(
            lambda x, share: (1 - math.sqrt(share)) * _bilinear(F.avg_pool2d(x, 2)) + math.sqrt(share) * x,
            "You enlarge bilinearly. Then coarse and fine are not at right angles; `up` repeats pixels.",
        ),
        Mutant(
            lambda x, share: math.sqrt(share) * _coarse(x) + (x - _coarse(x)),
            "You weaken the coarse part and keep the detail. It is the other way round.",
        ),
        Mutant(
            _mixed(lambda share: -math.sqrt(share)),
            "The strength is right, the sign is not: your detail is the negative of that of x.",
        ),
        Mutant(lambda x, share: _coarse(x), "The detail is gone altogether: that is share 0."),
        Mutant(
            lambda x, share: F.avg_pool2d(x, 2),
            "That is the small picture. It must be enlarged again, and a part of the detail added.",
        ),
        Mutant(
            lambda x, share: x - _coarse(x) + 0 * share,
            "That is the detail alone, all of it.",
        ),
        Mutant(
            lambda x, share: _energy(x) * share + 0 * x[:1, :1, :1, :1].sum(),
            "That is how much energy should be left. The pictures are asked for.",
        ),
        Mutant(
            lambda x, share: torch.where(
                (x - _coarse(x)).abs() >= (x - _coarse(x)).abs().flatten().quantile(1 - share), x, _coarse(x)
            ),
            "You keep the strongest details whole and drop the rest. Here all of them get weaker alike, so that the "
            "means of the blocks stay as they are.",
        ),
    ),
    trials=30,
)


# --- the share of work


def _widths_and_plan(random: torch.Generator) -> tuple[dict[int, int], list[tuple[int, int]]]:
    levels = _whole(random, 2, 5)
    widths = {4 * 2**level: 4 * _whole(random, 1, 9) for level in range(levels + 1)}
    sizes = list(widths)[1:]
    if len(sizes) > 2 and _whole(random, 0, 2):
        sizes.pop()  # networks may be built for more than a plan uses
    return widths, [(size, 100 * _whole(random, 1, 20)) for size in sizes]


def _cost(
    widths: dict[int, int],
    size: int,
    *,
    kernel: int = 9,
    area: Callable[[int], int] = lambda s: s * s,
    base: bool = True,
) -> float:
    total = kernel * widths[4] ** 2 * area(4) if base else 0
    side = 8
    while side <= size:
        total += kernel * widths[side // 2] * widths[side] * area(side)
        side *= 2
    return float(total)


Plan = list[tuple[int, int]]


def _share(cost: Callable[[dict[int, int], int], float]) -> Callable[[dict[int, int], Plan], float]:
    def share(widths: dict[int, int], plan: Plan) -> float:
        shown, largest = sum(count for _, count in plan), max(size for size, _ in plan)
        return sum(cost(widths, size) * count for size, count in plan) / (cost(widths, largest) * shown)

    return share


def _one_layer(widths: dict[int, int], size: int) -> float:
    return 9.0 * widths[size // 2] * widths[size] * size**2


def _total(widths: dict[int, int], plan: Plan) -> float:
    return sum(_cost(widths, size) * count for size, count in plan)


share_of_work = Exercise(
    title="share_of_work",
    inputs=_widths_and_plan,
    reference=_share(_cost),
    properties=(("Growing is cheaper: the share lies between 0 and 1.", lambda out, w, p: 0 < float(out) < 1),),
    mutants=(
        Mutant(
            lambda w, p: _total(w, p) / (_cost(w, max(w)) * sum(count for _, count in p)),
            "The largest size is that of the *plan*; networks may be built for larger ones, as `widths` above.",
        ),
        Mutant(
            _share(_one_layer),
            "You count only the newest layer of each size. A picture of 32 pixels goes through the layers of 4, 8 and "
            "16 as well.",
        ),
        Mutant(
            _share(lambda w, size: _one_layer(w, size) + (9.0 * w[4] ** 2 * 16 if size > 4 else 0.0)),
            "You count the newest layer and the one at 4 × 4. A picture of 32 pixels goes through those of 8 and 16 "
            "as well.",
        ),
        Mutant(
            lambda w, p: (
                sum(sum(_cost(w, earlier) for earlier, _ in p[: k + 1]) * count for k, (_, count) in enumerate(p))
                / (_cost(w, p[-1][0]) * sum(count for _, count in p))
            ),
            "The cost of the smaller sizes is counted again for each larger one: set the sum back to 0 for each size.",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size, base=False)),
            "The convolution at 4 × 4, from widths[4] to widths[4], is missing.",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size, base=False) + 9.0 * w[4] * 16),
            "The convolution at 4 × 4 goes from widths[4] maps to widths[4] maps: the *square* of widths[4].",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size) + 9.0 * w[4] ** 2 * 16),
            "You count the convolution at 4 × 4 twice.",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size, area=lambda s: s * s) + 3.0 * w[size] * size**2),
            "You count the painters. They are left out here, as the first layer is.",
        ),
        Mutant(
            _share(lambda w, size: sum(9.0 * w[max(4, s // 2)] * w[s] * size**2 for s in w if s <= size)),
            "Each layer works at *its own* size, s² pixels; you let all of them work at the largest.",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size, area=lambda s: s)),
            "You multiply by the side. A convolution works at every pixel: s².",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size, area=lambda s: 1)),
            "You count weights. Each is used at every pixel: times s².",
        ),
        Mutant(
            _share(lambda w, size: _cost(w, size, area=lambda s: (s // 2) ** 2 if s > 4 else 16)),
            "The layer for a size works *after* enlarging: s is the larger side.",
        ),
        Mutant(
            _share(lambda w, size: sum(9.0 * w[s] ** 2 * s**2 for s in w if s <= size)),
            "A layer goes from widths[size // 2] to widths[size]; you let it go from widths[size] to widths[size].",
        ),
        Mutant(
            _share(lambda w, size: sum(9.0 * w[s] * s**2 for s in w if s <= size)),
            "Each output map sees every input map: the product of both widths.",
        ),
        Mutant(
            _share(lambda w, size: sum(9.0 * (w[max(4, s // 2)] + w[s]) * s**2 for s in w if s <= size)),
            "Input and output maps are multiplied, not added: each output map sees every input map.",
        ),
        Mutant(
            _share(lambda w, size: float(size**2)),
            "That counts pixels of the pictures. The work is done in the layers, and each has its own widths.",
        ),
        Mutant(
            _share(lambda w, size: float(size)),
            "That compares the sides of the pictures. The work is done in the layers: 9 i o s² each.",
        ),
        Mutant(
            lambda w, p: sum(_cost(w, size) for size, _ in p) / (_cost(w, max(s for s, _ in p)) * len(p)),
            "The pictures are forgotten: each size counts as often as pictures of it are shown.",
        ),
        Mutant(
            lambda w, p: _total(w, p) / (_cost(w, p[-1][0]) * p[-1][1]),
            "Below, *all* pictures are shown at the largest size, not only those of the last stretch.",
        ),
        Mutant(
            lambda w, p: _cost(w, p[-1][0]) * sum(c for _, c in p) / _total(w, p),
            "Turned round: that is how many times *dearer* the largest size from the start is.",
        ),
        Mutant(
            lambda w, p: 1 - _share(_cost)(w, p),
            "That is the share that is *saved*. Asked is the share that is left.",
        ),
        Mutant(lambda w, p: _total(w, p), "That is the work itself. Divide by what the largest size would cost."),
        Mutant(
            lambda w, p: _total(w, p) / sum(_cost(w, size) * sum(c for _, c in p) for size, _ in p),
            "Below stands the cost at the largest size alone, times all pictures.",
        ),
        Mutant(
            lambda w, p: _cost(w, p[0][0]) / _cost(w, p[-1][0]),
            "That compares the smallest size with the largest. The plan says how many pictures each size gets.",
        ),
        Mutant(
            _share(lambda w, size: sum(9.0 * w[max(4, s // 2)] * w[s] * s**2 for s in w)),
            "Every picture goes through all layers with you, also through those that do not exist yet. Stop at its "
            "size.",
        ),
        Mutant(
            _share(lambda w, size: sum(9.0 * w[max(4, s // 2)] * w[s] * s**2 for s in w if s < size)),
            "The layer of the size itself is missing: up to and *with* it.",
        ),
    ),
)
