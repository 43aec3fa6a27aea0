import math

import torch

from ganutils import data


def test_the_ring_has_its_modes_once_each_on_the_circle() -> None:
    ring = data.ring(8, radius=2.0)
    assert len(torch.unique(ring.centres.round(decimals=4), dim=0)) == 8
    torch.testing.assert_close(ring.centres.norm(dim=1), torch.full((8,), 2.0))
    torch.testing.assert_close(ring.centres.mean(0), torch.zeros(2), atol=1e-6, rtol=0)


def test_the_grid_is_centred_and_spaced() -> None:
    grid = data.grid(5, spacing=2.0)
    assert len(grid.centres) == 25
    torch.testing.assert_close(grid.centres.mean(0), torch.zeros(2))
    gaps = torch.cdist(grid.centres, grid.centres) + 100 * torch.eye(25)
    assert gaps.min().item() == 2.0


def test_samples_have_the_mixtures_moments() -> None:
    ring = data.ring(8, radius=2.0, sigma=0.1)
    points = ring.sample(100_000)
    # Each coordinate: variance r^2 / 2 of the circle plus sigma^2.
    torch.testing.assert_close(points.var(0), torch.full((2,), 2.0 + 0.01), atol=0.03, rtol=0)
    distance = torch.cdist(points, ring.centres).min(1).values
    inside = (distance <= 0.3).float().mean().item()
    assert math.isclose(inside, 1 - math.exp(-4.5), abs_tol=0.002)


def test_a_run_continued_later_sees_the_same_batches() -> None:
    ring = data.ring()
    whole, tail = list(ring.batches(16, steps=10)), list(ring.batches(16, steps=10, first_step=6))
    assert len(tail) == 4
    assert all(torch.equal(a, b) for a, b in zip(whole[6:], tail, strict=True))
    assert not torch.equal(whole[0], whole[1])
