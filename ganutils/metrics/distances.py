"""Distances between two sets of features.

Computed in float64 on the CPU, wherever the features come from: Apple's GPU has no float64.
"""

from __future__ import annotations

import torch
from torch import Tensor


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Distance between the Gaussians that fit two sets of features: `|mean - mean|^2 + tr(A + B - 2 (AB)^(1/2))`.

    Not to be called FID unless the features are Inception's (Heusel et al. 2017). It is biased upwards: for
    samples of n from one and the same distribution it is above 0 and falls with 1/n. Always show that floor.

    Args:
        a, b: features (n, d) and (m, d), from `metrics.features`; n and m of a few hundred at least.

    Raises:
        ValueError: fewer than two rows, or different numbers of features.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"Give two sets of features (n, d) with n >= 2, not {tuple(a.shape)} and {tuple(b.shape)}.")
    a, b = a.cpu().double(), b.cpu().double()
    shift = (a.mean(0) - b.mean(0)).square().sum()
    first, second = torch.cov(a.T).reshape(a.shape[1], -1), torch.cov(b.T).reshape(b.shape[1], -1)
    # (AB)^(1/2) has the trace of the symmetric (A^(1/2) B A^(1/2))^(1/2), whose eigenvalues are real.
    values, vectors = torch.linalg.eigh(first)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ second @ root).clamp(min=0).sqrt().sum()
    return (shift + first.trace() + second.trace() - 2 * cross).clamp(min=0).item()


def precision_recall(real: Tensor, fake: Tensor, *, neighbours: int = 3) -> tuple[float, float]:
    """Which share of fakes lies where real samples are, and which share of real ones lies where fakes are.

    A sample's territory is the ball that reaches to its k-th nearest neighbour in its own set (Kynkaanniemi et
    al. 2019). Even two halves of one real set score below 1: show that ceiling beside it.

    Args:
        real, fake: features (n, d) and (m, d), equally many for a fair comparison.
        neighbours: k; 3 in the paper.

    Raises:
        ValueError: no more samples than `neighbours`.
    """
    if min(len(real), len(fake)) <= neighbours:
        raise ValueError(f"precision_recall needs more than {neighbours} samples in each set.")
    real, fake = real.cpu().double(), fake.cpu().double()

    def covered(points: Tensor, centres: Tensor) -> float:
        radius = torch.cdist(centres, centres).kthvalue(neighbours + 1).values  # the nearest is the point itself
        return (torch.cdist(points, centres) <= radius).any(1).double().mean().item()

    return covered(fake, real), covered(real, fake)
