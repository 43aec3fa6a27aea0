"""Exercises of notebook 05: the Frechet distance, R1, recall."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganutils.losses import r1
from ganutils.metrics import frechet_distance, precision_recall
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


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


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
            lambda a, b: _distance(a, b, cross=lambda p, q: torch.linalg.svdvals(p @ q).sqrt().sum()),
            "The singular values of a product that is not symmetric are not its eigenvalues: use eigvals.",
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
            "You compare the covariances entry by entry. Fréchet's distance has tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2)).",
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
    ),
)


def _draw_network(random: torch.Generator) -> tuple[nn.Module, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(1_000_000, (), generator=random)))
        network = nn.Sequential(nn.Flatten(), nn.Linear(12, 6), nn.Tanh(), nn.Linear(6, 1), nn.Flatten(0))
        for weight in network.parameters():
            nn.init.normal_(weight)
        return network, torch.randn(5, 1, 3, 4)


def _value_and_slope(attempt: Callable[..., Any], network: nn.Module, real: Tensor) -> Any:
    penalty = attempt(network, real)
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


def _value_is_the_same(output: Any, network: nn.Module, real: Tensor) -> bool:
    return not torch.allclose(torch.as_tensor(output[0]), r1(network, real), rtol=1e-3)


def _slope(network: nn.Module, real: Tensor, *, of: str = "logit") -> Tensor:
    """The gradient of something, for each picture, in one row."""
    x = real.detach().requires_grad_()
    logits = network(x)
    values = {
        "logit": logits.sum(), "probability": torch.sigmoid(logits).sum(), "mean": logits.mean(),
        "loss": F.softplus(-logits).sum(), "mean loss": F.softplus(-logits).mean(), "first": logits[0],
    }  # fmt: skip
    return torch.autograd.grad(values[of], x, create_graph=True)[0].flatten(1)


def _in_weights(network: nn.Module, real: Tensor) -> Tensor:
    slopes = torch.autograd.grad(network(real).sum(), list(network.parameters()), create_graph=True)
    return 0.5 * torch.stack([slope.square().sum() for slope in slopes]).sum()


penalty_r1 = Exercise(
    title="penalty_r1",
    inputs=_draw_network,
    run=_value_and_slope,
    reference=r1,
    mutants=(
        Mutant(
            lambda d, x: r1(d, x).detach(),
            "The value is right, but D cannot learn from it: create_graph=True keeps the way back.",
        ),
        Mutant(lambda d, x: 2 * r1(d, x), "Twice too large: the factor one half is missing."),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x).norm(dim=1).mean(),
            "That is half the mean gradient norm; R1 takes its square.",
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x).square().mean(),
            "You averaged over the pixels. The squared norm is their sum; the mean is over pictures only.",
        ),
        Mutant(
            lambda d, x: _slope(d, x).square().mean(),
            "You averaged over the pixels, and the half is missing. Sum over a picture's pixels, mean over pictures.",
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x, of="probability").square().sum(1).mean(),
            "You differentiated the probability. R1 charges the slope of the *logit*: no sigmoid here.",
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x, of="mean").square().sum(1).mean(),
            "You differentiated the *mean* logit, which divides every slope by the batch size: use the sum.",
        ),
        *(
            Mutant(
                lambda d, x, of=of: 0.5 * _slope(d, x, of=of).square().sum(1).mean(),
                "You differentiated the loss. R1 charges the slope of the logit itself.",
            )
            for of in ("loss", "mean loss")
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x, of="first").square().sum(1).mean(),
            "You differentiated the first picture's logit only. The sum of all logits gives each picture its slope.",
        ),
        Mutant(lambda d, x: len(x) * r1(d, x), "You summed over the pictures; take the mean."),
        Mutant(lambda d, x: 2 * len(x) * r1(d, x), "You summed over the pictures, and the half is missing: a mean."),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x).norm(),
            "One norm over the whole batch: take each picture's squared norm, then the mean.",
        ),
        Mutant(
            lambda d, x: _slope(d, x).norm(),
            "One norm over the whole batch: take each picture's squared norm, then half the mean.",
        ),
        Mutant(
            lambda d, x: 0.5 * (_slope(d, x).norm(dim=1) - 1).square().mean(),
            "That is the penalty of WGAN-GP, which pulls the norm to 1. R1 pulls it to 0: no - 1.",
        ),
        Mutant(
            lambda d, x: (_slope(d, x).norm(dim=1) - 1).square().mean(),
            "That is the penalty of WGAN-GP, which pulls the norm to 1. R1 pulls it to 0: half the squared norm.",
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x).norm(dim=1).mean() ** 2,
            "The square of the mean norm is not the mean of the squared norms: square first.",
        ),
        Mutant(
            lambda d, x: _slope(d, x).norm(dim=1).mean(), "That is the mean norm; R1 is half the mean of its square."
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x).sum(1).square().mean(),
            "You sum the slopes before you square them, and opposite signs cancel: square first.",
        ),
        Mutant(
            lambda d, x: 0.5 * _slope(d, x).abs().sum(1).mean(),
            "Those are absolute values; a squared norm sums squares.",
        ),
        Mutant(lambda d, x: 0.5 * _slope(d, x).square().sum(1), "One value for each picture; take their mean."),
        Mutant(lambda d, x: _slope(d, x).square().sum(1), "One value for each picture; half their mean is asked for."),
        Mutant(lambda d, x: -r1(d, x), "The sign: a penalty is never negative."),
        Mutant(
            lambda d, x: 0.5 * d(x).square().mean(),
            "You penalise the logit itself. R1 charges its gradient in the picture: torch.autograd.grad.",
        ),
        Mutant(
            _in_weights,
            "That is the gradient in D's weights. R1 takes the one in the picture, x.",
        ),
    ),
    properties=(
        (
            "The value is right; what is wrong is how it changes with D's weights: keep the way back open "
            "(create_graph=True, and neither detach() nor item()).",
            _value_is_the_same,
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


def _near(real: Tensor, fake: Tensor) -> Tensor:
    return torch.cdist(real, fake) <= _radius(fake, 4)


def _with_radius(real: Tensor, fake: Tensor, *, radius: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    return (torch.cdist(real, fake) <= radius(real, fake)).any(1).double().mean()


recall_of = Exercise(
    title="recall_of",
    inputs=_draw_clouds,
    reference=lambda real, fake: precision_recall(real, fake)[1],
    mutants=(
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
