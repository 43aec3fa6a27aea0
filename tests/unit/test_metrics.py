import math

import pytest
import torch

from ganutils import data, metrics

RING = data.ring()


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


def test_frechet_distance_of_two_gaussians_in_closed_form() -> None:
    torch.manual_seed(0)
    a = torch.randn(400, 3, dtype=torch.float64)
    a = (a - a.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(a.T.cov())).T  # mean 0, covariance I, exactly
    shift = torch.tensor([1.0, 2.0, 2.0], dtype=torch.float64)
    assert metrics.frechet_distance(a, a + shift) == pytest.approx(9)
    assert metrics.frechet_distance(2 * a, a) == pytest.approx(3)
    assert metrics.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_agrees_with_scipy() -> None:
    from scipy.linalg import sqrtm

    torch.manual_seed(1)
    a, b = (torch.randn(60, 5, dtype=torch.float64) @ torch.randn(5, 5, dtype=torch.float64) + i for i in range(2))
    c_1, c_2 = a.T.cov(), b.T.cov()
    cross = torch.from_numpy(sqrtm((c_1 @ c_2).numpy()).real).trace()
    expected = (a.mean(0) - b.mean(0)).square().sum() + c_1.trace() + c_2.trace() - 2 * cross
    assert metrics.frechet_distance(a, b) == pytest.approx(expected.item(), rel=1e-9)
    assert metrics.frechet_distance(b, a) == pytest.approx(expected.item(), rel=1e-9)
    assert metrics.frechet_distance(a[:4], b) >= 0, "fewer samples than features"


def test_precision_and_recall_see_different_damage() -> None:
    torch.manual_seed(0)
    left, right = torch.randn(300, 2), torch.randn(300, 2) + 20
    both, again = torch.cat([left, right]), torch.cat([torch.randn(300, 2), torch.randn(300, 2) + 20])
    precision, recall = metrics.precision_recall(both, again)
    assert min(precision, recall) > 0.9
    precision, recall = metrics.precision_recall(both, torch.randn(600, 2))
    assert precision > 0.9
    assert recall == pytest.approx(0.5, abs=0.05), "one of two clusters is missing"
    precision, recall = metrics.precision_recall(left, both)
    assert precision == pytest.approx(0.5, abs=0.05), "half of the fakes lie where nothing real is"
    assert recall > 0.9


def test_scores_refuse_what_they_cannot_compare() -> None:
    with pytest.raises(ValueError, match="two sets of features"):
        metrics.frechet_distance(torch.zeros(5, 3), torch.zeros(5, 4))
    with pytest.raises(ValueError, match="more than 3 samples"):
        metrics.precision_recall(torch.zeros(3, 2), torch.zeros(9, 2))
