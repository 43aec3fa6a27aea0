import math

import pytest
import torch

from ganutils import metrics, toys

RING = toys.ring()


def test_the_true_mixture_reaches_its_ceiling() -> None:
    report = metrics.mode_report(RING.sample(100_000), RING.centres, RING.sigma)
    assert report.covered == report.modes == 8
    assert report.high_quality == pytest.approx(1 - math.exp(-4.5), abs=0.002)
    assert report.effective_modes == pytest.approx(8, abs=0.01)
    assert report.reverse_kl == pytest.approx(0, abs=0.001)


def test_samples_on_two_modes() -> None:
    points = RING.centres[[0, 3]].repeat(500, 1)
    report = metrics.mode_report(points, RING.centres, RING.sigma)
    assert report.covered == 2
    assert report.high_quality == 1
    assert report.effective_modes == pytest.approx(2)
    assert report.reverse_kl == pytest.approx(math.log(4))


def test_a_mode_needs_a_fifth_of_its_fair_share() -> None:
    # 8 modes: the fair share is 1/8, the threshold 1/40 of all samples.
    for extra, covered in ((24, 1), (25, 2)):
        points = torch.cat([RING.centres[:1].repeat(1000 - extra, 1), RING.centres[1:2].repeat(extra, 1)])
        assert metrics.mode_report(points, RING.centres, RING.sigma).covered == covered


def test_quality_is_a_circle_of_three_sigma_not_a_square() -> None:
    corner = RING.centres[:1] + 0.29 * torch.ones(1, 2)  # inside the square, outside the circle
    edge = RING.centres[:1] + torch.tensor([[0.299, 0.0]])
    assert metrics.mode_report(corner, RING.centres, RING.sigma).high_quality == 0
    assert metrics.mode_report(edge, RING.centres, RING.sigma).high_quality == 1


@pytest.mark.parametrize("samples", [torch.empty(0, 2), torch.zeros(3, 5), torch.zeros(4)])
def test_bad_samples(samples: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="samples of shape"):
        metrics.mode_report(samples, RING.centres, RING.sigma)
