"""Exercises of notebook 05: the Frechet distance, R1, recall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganutils.losses import r1
from ganutils.metrics import frechet_distance, precision_recall
from ganutils.teaching import Exercise, Mutant


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
    if isinstance(answer, Tensor) and answer.is_complex():
        raise ValueError("your result is complex: take the real part of the eigenvalues")
    return answer


distance_of = Exercise(
    title="distance_of",
    inputs=_draw_features,
    run=_real_number,
    reference=frechet_distance,
    mutants=(
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (p * q).clamp(min=0).sqrt().trace()),
            "You took square roots entry by entry. The root of a matrix goes through its eigenvalues.",
        ),
        Mutant(
            lambda a, b: _distance(a, b, cross=lambda p, q: (p @ q).clamp(min=0).sqrt().trace()),
            "You took the roots of the entries of the product. The root of a matrix goes through its eigenvalues.",
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
        return ...
    weights = [network[1].weight, network[3].weight]  # type: ignore[index]
    slopes = [torch.zeros_like(weight) for weight in weights]
    if isinstance(penalty, Tensor) and penalty.requires_grad and penalty.ndim == 0:
        found = torch.autograd.grad(penalty, weights, allow_unused=True)
        slopes = [torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True)]
    return [torch.as_tensor(penalty).detach(), *slopes]


def _variant(network: nn.Module, real: Tensor, *, of: str = "logit", reduce: str = "sum") -> Tensor:
    x = real.detach().requires_grad_()
    logits = network(x)
    value = {"logit": logits.sum(), "probability": torch.sigmoid(logits).sum(), "mean": logits.mean()}[of]
    (slope,) = torch.autograd.grad(value, x, create_graph=True)
    flat = slope.flatten(1)
    if reduce == "pixels":
        return 0.5 * flat.square().mean(1).mean()
    if reduce == "norm":
        return 0.5 * flat.norm(dim=1).mean()
    return 0.5 * flat.square().sum(1).mean()


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
            lambda d, x: _variant(d, x, reduce="norm"),
            "That is half the mean gradient norm; R1 takes its square.",
        ),
        Mutant(
            lambda d, x: _variant(d, x, reduce="pixels"),
            "You averaged over the pixels. The squared norm is their sum; the mean is over pictures only.",
        ),
        Mutant(
            lambda d, x: _variant(d, x, of="probability"),
            "You differentiated the probability. R1 charges the slope of the *logit*: no sigmoid here.",
        ),
        Mutant(
            lambda d, x: _variant(d, x, of="mean"),
            "You differentiated the *mean* logit, which divides every slope by the batch size: use the sum.",
        ),
        Mutant(lambda d, x: len(x) * r1(d, x), "You summed over the pictures; take the mean."),
        Mutant(
            lambda d, x: 0.5 * torch.autograd.functional.vjp(lambda w: d(w).sum(), x, create_graph=True)[1].norm(),
            "One norm over the whole batch: take each picture's squared norm, then the mean.",
        ),
    ),
)


def _draw_clouds(random: torch.Generator) -> tuple[Tensor, Tensor]:
    real = torch.randn(60, 3, generator=random, dtype=torch.float64)
    return real, 0.4 * torch.randn(50, 3, generator=random, dtype=torch.float64)


def _share(points: Tensor, centres: Tensor, k: int) -> Tensor:
    radius = torch.cdist(centres, centres).kthvalue(k).values
    return (torch.cdist(points, centres) <= radius).any(1).double().mean()


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
    ),
)
