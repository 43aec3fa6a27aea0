"""Exercises of notebook 05: the Frechet distance, a gradient penalty, recall, a small generator, a short training."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercises import builds, recipes
from ganutils import data, losses, metrics, models, sampling
from ganutils.metrics import frechet_distance, precision_recall
from ganutils.models import SmallDiscriminator, SmallGenerator
from ganutils.teaching import Exercise, Mutant, Verdict


def _draw_features(random: torch.Generator) -> tuple[Tensor, Tensor]:
    def cloud(count: int) -> Tensor:
        shape = torch.randn(4, 4, generator=random, dtype=torch.float64)
        middle = torch.randn(4, generator=random, dtype=torch.float64)
        return torch.randn(count, 4, generator=random, dtype=torch.float64) @ shape + middle

    return cloud(40), cloud(55)


def _distance(a: Tensor, b: Tensor, *, cross: Callable[[Tensor, Tensor], Tensor], correction: int = 1) -> Tensor:
    c_1, c_2 = torch.cov(a.T, correction=correction), torch.cov(b.T, correction=correction)
    return (a.mean(0) - b.mean(0)).square().sum() + c_1.trace() + c_2.trace() - 2 * cross(c_1, c_2)


def _cross(c_1: Tensor, c_2: Tensor) -> Tensor:
    return torch.linalg.eigvals(c_1 @ c_2).real.clamp(min=0).sqrt().sum()


def _real_number(attempt: Callable[..., Any], *case: Any) -> Any:
    answer = attempt(*case)
    if isinstance(answer, complex) or (isinstance(answer, Tensor) and answer.is_complex()):
        return Verdict("wrong", "Your result is complex: take the real part of the eigenvalues.")
    return answer


def _means_apart(a: Tensor, b: Tensor) -> Tensor:
    return (a.mean(0) - b.mean(0)).square().sum()


def _uncentred(a: Tensor, b: Tensor, *, correction: int = 1) -> Tensor:
    c_1, c_2 = (x.T @ x / (len(x) - correction) for x in (a, b))
    return _means_apart(a, b) + c_1.trace() + c_2.trace() - 2 * _cross(c_1, c_2)


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


def _of_correlations(a: Tensor, b: Tensor) -> Tensor:
    c_1, c_2 = torch.corrcoef(a.T), torch.corrcoef(b.T)
    return _means_apart(a, b) + c_1.trace() + c_2.trace() - 2 * _cross(c_1, c_2)


_ENTRY_BY_ENTRY = (
    "You compare the covariances entry by entry. Fréchet's distance has tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2))."
)
_ROOTS_OF_ENTRIES = "You took the roots of the entries. The root of a matrix goes through its eigenvalues."

distance_of = Exercise(
    title="distance_of",
    inputs=_draw_features,
    run=_real_number,
    reference=frechet_distance,
    mutants=(
        Mutant(
            lambda a, b: math.nan,
            "Your result is always nan: a root of something negative. Roots of single entries, or eigvalsh of a "
            "product that is not symmetric? Use eigvals(C_1 @ C_2): the real part, then the roots.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (p * q).clamp(min=0).sqrt().trace()),
            "You compare the variances alone (or took roots entry by entry). The root of a matrix goes through its "
            "eigenvalues, and so do the covariances beside the diagonal.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (p @ q).clamp(min=0).sqrt().trace()),
            _ROOTS_OF_ENTRIES,
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: _cross(p, q) / 2),
            "The factor 2 before the root is missing: equal sets would not be at distance 0.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=_cross, correction=0),
            "Your covariances divide by n; torch.cov divides by n - 1.",
        ),
        Mutant(
            lambda a, b: frechet_distance(a, b) ** 0.5, "That is its square root; here the squared distance is asked."
        ),
        Mutant(
            lambda a, b: torch.cdist(a, b).square().mean(),
            "That pairs every point with every other. The best pairing is asked for, through means and covariances: "
            "equal sets would be at distance 0.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=_cross) - _means_apart(a, b) + (a.mean(0) - b.mean(0)).abs().sum(),
            "The means enter with their *squared* distance.",
        ),
        Mutant(
            lambda a, b: (a.mean(0) - b.mean(0)).square().sum(),
            "Only the means are compared. A set with the right mean and no variety would score 0.",
        ),
        Mutant(
            lambda a, b: (
                frechet_distance(a, b) - (a.mean(0) - b.mean(0)).square().sum() + (a.mean(0) - b.mean(0)).norm()
            ),
            "The means enter with their *squared* distance.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.eigvals(p @ q).real.sum()),
            "You summed the eigenvalues themselves; take the square root of each first.",
        ),
        *(
            Mutant(partial(_distance, cross=cross), _ROOTS_OF_ENTRIES)
            for cross in (
                lambda p, q: (p @ q).sqrt().trace(),
                lambda p, q: (p @ q).abs().sqrt().trace(),
                lambda p, q: (p.clamp(min=0).sqrt() @ q.clamp(min=0).sqrt()).trace(),
                lambda p, q: (p.abs().sqrt() @ q.abs().sqrt()).trace(),
                lambda p, q: (p @ q).clamp(min=0).sqrt().sum(),
            )
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.eigvalsh(p @ q).clamp(min=0).sqrt().sum()),
            "eigvalsh is for symmetric matrices and looks at one triangle; the product of two symmetric ones is not "
            "symmetric. Use eigvals and its real part.",
        ),
        Mutant(
            lambda a, b: _distance(
                a, b, cross=lambda p, q: torch.linalg.eigvals(p @ q).real.clamp(min=0).sqrt().mean()
            ),
            "You averaged the roots of the eigenvalues; a trace is their sum.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.eigvals(p @ q).real.amax().sqrt()),
            "You took the largest eigenvalue only; the roots of all of them are summed.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.eigvalsh(p + q).clamp(min=0).sqrt().sum()),
            "Those are the eigenvalues of C_1 + C_2; the cross term has those of the product, C_1 @ C_2.",
        ),
        Mutant(
            lambda a, b: _means_apart(a, b) + a.T.cov().sum() + b.T.cov().sum() - 2 * _cross(a.T.cov(), b.T.cov()),
            "You summed all entries of the covariances; a trace sums the diagonal only: .trace().",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.svdvals(p @ q).sqrt().sum()),
            "The singular values of a product that is not symmetric are not its eigenvalues: use eigvals.",
        ),
        *(
            Mutant(
                partial(_distance, cross=cross),
                "The nuclear norm sums singular values; the product is not symmetric, so they are not its eigenvalues. "
                "And each gets its root *before* the sum.",
            )
            for cross in (
                lambda p, q: torch.linalg.matrix_norm(p @ q, "nuc").sqrt(),
                lambda p, q: torch.linalg.matrix_norm(p @ q, "nuc"),
            )
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (_root(p) @ _root(q)).trace()),
            "The root of a product is not the product of the roots, unless both point the same way: multiply first, "
            "then take the eigenvalues and their roots.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.det(p @ q).sqrt()),
            "That is the root of the determinant, of the eigenvalues' product; their roots are summed.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (p @ q).trace().sqrt()),
            "The root of the trace is not the trace of the root: take the root of each eigenvalue, then their sum.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (p.trace() * q.trace()).sqrt()),
            "The root of the trace is not the trace of the root: take the root of each eigenvalue of the product.",
        ),
        Mutant(
            lambda a, b: _distance(
                a, b, cross=lambda p, q: (torch.linalg.eigvalsh(p) * torch.linalg.eigvalsh(q)).sqrt().sum()
            ),
            "Eigenvalues of a product are not products of eigenvalues, unless both point the same way: multiply first.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: -_cross(p, q)),
            "The cross term is subtracted: what the two have in common makes them nearer.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.zeros(())),
            "The cross term is missing: - 2 tr((C_1 C_2)^(1/2)). Without it equal sets are not at distance 0.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: _cross(p, q) + q.trace() / 2),
            "The trace of the second covariance is missing.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=_cross) - (a.mean(0) - b.mean(0)).square().sum(),
            "The means are missing: add the squared distance between them.",
        ),
        Mutant(
            lambda a, b: (a.mean(0) - b.mean(0)).square().sum() + (a.T.cov() - b.T.cov()).square().sum(),
            _ENTRY_BY_ENTRY,
        ),
        Mutant(lambda a, b: _means_apart(a, b) + (a.T.cov() - b.T.cov()).norm(), _ENTRY_BY_ENTRY),
        Mutant(
            _of_correlations,
            "torch.corrcoef divides the spread of every feature away: a cloud twice as wide would be at distance 0. "
            "Take the covariances, torch.cov.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.eigvals(p * q).real.clamp(min=0).sqrt().sum()),
            "p * q multiplies entry by entry; C_1 C_2 is the product of matrices, C_1 @ C_2.",
        ),
        Mutant(
            lambda a, b: (a.mean() - b.mean()).square() + _distance(a, b, cross=_cross) - _means_apart(a, b),
            "You took one mean over everything; each feature has its own, mean(0).",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=_cross) - _means_apart(a, b) + (a.mean(0) - b.mean(0)).square().mean(),
            "You averaged over the features; squared differences of the means are summed.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=_cross) - _means_apart(a, b) + (a.mean(0) - b.mean(0)).sum(),
            "The differences of the means are squared before they are summed.",
        ),
        Mutant(
            lambda a, b: a.cov() @ b.cov(),
            "torch.cov wants one *row* for each feature: give it the transpose, a.T.",
        ),
        Mutant(
            lambda a, b: (a.mean(0) - b.mean(0)).norm(),
            "Only the means are compared, and not squared. The covariances say how far the clouds differ in shape.",
        ),
        Mutant(
            lambda a, b: (a.mean() - b.mean()).square() + a.var() + b.var() - 2 * (a.var() * b.var()).sqrt(),
            "You fit one Gaussian to all numbers at once. Each feature has a mean, each pair a covariance: a.T.cov().",
        ),
        Mutant(
            lambda a, b: (a.mean(0) - b.mean(0)).square() + _distance(a, b, cross=_cross) - _means_apart(a, b),
            "The squared differences of the means are not summed yet: .square().sum().",
        ),
        Mutant(
            _uncentred,
            "You did not take the means off before you multiplied: (a - a.mean(0)).T @ (a - a.mean(0)) / (n - 1).",
        ),
        Mutant(
            partial(_uncentred, correction=0),
            "You did not take the means off before you multiplied: (a - a.mean(0)).T @ (a - a.mean(0)) / (n - 1).",
        ),
        Mutant(
            lambda a, b: torch.linalg.matrix_power(a.T.cov() @ b.T.cov(), 0.5),
            "matrix_power takes whole powers only. The root goes through the eigenvalues: torch.linalg.eigvals of "
            "C_1 @ C_2, the real part, their roots, the sum.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: ((p @ q) ** 0.5).trace()),
            _ROOTS_OF_ENTRIES,
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: _cross(p, q) ** 2),
            "The cross term is the sum of the roots, not squared once more.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.cholesky(p @ q).trace()),
            "Cholesky's factor is no root of this product, which is not symmetric: use eigvals, then roots.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: 2 * _cross(p, q)),
            "The cross term counts four times; it is subtracted twice.",
        ),
        Mutant(
            lambda a, b: _means_apart(a, b) + a.T.cov().trace() + b.T.cov().trace() - _cross(a.T.cov(), b.T.cov()),
            "The factor 2 before the root is missing: equal sets would not be at distance 0.",
        ),
        Mutant(
            lambda a, b: _distance(a.T, b[: len(a)].T, cross=_cross),
            "Rows are samples here, columns features: the mean goes over dim 0, and torch.cov wants a.T.",
        ),
    ),
)


def _draw_network(random: torch.Generator) -> tuple[nn.Module, Tensor, Tensor, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(1_000_000, (), generator=random)))
        network = nn.Sequential(nn.Flatten(), nn.Linear(24, 6), nn.Tanh(), nn.Linear(6, 1), nn.Flatten(0))
        for weight in network.parameters():
            nn.init.normal_(weight, std=0.7)
        # As many pictures as columns: a share that meets the wrong axis is not told by an error. Two channels, so that
        # a norm over one of them is not the picture's.
        return network, torch.randn(4, 2, 3, 4), torch.randn(4, 2, 3, 4), torch.rand(4)


def _value_and_slope(attempt: Callable[..., Any], network: nn.Module, *samples: Tensor) -> Any:
    penalty = attempt(network, *samples)
    if penalty is ... or penalty is None:
        return penalty
    if isinstance(penalty, tuple | list):
        return Verdict(
            "wrong", "You return a tuple; one number is asked for. (torch.autograd.grad gives a tuple: take its first.)"
        )
    weights = [network[1].weight, network[3].weight]  # type: ignore[index]
    slopes = [torch.zeros_like(weight) for weight in weights]
    if isinstance(penalty, Tensor) and penalty.requires_grad and penalty.ndim == 0:
        found = torch.autograd.grad(penalty, weights, allow_unused=True)
        slopes = [torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True)]
    return [penalty.detach() if isinstance(penalty, Tensor) else penalty, *slopes]


def _rows(share: Tensor) -> Tensor:
    return share[:, None, None, None]


def _mixed(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    return real + share * (fake - real)


def _slope(network: nn.Module, x: Tensor, *, of: str = "logit") -> Tensor:
    """The gradient of something, for each picture, in one row."""
    x = x.detach().requires_grad_()
    logits = network(x)
    values = {
        "logit": logits.sum(), "probability": torch.sigmoid(logits).sum(), "mean": logits.mean(),
        "loss": F.softplus(-logits).sum(), "mean loss": F.softplus(-logits).mean(), "first": logits[0],
    }  # fmt: skip
    return torch.autograd.grad(values[of], x, create_graph=True)[0].flatten(1)


def _between(
    d: nn.Module,
    real: Tensor,
    fake: Tensor,
    share: Tensor,
    *,
    at: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda real, fake, share: _mixed(real, fake, _rows(share)),
    of: str = "logit",
    charge: Callable[[Tensor], Tensor] = lambda slope: (slope.norm(dim=1) - 1).square().mean(),
) -> Tensor:
    """The penalty, with one thing changed: where the slope is taken, of what, or how it is charged."""
    return charge(_slope(d, at(real, fake, share), of=of))


def _in_end(d: nn.Module, real: Tensor, fake: Tensor, share: Tensor, *, end: int, towards: int = 1) -> Tensor:
    """The slope in `real` (end 0), in `fake` (1) or in the share itself (2) instead of the point in between."""
    ends = [x.detach().clone().requires_grad_() for x in (real, fake, share)]
    logits = d(ends[0] + towards * _rows(ends[2]) * (ends[1] - ends[0]))
    slope = torch.autograd.grad(logits.sum(), ends[end], create_graph=True)[0].flatten(1 if end < 2 else 0)
    return ((slope.norm(dim=1) if end < 2 else slope.abs()) - 1).square().mean()


def _along(d: nn.Module, real: Tensor, fake: Tensor, share: Tensor, *, unit: bool) -> Tensor:
    """The slope in the direction from the real picture to its fake."""
    way = (fake - real).flatten(1)
    slope = (_slope(d, _mixed(real, fake, _rows(share))) * way).sum(1)
    return ((slope / way.norm(dim=1) if unit else slope) - 1).square().mean()


def _rise(d: nn.Module, real: Tensor, fake: Tensor, share: Tensor, *, positive: bool) -> Tensor:
    """What the logit changes from end to end, divided by the way: no gradient at all."""
    slope = (d(fake) - d(real)) / (fake - real).flatten(1).norm(dim=1)
    return ((slope.abs() if positive else slope) - 1).square().mean()


def _mixed_slopes(d: nn.Module, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    slope = _slope(d, real) + share[:, None] * (_slope(d, fake) - _slope(d, real))
    return (slope.norm(dim=1) - 1).square().mean()


def _mixed_norms(d: nn.Module, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    first, second = _slope(d, real).norm(dim=1), _slope(d, fake).norm(dim=1)
    return (first + share * (second - first) - 1).square().mean()


_ALONG = (
    "You charge the slope in one direction only, from the real picture to its fake; the norm of the whole gradient in "
    "x is charged: torch.autograd.grad, flatten(1), norm(dim=1)."
)


def _value_is_wrong(output: Any, *case: Any) -> bool:
    """Whether the value, and not only its slope, differs from the right one."""
    return not torch.allclose(torch.as_tensor(output[0]), _between(*case), rtol=1e-3)


def _in_weights(network: nn.Module, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    weights = [w for w in network.parameters() if w.requires_grad]
    slopes = torch.autograd.grad(network(_mixed(real, fake, _rows(share))).sum(), weights, create_graph=True)
    return (torch.cat([slope.flatten() for slope in slopes]).norm() - 1) ** 2


penalty_between = Exercise(
    title="penalty_between",
    inputs=_draw_network,
    run=_value_and_slope,
    reference=_between,
    mutants=(
        Mutant(
            lambda *case: _between(*case).detach(),
            "The value is right, but D cannot learn from it: create_graph=True keeps the way back.",
        ),
        *(
            Mutant(partial(_between, at=at), hint)
            for at, hint in (
                (
                    lambda real, fake, share: _mixed(real, fake, share),
                    "Each picture has one share, and yours goes along the columns of every picture: give t the shape "
                    "(batch, 1, 1, 1), t.view(-1, 1, 1, 1).",
                ),
                (
                    lambda real, fake, share: _mixed(fake, real, _rows(share)),
                    "The shares are the wrong way round: t = 0 is the real picture, t = 1 the fake.",
                ),
                (lambda real, fake, share: real, "That is the slope at the real pictures; it is asked for in between."),
                (lambda real, fake, share: fake, "That is the slope at the fakes; it is asked for in between."),
                (
                    lambda real, fake, share: _mixed(real, fake, share[0]),
                    "Every pair has its own share t; you gave all of them the first one.",
                ),
                (
                    lambda real, fake, share: _mixed(real, fake, share.mean()),
                    "Every pair has its own share t; you gave all of them the mean.",
                ),
                (lambda real, fake, share: (real + fake) / 2, "You took the middle; the shares t say how far to go."),
                (
                    lambda real, fake, share: real + _rows(share) * fake,
                    "The shares must add up to one: (1 - t) * real + t * fake.",
                ),
                (
                    lambda real, fake, share: real + _rows(share) * (real - fake),
                    "You walk away from the fake: the way from real to fake is fake - real.",
                ),
                (
                    lambda real, fake, share: _mixed(real, fake, _rows(share.sqrt())),
                    "You go √t of the way; asked is the share t itself.",
                ),
                (
                    lambda real, fake, share: torch.cat([real, fake]),
                    "You took the slopes at real pictures and at fakes; asked for are points in between.",
                ),
            )
        ),
        *(
            Mutant(partial(_between, charge=charge), hint)
            for charge, hint in (
                (
                    lambda slope: 0.5 * slope.square().sum(1).mean(),
                    "That is R1's charge, half the squared norm, which pulls the slope to 0. Here it is pulled to 1: "
                    "(norm - 1) squared.",
                ),
                (
                    lambda slope: slope.square().sum(1).mean(),
                    "That pulls the slope to 0. Here it is pulled to 1: (norm - 1) squared.",
                ),
                (
                    lambda slope: (slope.square().sum(1) - 1).square().mean(),
                    "The root is missing: 1 is subtracted from the norm, not from its square.",
                ),
                (
                    lambda slope: (slope.square().sum(1) - 1).abs().mean(),
                    "Two things: 1 is subtracted from the norm, not from its square; and the difference is squared, "
                    "not made positive by abs().",
                ),
                (
                    lambda slope: slope.norm(dim=1).mean() - 1,
                    "The square is missing: (norm - 1) squared, picture by picture, then the mean.",
                ),
                (
                    lambda slope: (slope.norm(dim=1) - 1).mean(),
                    "The square is missing: (norm - 1) squared, picture by picture, then the mean.",
                ),
                (lambda slope: (slope.norm(dim=1) - 1).abs().mean(), "Square it; you took the absolute value."),
                (
                    lambda slope: (slope.norm(dim=1).mean() - 1) ** 2,
                    "The square of the mean is not the mean of the squares: square each picture's norm - 1 first.",
                ),
                (
                    lambda slope: (slope.norm() - 1) ** 2,
                    "One norm over the whole batch; each picture has its own: flatten(1), then norm(dim=1).",
                ),
                (
                    lambda slope: (slope.norm(dim=0) - 1).square().mean(),
                    "Your norm goes over the batch; it goes over the pixels of one picture, dim=1.",
                ),
                (
                    lambda slope: (slope.view(-1, 2, 3, 4).norm(dim=(1, 2)) - 1).square().mean(),
                    "Each column has a norm of its own in yours; a picture has one, over all its numbers: flatten(1), "
                    "then norm(dim=1).",
                ),
                (
                    lambda slope: (slope.view(-1, 2, 12).norm(dim=2) - 1).square().mean(),
                    "Each channel has a norm of its own in yours; a picture has one, over all its numbers: flatten(1), "
                    "then norm(dim=1).",
                ),
                (
                    lambda slope: (slope.view(-1, 2, 12).norm(dim=1) - 1).square().mean(),
                    "Your norm goes over the channels only, pixel by pixel; first make one row of each picture: "
                    "flatten(1).",
                ),
                (
                    lambda slope: (slope.view(-1, 2, 12)[:, 0].norm(dim=1) - 1).square().mean(),
                    "You look at the first channel only; a picture may have more: flatten(1) makes one row of all.",
                ),
                (
                    lambda slope: (slope.view(-1, 3, 4).norm(dim=1) - 1).square().mean(),
                    "Your norm goes over the rows only; first make one row of each picture: flatten(1).",
                ),
                (
                    lambda slope: (slope.view(-1, 3, 4).norm(dim=2) - 1).square().mean(),
                    "Your norm goes over the columns only; first make one row of each picture: flatten(1).",
                ),
                (
                    lambda slope: (slope.abs() - 1).square().mean(),
                    "Each pixel is pulled to 1 in yours; the norm over a picture's pixels is: flatten(1).norm(dim=1).",
                ),
                (
                    lambda slope: (slope.square().mean(1).sqrt() - 1).square().mean(),
                    "You averaged over the pixels. A norm sums the squares.",
                ),
                (
                    lambda slope: (slope.abs().sum(1) - 1).square().mean(),
                    "Those are sums of absolute values; the norm is the root of the sum of squares.",
                ),
                (
                    lambda slope: (slope.sum(1) - 1).square().mean(),
                    "You sum the slopes and opposite signs cancel; the norm is the root of the sum of squares.",
                ),
                (lambda slope: (slope.norm(dim=1) - 1).square().sum(), "You summed over the pictures; take the mean."),
                (
                    lambda slope: (slope.norm(dim=1) - 1).square(),
                    "One value for each picture; take their mean.",
                ),
                (lambda slope: 0.5 * (slope.norm(dim=1) - 1).square().mean(), "No half here: that belongs to R1."),
                (
                    lambda slope: (slope.norm(dim=1) - 1).relu().square().mean(),
                    "You charge steep slopes only (a one-sided penalty); asked for is the two-sided one.",
                ),
                (lambda slope: -(slope.norm(dim=1) - 1).square().mean(), "The sign: a penalty is never negative."),
                (lambda slope: slope.norm(dim=1).mean(), "That is the mean norm; asked for is (norm - 1) squared."),
                (
                    lambda slope: slope.norm(dim=1),
                    "Those are the norms, one for each picture; asked for is the mean of (norm - 1) squared.",
                ),
                (
                    lambda slope: slope.square().sum(1).mean() - 1,
                    "The mean squared norm minus 1 may be negative: first norm - 1, then its square, then the mean.",
                ),
                (
                    lambda slope: 10 * (slope.norm(dim=1) - 1).square().mean(),
                    "The weight of 10 belongs into D's loss; the penalty itself is asked for.",
                ),
                (
                    lambda slope: (slope.abs().amax(1) - 1).square().mean(),
                    "That is the steepest pixel; the norm is the root of the sum of squares.",
                ),
            )
        ),
        *(
            Mutant(partial(_between, of=of), hint)
            for of, hint in (
                (
                    "probability",
                    "You differentiated the probability. The slope of the *logit* is charged: no sigmoid here.",
                ),
                (
                    "mean",
                    "You differentiated the *mean* logit, which divides every slope by the batch size: use the sum.",
                ),
                ("loss", "You differentiated the loss. The slope of the logit itself is charged."),
                ("mean loss", "You differentiated the loss. The slope of the logit itself is charged."),
                (
                    "first",
                    "You differentiated the first logit only. The sum of all logits gives each picture its slope.",
                ),
            )
        ),
        Mutant(
            lambda d, real, fake, share: (d(_mixed(real, fake, _rows(share))) - 1).square().mean(),
            "You charge the logit itself; its gradient in the picture is charged: torch.autograd.grad.",
        ),
        Mutant(_in_weights, "That is the gradient in D's weights; asked for is the one in the picture, x."),
        Mutant(
            partial(_in_end, end=0),
            "You differentiated in `real`: each slope is 1 - t times too small. The slope in x, the picture in "
            "between, is charged.",
        ),
        Mutant(
            partial(_in_end, end=1),
            "You differentiated in `fake`: each slope is t times the right one. The slope in x, the picture in "
            "between, is charged.",
        ),
        Mutant(partial(_in_end, end=2), _ALONG),
        *(Mutant(partial(_along, unit=unit), _ALONG) for unit in (True, False)),
        *(
            Mutant(
                partial(_rise, positive=positive),
                "That is how much the logit changes from end to end, not its slope at x: use torch.autograd.grad.",
            )
            for positive in (True, False)
        ),
        *(
            Mutant(mixed, "You mix the slopes at the two ends; mix the pictures first, and take the slope there.")
            for mixed in (_mixed_slopes, _mixed_norms)
        ),
    ),
    properties=(
        (
            "The value is right; what is wrong is how it changes with D's weights: keep the way back open "
            "(create_graph=True, and neither detach() nor item()).",
            _value_is_wrong,
        ),
    ),
    shown=lambda output: output[0] if isinstance(output, list) else output,
    trials=5,
)


def _draw_clouds(random: torch.Generator) -> tuple[Tensor, Tensor]:
    real = torch.randn(60, 3, generator=random, dtype=torch.float64)
    return real, 0.4 * torch.randn(50, 3, generator=random, dtype=torch.float64)


def _share(points: Tensor, centres: Tensor, k: int) -> Tensor:
    return (torch.cdist(points, centres) <= _radius(centres, k)).any(1).double().mean()


def _radius(points: Tensor, k: int) -> Tensor:
    return torch.cdist(points, points).kthvalue(k).values


def _own_radius(real: Tensor, fake: Tensor, k: int) -> Tensor:
    return _radius(fake, k)


def _radius_to_real(real: Tensor, fake: Tensor, k: int) -> Tensor:
    return torch.cdist(fake, real).kthvalue(k).values


def _radius_in_union(real: Tensor, fake: Tensor, k: int) -> Tensor:
    return torch.cdist(fake, torch.cat([fake, real])).kthvalue(k).values


def _near(real: Tensor, fake: Tensor) -> Tensor:
    return torch.cdist(real, fake) <= _radius(fake, 4)


def _with_radius(real: Tensor, fake: Tensor, *, radius: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    return (torch.cdist(real, fake) <= radius(real, fake)).any(1).double().mean()


def _at_nearest(real: Tensor, fake: Tensor, *, k: int) -> Tensor:
    distance, place = torch.cdist(real, fake).kthvalue(k, dim=1)
    return (distance <= _radius(fake, 4)[place]).double().mean()


recall_of = Exercise(
    title="recall_of",
    inputs=_draw_clouds,
    reference=lambda real, fake: precision_recall(real, fake)[1],
    mutants=(
        Mutant(
            lambda real, fake: (torch.cdist(real, fake).kthvalue(3).values <= _radius(real, 4)).double().mean(),
            "You ask for the third nearest fake, within the *real* sample's own radius. One fake is enough, and the "
            "territory is the fake's.",
        ),
        Mutant(
            lambda real, fake: (torch.cdist(real, fake).amin(1) <= _radius(real, 4).max()).double().mean(),
            "One radius for all, and the real samples'. Each fake has a territory of its own: compare with a row of "
            "the fakes' radii.",
        ),
        Mutant(
            lambda real, fake: (
                (torch.cdist(real, fake).kthvalue(3, dim=1).values <= _radius(fake, 4).mean()).double().mean()
            ),
            "You ask for the third nearest fake, and one radius for all. One fake is enough, within its own radius.",
        ),
        *(
            Mutant(
                partial(_at_nearest, k=k),
                "You ask only the third nearest fake of each real sample. Any fake will do, within its own radius: "
                "any(dim=1); the third neighbour belongs to the radius.",
            )
            for k in (3, 4)
        ),
        Mutant(
            lambda real, fake: (torch.cdist(fake, real) <= _radius(fake, 4)).any(0).double().mean(),
            "Your rows are fakes and your columns real samples, but the radii stand in a row: each would meet a real "
            "sample. Turn the distances, torch.cdist(real, fake), or the radii, radius[:, None].",
        ),
        Mutant(
            lambda real, fake: (_near(real, fake).sum(1) >= 3).double().mean(),
            "You ask for three fakes nearby. One is enough: any(dim=1); the third neighbour belongs to the radius.",
        ),
        Mutant(lambda real, fake: _share(fake, real, 4), "That is precision: the share of fakes near real samples."),
        Mutant(
            lambda real, fake: _share(real, fake, 3),
            "Your third neighbour counts the sample itself, at distance 0. Take the fourth smallest.",
        ),
        Mutant(
            lambda real, fake: _share(real, fake, 4) * len(real),
            "That is how many real samples are covered; return the share of them.",
        ),
        Mutant(
            lambda real, fake: (
                (torch.cdist(real, fake) <= torch.cdist(real, real).kthvalue(4).values[:, None]).any(1).double().mean()
            ),
            "You used the real samples' own radii (that is called coverage). Recall uses the fakes' territories.",
        ),
        Mutant(
            lambda real, fake: (torch.cdist(real, fake) <= torch.cdist(fake, fake).kthvalue(4).values).double().mean(),
            "That is the share of *pairs* that are close. One fake nearby is enough: use any() over the fakes.",
        ),
        Mutant(
            lambda real, fake: 0.0,
            "Your share is always 0. Is the radius 0 (the nearest 'neighbour' of a sample is the sample itself: take "
            "the fourth smallest), or do you ask for *all* fakes where one is enough, any(dim=1)?",
        ),
        Mutant(
            lambda real, fake: 1.0,
            "Your share is always 1. Is the comparison the wrong way round (within is <=), or is any() without dim=1?",
        ),
        Mutant(
            partial(_with_radius, radius=partial(_own_radius, k=2)),
            "That is the nearest neighbour's distance; the third one's is asked for.",
        ),
        Mutant(
            partial(_with_radius, radius=partial(_own_radius, k=5)),
            "That is the fourth neighbour: the sample itself counts, so the third is the fourth smallest.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: _radius(fake, 4).mean()),
            "One radius for all. Each fake has its own: compare with a row of radii.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: _radius(fake, 4).max()),
            "One radius for all. Each fake has its own: compare with a row of radii.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: _radius(fake, 4).median()),
            "One radius for all. Each fake has its own: compare with a row of radii.",
        ),
        *(
            Mutant(
                partial(_with_radius, radius=partial(_radius_to_real, k=k)),
                "Your radius reaches to the third nearest *real* sample; a fake's territory is measured among fakes.",
            )
            for k in (3, 4)
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: torch.cdist(fake, fake).topk(3).values[:, -1]),
            "topk gives the largest distances; nearest means smallest: largest=False, and mind the sample itself.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: torch.cdist(fake, fake).topk(4).values[:, -1]),
            "topk gives the largest distances; nearest means smallest: largest=False, and mind the sample itself.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: torch.cdist(fake, fake)[:, 3]),
            "The distances are not sorted: the fourth column is the distance to sample 3. Sort, or use kthvalue.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: torch.cdist(fake, fake).sort().values[:, 1:4].mean(1)),
            "That is the mean distance to three neighbours; the distance to the third one is asked for.",
        ),
        Mutant(
            lambda real, fake: (torch.cdist(real, fake).square() <= _radius(fake, 4)).any(1).double().mean(),
            "You compare a squared distance with a radius: square both, or neither.",
        ),
        Mutant(
            lambda real, fake: (torch.cdist(real, fake) <= _radius(fake, 4).square()).any(1).double().mean(),
            "You compare a distance with a squared radius: square both, or neither.",
        ),
        *(
            Mutant(
                partial(_with_radius, radius=partial(_radius_in_union, k=k)),
                "Your radius reaches to a neighbour among real *and* fake samples; a fake's territory is measured "
                "among fakes alone.",
            )
            for k in (3, 4)
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: torch.cdist(fake, fake).median(1).values),
            "That is the median distance to other fakes; the distance to the third nearest is asked for.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: torch.cdist(fake, fake).mean(1)),
            "That is the mean distance to other fakes; the distance to the third nearest is asked for.",
        ),
        Mutant(
            partial(_with_radius, radius=lambda real, fake: _radius(real, 4).mean()),
            "One radius for all, and from the real samples. Each fake has its own, measured among fakes.",
        ),
        Mutant(
            lambda real, fake: (
                (torch.cdist(real, fake, p=1) <= torch.cdist(fake, fake, p=1).kthvalue(4).values).any(1).double().mean()
            ),
            "Those are sums of absolute differences; the distance is the usual one, torch.cdist as it stands.",
        ),
        Mutant(
            lambda real, fake: (_near(real, fake).any(1).double().mean() + _share(fake, real, 4)) / 2,
            "That mixes precision in; recall alone is asked for.",
        ),
        Mutant(
            lambda real, fake: _near(real, fake).any(1).sum(),
            "That is how many real samples are covered; return the share of them.",
        ),
        Mutant(
            lambda real, fake: _near(real, fake).any(0).double().mean(),
            "That is the share of *fakes* with a real sample near. Go over the fakes: any(dim=1).",
        ),
        Mutant(
            lambda real, fake: _near(real, fake).any(1).double(),
            "Yes or no for each real sample; the share is their mean.",
        ),
        Mutant(lambda real, fake: _near(real, fake).any(1), "Yes or no for each real sample; the share is their mean."),
        Mutant(
            lambda real, fake: _near(real, fake).any(1).double().sum() / len(fake),
            "Divide by the number of real samples, not of fakes.",
        ),
        Mutant(
            lambda real, fake: _near(real, fake).double().sum(1).mean(),
            "That is how many fakes are near a real sample, on average. One is enough: any(dim=1).",
        ),
        Mutant(
            lambda real, fake: 1 - _near(real, fake).any(1).double().mean(),
            "That is the share of real samples that no fake reaches; within is <=.",
        ),
        Mutant(
            lambda real, fake: (torch.cdist(real, fake).amin(1) <= _radius(fake, 4).mean()).double().mean(),
            "One radius for all. Each fake has its own: compare with a row of radii.",
        ),
        Mutant(
            lambda real, fake: (
                (torch.cdist(real, fake).amin(1) <= _radius(fake, 4)[torch.cdist(real, fake).argmin(1)]).double().mean()
            ),
            "You ask the nearest fake only. Another, further away, may have the larger territory: ask all, any(dim=1).",
        ),
        Mutant(
            lambda real, fake: (torch.cdist(fake, real) <= _radius(real, 4)).any(1).double().sum() / len(real),
            "That is precision: the share of fakes near real samples.",
        ),
    ),
)


def _build_and_try(attempt: Callable[[int], Any], seed: int) -> Any:
    """What is wrong with a generator of pictures, as a verdict; hands on `...` and None."""
    with torch.random.fork_rng(devices=[]):
        for latent_dim in (64, 24):  # the first decides about the budget
            torch.manual_seed(seed)
            network = attempt(latent_dim)
            if network is ... or network is None:
                return network
            draw = partial(_latents, latent_dim)
            fault = builds.fault_of(network, draw, (1, 28, 28), most=20_000)
            fault = fault or _range_fault(network, latent_dim) or _bend_fault(network, latent_dim)
            fault = fault or _locality_fault(network, latent_dim)
            if fault:
                return Verdict("wrong", fault)
    return Verdict("passed", "")


def _latents(latent_dim: int, count: int) -> list[Tensor]:
    return [torch.randn(count, latent_dim)]


@torch.no_grad()
def _range_fault(network: nn.Module, latent_dim: int) -> str:
    """Whether pictures stay in [-1, 1] for any weights, and can be dark and bright."""
    larger = copy.deepcopy(network).eval()
    for weight in larger.parameters():
        weight.mul_(20)
    pictures = larger(torch.randn(16, latent_dim))
    if pictures.abs().max() > 1:
        return "Its pictures can leave [-1, 1] once the weights grow: end with a tanh."
    if pictures[..., 9:19, 9:19].flatten(1).std(1).max() < 1e-3:
        return "Away from its border every picture is one even grey: the latents must make a sketch with places in it."
    if pictures.min() > -0.5 or pictures.max() < 0.5:
        return "Its pictures use half of the range from -1 to 1 only: a sigmoid or a ReLU at the end?"
    return ""


@torch.no_grad()
def _bend_fault(network: nn.Module, latent_dim: int) -> str:
    """Whether something bends before the tanh that ends it."""
    exact = copy.deepcopy(network).eval().double()
    a, b = torch.randn(2, 16, latent_dim, dtype=torch.float64)
    both, one, other, none = (torch.atanh(exact(z)) for z in (a + b, a, b, 0 * a))
    if (both + none - one - other).abs().max() < 1e-6 * one.abs().max():
        return "But for the tanh at its end it is linear: put something bent, a ReLU, between two layers."
    return ""


@torch.no_grad()
def _locality_fault(network: nn.Module, latent_dim: int) -> str:
    """Each weight of a convolution works at many places; one of a last dense layer at a single pixel."""
    shapes = [weight.shape for weight in network.parameters() if weight.dim() == 4]
    if not shapes:
        return "It has no convolution; two at least, that look at neighbours, must draw."
    kernels = sum(max(shape[2:]) > 1 for shape in shapes)
    if kernels < 2:
        subject = "1 convolution that looks" if kernels == 1 else f"{kernels} convolutions that look"
        return f"It has {subject} at neighbours; two at least must draw."
    z = torch.randn(4, latent_dim)
    network.eval()
    before = network(z)
    for weight in network.parameters():
        old, touched = weight.clone(), 0
        for place in torch.randint(weight.numel(), (8,)).tolist():  # at the picture's border fewer pixels are near
            changed = old.flatten().clone()
            changed[place] += 0.1
            weight.copy_(changed.view_as(weight))
            touched = max(touched, int(((network(z) - before).abs() > 1e-7).any(0).sum()))
        weight.copy_(old)
        if 0 < touched < 16:
            return (
                f"One weight of shape {tuple(weight.shape)} moves {touched} of 784 pixels: a convolution's would be "
                "at work in many places. The last layers must be convolutions."
            )
    fault = _full_sketch_fault(network, latent_dim)
    network.train()
    return fault


@torch.enable_grad()
def _full_sketch_fault(network: nn.Module, latent_dim: int) -> str:
    """The marks that single weights leave begin in neighbouring columns; in a sketch that is enlarged they cannot."""
    pictures, weights = network(torch.randn(32, latent_dim)), [w for w in network.parameters() if w.requires_grad]
    signs = torch.randn_like(pictures)
    columns = [
        torch.autograd.grad((signs * pictures)[..., column].sum(), weights, retain_graph=True) for column in range(28)
    ]
    for weight, slopes in zip(weights, zip(*columns, strict=True), strict=True):
        moved = torch.stack(slopes).flatten(1) != 0  # (28, weights): which columns of the picture hear which weight
        left, right = moved.int().argmax(0), 27 - moved.flip(0).int().argmax(0)
        # At the border a mark is cut, and a kernel's spans the picture. A ReLU may cut one, but not most of them.
        marks = left[moved.any(0) & (left > 0) & (right < 27) & (right - left < 14)]
        often = torch.bincount(marks, minlength=28) > len(marks) / 50
        if len(marks) > 0.4 * weight.numel() and (often[1:] & often[:-1]).sum() > often.sum() / 2:
            return (
                f"The weights of shape {tuple(weight.shape)} sketch all 28 x 28 pixels one by one: the convolutions "
                "only smooth what a dense layer draws. Begin with a sketch of 14 x 14 at most, and enlarge it."
            )
    return ""


class _Tiny(nn.Sequential):
    """A sketch of 7 x 7, enlarged twice, with one thing changed."""

    def __init__(
        self,
        latent_dim: int,
        *,
        maps: int = 4,
        width: int = 16,
        side: int = 7,
        act: type[nn.Module] = nn.ReLU,
        end: type[nn.Module] = nn.Tanh,
        channels: int = 1,
        padding: int = 1,
    ) -> None:
        super().__init__(
            nn.Linear(latent_dim, maps * side * side), nn.Unflatten(1, (maps, side, side)), act(),
            nn.Upsample(scale_factor=2), nn.Conv2d(maps, width, 3, padding=padding), act(),
            nn.Upsample(scale_factor=2), nn.Conv2d(width, channels, 3, padding=padding), end(),
        )  # fmt: skip


class _Noisy(_Tiny):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z + torch.randn_like(z))


class _CutOff(_Tiny):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z).detach()


class _Constant(_Tiny):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(torch.ones_like(z))


class _HalfUsed(_Tiny):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z * (torch.arange(z.shape[1]) % 2))


class _WithUnused(_Tiny):
    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self.spare = nn.Conv2d(4, 4, 3)

    def forward(self, z: Tensor) -> Tensor:
        return nn.Sequential(*list(self)[:-1])(z)


def _dense(latent_dim: int, hidden: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))
    )


def _full_sketch(latent_dim: int, kernel: int) -> nn.Module:
    convolutions = (nn.Conv2d(1, 8, kernel, padding="same"), nn.ReLU(), nn.Conv2d(8, 1, kernel, padding="same"))
    dense = (nn.Linear(latent_dim, 16), nn.ReLU(), nn.Linear(16, 784), nn.Unflatten(1, (1, 28, 28)))
    return nn.Sequential(*dense, *convolutions, nn.Tanh())


# Other wrong answers; the verdict on the network says these sentences itself, and the tests hold it to them.
TINY_FAULTS = (
    Mutant(_Noisy, "The same latents give different samples: it draws random numbers of its own."),
    Mutant(_CutOff, "No gradient comes back from its samples: a detach() or no_grad() inside cuts the way."),
    Mutant(
        lambda latent_dim: nn.Sequential(
            nn.Unflatten(1, (latent_dim, 1, 1)),
            nn.Upsample(scale_factor=28),
            nn.Conv2d(latent_dim, 8, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 1, 3, padding=1),
            nn.Tanh(),
        ),
        "Away from its border every picture is one even grey: the latents must make a sketch with places in it.",
    ),
    Mutant(_Constant, "Its samples do not depend on the latents: every z gives the same."),
    Mutant(
        lambda latent_dim: _Tiny(latent_dim).requires_grad_(False),
        "Nothing in it can learn: it has no weights, or they are frozen (requires_grad).",
    ),
    Mutant(
        lambda latent_dim: nn.Sequential(
            nn.Linear(latent_dim, 196),
            nn.Unflatten(1, (4, 7, 7)),
            nn.Upsample(scale_factor=4),
            nn.Conv2d(4, 1, 3, padding=1),
        ),
        "It is linear: without something bent (a ReLU, a tanh) between two layers a Gaussian stays a Gaussian.",
    ),
    *(
        Mutant(partial(_Tiny, act=act), "But for the tanh at its end it is linear: put something bent, a ReLU, between")
        for act in (nn.Identity, nn.Dropout)
    ),
    Mutant(
        lambda latent_dim: list(_Tiny(latent_dim)),
        "Those are several modules; put them into one: nn.Sequential(first, second, ...).",
    ),
    Mutant(lambda latent_dim: _Tiny, "That is the class itself; make a network of it, with brackets."),
    Mutant(
        lambda latent_dim: _Tiny(latent_dim)(torch.randn(4, latent_dim)),
        "That is no network: return an nn.Module, for instance nn.Sequential(...).",
    ),
    Mutant(partial(_Tiny, end=nn.Identity), "Its pictures can leave [-1, 1] once the weights grow: end with a tanh."),
    Mutant(
        partial(_Tiny, end=nn.Sigmoid),
        "Its pictures use half of the range from -1 to 1 only: a sigmoid or a ReLU at the end?",
    ),
    Mutant(_HalfUsed, "numbers of a latent change nothing: use them all."),
    *(
        Mutant(
            partial(_full_sketch, kernel=kernel),
            "sketch all 28 x 28 pixels one by one: the convolutions only smooth what a dense layer draws.",
        )
        for kernel in (3, 5)
    ),
    Mutant(_WithUnused, "No gradient reaches the weights of shape (4, 4, 3, 3): they would never learn."),
)

tiny_generator = Exercise(
    title="tiny_generator",
    inputs=lambda random: (int(torch.randint(1_000_000, (), generator=random)),),
    run=_build_and_try,
    reference=_Tiny,
    trials=2,
    mutants=(
        Mutant(
            partial(_dense, hidden=16),
            "Fully connected to the last layer: every weight there draws one pixel. Draw a small sketch, enlarge it, "
            "convolve.",
        ),
        Mutant(
            lambda latent_dim: nn.Sequential(
                nn.Linear(latent_dim, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))
            ),
            "One dense layer to 784 pixels is over the budget, and no convolution. Draw a small sketch, enlarge it, "
            "convolve.",
        ),
        Mutant(partial(_Tiny, channels=3), "Three maps come out; a grey picture has one."),
        Mutant(partial(_Tiny, padding=0), "Each convolution without padding takes two pixels off: padding=1 keeps 28."),
        Mutant(
            partial(_Tiny, side=8),
            "8 doubled twice is 32. Begin with a side that two doublings carry to 28.",
        ),
        Mutant(
            partial(_Tiny, side=14, maps=1),
            "14 doubled twice is 56. Begin with a side that two doublings carry to 28, or double once.",
        ),
        Mutant(
            lambda latent_dim: _Tiny(64),
            "The first layer must take latent_dim numbers, whatever that is; yours takes 64.",
        ),
        Mutant(
            SmallGenerator,
            "That is this notebook's generator. Nearly all its weights sit in the first layer, latent_dim * 64 * 49: "
            "begin with fewer maps.",
        ),
        Mutant(
            partial(_Tiny, maps=64),
            "The first layer has (latent_dim + 1) * maps * 49 weights: for 64 latents 64 maps are far too many.",
        ),
    ),
)  # fmt: skip


# Beat it: letters in few steps.
_RULES = recipes.Rules(
    start={
        "g_rate": 3e-3, "d_rate": 3e-3, "betas": (0.0, 0.99), "batch_size": 64, "latent_dim": 64,
        "loss": losses.non_saturating, "r1_weight": 0.1, "r1_every": 4,
    },
    steps=40,
    most_in_batch=64,
    most_weights=300_000,
    shape=(1, 28, 28),
    generator=SmallGenerator,
    discriminator=SmallDiscriminator,
    average=True,
)  # fmt: skip


@functools.cache
def _letters() -> tuple[data.Images, models.Classifier, Tensor]:
    """4,000 letters to learn from; the judge, and its features of 2,000 others."""
    train, others = data.generator_split("glyphs", count=6000).split(4000, seed=0)
    eye = models.pretrained("classifier-glyphs")
    return train, eye, metrics.features(eye, others[:])


def _play_letters(recipe: dict[str, Any], seed: int) -> float:
    """The Frechet distance of 1,000 drawn letters, after the training."""
    train, eye, real = _letters()

    def score(generator: nn.Module, count: int = 1000) -> float:
        z = sampling.latents(count, recipe["latent_dim"], seed=1)
        drawn = sampling.generate(generator, z)
        recipes.no_copies(drawn, train[:])
        return metrics.frechet_distance(real, metrics.features(eye, drawn)) if drawn.isfinite().all() else math.inf

    batches = train.batches(recipe["batch_size"], steps=_RULES.steps, seed=seed)
    return recipes.train(_RULES, recipe, batches, seed, score=score, knows=lambda made: score(made, 250) < 30)


beat_the_letters = recipes.challenge(
    _RULES, title="beat_the_letters", play=_play_letters, ours=20, to_beat=14, lower_is_better=True
)
