"""Numbers that compare two sets of samples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ModeReport:
    """How well samples cover a mixture of Gaussians.

    Attributes:
        modes: the modes there are.
        covered: modes that hold at least a fifth of their fair share of the samples, within 3 sigma.
        high_quality: share of samples within 3 sigma of some mode. In two dimensions even the true
            mixture reaches only 1 - exp(-9/2) = 0.98889.
        effective_modes: exp(entropy) of the histogram of nearest modes, from 1 to `modes`.
        reverse_kl: KL(that histogram || uniform) in nats, 0 at best.
    """

    modes: int
    covered: int
    high_quality: float
    effective_modes: float
    reverse_kl: float

    def __str__(self) -> str:
        return (
            f"{self.covered} of {self.modes} modes covered, high quality {self.high_quality:.2f}, "
            f"effective modes {self.effective_modes:.1f}"
        )


def mode_report(samples: Tensor, centres: Tensor, sigma: float) -> ModeReport:
    """Count the modes that samples cover (notebook 02; the threshold is one fifth of a fair share).

    Args:
        samples: (n, d).
        centres: (modes, d).
        sigma: the standard deviation of each mode, in the samples' unit.

    Raises:
        ValueError: no samples, or another number of dimensions than the centres'.
    """
    if samples.ndim != 2 or len(samples) == 0 or samples.shape[1:] != centres.shape[1:]:
        raise ValueError(
            f"mode_report needs samples of shape (n, {centres.shape[1]}) with n >= 1, not {tuple(samples.shape)}."
        )
    distance, nearest = torch.cdist(samples.double(), centres.double()).min(1)
    close = distance <= 3 * sigma
    modes = len(centres)
    good = torch.bincount(nearest[close], minlength=modes) / len(samples)
    share = torch.bincount(nearest, minlength=modes) / len(samples)
    entropy = -torch.special.xlogy(share, share).sum()
    return ModeReport(
        modes=modes,
        covered=int((good >= 1 / (5 * modes)).sum()),
        high_quality=close.double().mean().item(),
        effective_modes=entropy.exp().item(),
        reverse_kl=(torch.log(torch.tensor(float(modes))) - entropy).item(),
    )


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Distance between the Gaussians that fit two sets of features: |mean - mean|^2 + tr(A + B - 2 (AB)^(1/2)).

    Not to be called FID unless the features are Inception's (Heusel et al. 2017). It is biased upwards: for
    samples of n from one and the same distribution it is above 0 and falls with 1/n. Always show that floor.

    Args:
        a, b: features (n, d) and (m, d), from `judge.features`; n and m of a few hundred at least.

    Raises:
        ValueError: fewer than two rows, or different numbers of features.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"Give two sets of features (n, d) with n >= 2, not {tuple(a.shape)} and {tuple(b.shape)}.")
    a, b = a.double(), b.double()
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
    real, fake = real.double(), fake.double()

    def covered(points: Tensor, centres: Tensor) -> float:
        radius = torch.cdist(centres, centres).kthvalue(neighbours + 1).values  # the nearest is the point itself
        return (torch.cdist(points, centres) <= radius).any(1).double().mean().item()

    return covered(fake, real), covered(real, fake)
