import pytest
import torch
from torch import nn

from ganutils import sampling


class Linear(nn.Module):
    """Pictures that are a known linear map of the latents, with a dropout that must stay asleep."""

    def __init__(self, matrix: torch.Tensor) -> None:
        super().__init__()
        self.matrix, self.dropout = nn.Parameter(matrix), nn.Dropout(0.5)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.dropout(z @ self.matrix).view(len(z), 1, 2, 4)


def test_latents_are_seeded_and_leave_the_global_stream_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    a, b = sampling.latents(1000, 8, seed=1), sampling.latents(1000, 8, seed=1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(a, b)
    assert abs(a.mean().item()) < 0.05
    assert abs(a.std().item() - 1) < 0.05


@pytest.mark.parametrize("training", [True, False])
def test_generate_leaves_the_network_as_it_found_it(training: bool) -> None:
    network = Linear(torch.eye(8)).train(training)
    images = sampling.generate(network, torch.ones(5, 8))
    assert torch.equal(images, torch.ones(5, 1, 2, 4)), "evaluation mode: no dropout"
    assert not images.requires_grad
    assert network.training is training


def test_principal_directions_of_a_linear_map_are_its_strongest_axes() -> None:
    scales = torch.tensor([9.0, 0.1, 5.0, 1.0, 0.1, 0.1, 0.1, 3.0])
    directions = sampling.principal_directions(Linear(torch.diag(scales)), 8, count=3, samples=4000)
    torch.testing.assert_close(directions @ directions.T, torch.eye(3), atol=1e-5, rtol=0)
    assert directions.abs().argmax(1).tolist() == [0, 2, 7]
    assert directions.abs().max(1).values.min() > 0.98


def test_too_many_directions() -> None:
    with pytest.raises(ValueError, match="at most 8 directions"):
        sampling.principal_directions(Linear(torch.eye(8)), 8, count=9)


def test_many_latents_and_their_labels_go_through_in_parts_and_in_order() -> None:
    class Shifted(nn.Module):
        def forward(self, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            assert len(z) <= 250, "memory: never all at once"
            return z + y[:, None]

    z, y = sampling.latents(601, 3, seed=0), torch.arange(601)
    assert torch.equal(sampling.generate(Shifted(), z, y), z + y[:, None])
    with pytest.raises(ValueError, match="shorter"):
        sampling.generate(Shifted(), z, y[:250])
