"""How well points cover a mixture whose modes are known."""

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
    distance, nearest = torch.cdist(samples.cpu().double(), centres.cpu().double()).min(1)
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
