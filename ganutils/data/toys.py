"""Distributions in the plane whose every property is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ganutils.data.sets import seeded


@dataclass(frozen=True)
class Gaussians:
    """An even mixture of round Gaussians in the plane: `centres` (modes, 2), one `sigma` for all."""

    centres: Tensor
    sigma: float

    def sample(self, count: int, *, seed: int = 0) -> Tensor:
        """Draw (count, 2) points."""
        return self._draw(count, seeded(seed, 0))

    def _draw(self, count: int, random: torch.Generator) -> Tensor:
        modes = torch.randint(len(self.centres), (count,), generator=random)
        noise = torch.randn(count, 2, generator=random)
        modes, noise = (part.to(self.centres.device, non_blocking=True) for part in (modes, noise))
        return self.centres[modes] + self.sigma * noise

    def batches(self, batch_size: int, *, steps: int, seed: int = 0, first_step: int = 0) -> Iterator[Tensor]:
        """Fresh points (batch_size, 2) for the steps first_step + 1 ... steps."""
        for step in range(first_step, steps):
            yield self._draw(batch_size, seeded(seed, step + 1))


def ring(modes: int = 8, *, radius: float = 2.0, sigma: float = 0.1, device: torch.device | str = "cpu") -> Gaussians:
    """Gaussians on a circle: the standard test for mode collapse."""
    angle = 2 * math.pi * torch.arange(modes) / modes  # arange, so the first mode is not repeated as the last
    return Gaussians(radius * torch.stack([angle.cos(), angle.sin()], 1).to(device), sigma)


def grid(side: int = 5, *, spacing: float = 2.0, sigma: float = 0.05, device: torch.device | str = "cpu") -> Gaussians:
    """Gaussians on a square grid of side x side modes, centred on the origin."""
    axis = spacing * (torch.arange(side) - (side - 1) / 2)
    return Gaussians(torch.cartesian_prod(axis, axis).view(-1, 2).to(device), sigma)
