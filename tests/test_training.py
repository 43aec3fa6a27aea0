from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ganutils import losses, toys, training


def networks() -> dict:
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    discriminator = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Flatten(0))
    return {
        "generator": generator,
        "discriminator": discriminator,
        "g_optimizer": torch.optim.SGD(generator.parameters(), lr=0.1),
        "d_optimizer": torch.optim.SGD(discriminator.parameters(), lr=0.1),
    }


def steps(parts: dict, count: int = 3, **options: object):
    return training.adversarial_steps(
        **parts, batches=toys.ring().batches(16, steps=count), objective=losses.non_saturating, latent_dim=2, **options
    )


def test_one_step_is_the_two_updates_written_out() -> None:
    parts = networks()
    mine = copy.deepcopy(parts)
    torch.manual_seed(5)
    record = next(steps(parts))

    torch.manual_seed(5)
    real = next(toys.ring().batches(16, steps=1))
    g, d = mine["generator"], mine["discriminator"]
    with torch.no_grad():
        fake = g(torch.randn(16, 2))
    d_loss = losses.classify(d(real), d(fake))
    for weight, slope in zip(d.parameters(), torch.autograd.grad(d_loss, list(d.parameters())), strict=True):
        weight.data -= 0.1 * slope
    g_loss = losses.not_saturating(d(real), d(g(torch.randn(16, 2))))
    for weight, slope in zip(g.parameters(), torch.autograd.grad(g_loss, list(g.parameters())), strict=True):
        weight.data -= 0.1 * slope

    assert record.step == 1
    assert record.d_loss == pytest.approx(d_loss.item())
    assert record.g_loss == pytest.approx(g_loss.item())
    for name in ("generator", "discriminator"):
        torch.testing.assert_close(parts[name].state_dict(), mine[name].state_dict())


def test_neither_update_reaches_the_other_player() -> None:
    parts = networks()
    seen = []

    def watch_generator(network: nn.Module, real: torch.Tensor) -> torch.Tensor:
        seen.append([weight.grad for weight in parts["generator"].parameters()])
        return torch.zeros(())

    record_d = [weight.clone() for weight in parts["discriminator"].parameters()]
    parts["d_optimizer"] = torch.optim.SGD(parts["discriminator"].parameters(), lr=0.0)
    next(steps(parts, penalty=watch_generator))
    assert seen == [[None] * 4], "before G's own step nothing has reached G"
    assert all(torch.equal(a, b) for a, b in zip(record_d, parts["discriminator"].parameters(), strict=True))
    assert all(weight.requires_grad for weight in parts["discriminator"].parameters())


def test_it_stops_when_not_asked_and_counts_on_from_the_first_step() -> None:
    parts = networks()
    loop = steps(parts, 5, first_step=10)
    assert next(loop).step == 11
    after = copy.deepcopy(parts["generator"].state_dict())
    loop.close()
    torch.testing.assert_close(parts["generator"].state_dict(), after, rtol=0, atol=0)
    assert [record.step for record in steps(networks(), 3)] == [1, 2, 3]


def test_a_penalty_is_added_to_the_discriminators_loss_only() -> None:
    plain, penalised = networks(), networks()
    for parts, penalty in ((plain, None), (penalised, losses.r1)):
        torch.manual_seed(1)
        parts["record"] = next(steps({k: v for k, v in parts.items() if k != "record"}, penalty=penalty))
    assert plain["record"].d_loss == penalised["record"].d_loss
    assert not torch.equal(plain["discriminator"][0].weight, penalised["discriminator"][0].weight)


def test_logits_of_a_wrong_shape_are_named() -> None:
    parts = networks()
    parts["discriminator"] = parts["discriminator"][:-1]
    with pytest.raises(ValueError, match=r"shape \(16,\), not \(16, 1\)"):
        next(steps(parts))


class LabelledGenerator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2 + 3, 4)

    def forward(self, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.layer(torch.cat([z, nn.functional.one_hot(y, 3).float()], 1)).view(-1, 1, 2, 2)


class LabelledDiscriminator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.seen = nn.Linear(4 + 3, 1), []

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        self.seen.append(y.clone())
        return self.layer(torch.cat([x.flatten(1), nn.functional.one_hot(y, 3).float()], 1))[:, 0].tanh()


def test_image_steps_is_the_two_updates_written_out() -> None:
    torch.manual_seed(0)
    g, d = LabelledGenerator(), LabelledDiscriminator()
    mine_g, mine_d = copy.deepcopy(g), copy.deepcopy(d)
    average = copy.deepcopy(g)
    real, labels = torch.randn(6, 1, 2, 2), torch.randint(3, (6,))
    torch.manual_seed(5)
    loop = training.image_steps(
        g, d, average, [(real, labels)], g_optimizer=torch.optim.SGD(g.parameters(), lr=0.1),
        d_optimizer=torch.optim.SGD(d.parameters(), lr=0.1), latent_dim=2, r1_weight=0.5, r1_every=1,
    )  # fmt: skip
    record = next(iter(loop))
    assert all(torch.equal(seen[:6], labels) for seen in d.seen), "fakes carry the labels of the batch"

    torch.manual_seed(5)
    fake = mine_g(torch.randn(6, 2), labels)
    d_loss = losses.classify(mine_d(real, labels), mine_d(fake.detach(), labels))
    total = d_loss + 0.5 * losses.r1(lambda x: mine_d(x, labels), real)
    for weight, slope in zip(mine_d.parameters(), torch.autograd.grad(total, list(mine_d.parameters())), strict=True):
        weight.data -= 0.1 * slope
    g_loss = losses.not_saturating(fake, mine_d(fake, labels))
    for weight, slope in zip(mine_g.parameters(), torch.autograd.grad(g_loss, list(mine_g.parameters())), strict=True):
        weight.data -= 0.1 * slope
    assert record.d_loss == pytest.approx(d_loss.item(), rel=1e-5)
    assert record.g_loss == pytest.approx(g_loss.item(), rel=1e-5)
    torch.testing.assert_close(g.state_dict(), mine_g.state_dict())
    torch.testing.assert_close(d.state_dict(), mine_d.state_dict())
    torch.testing.assert_close(average.state_dict(), g.state_dict())


def test_the_average_looks_back_over_a_tenth() -> None:
    average, network = nn.Linear(1, 1), nn.Linear(1, 1)
    for step in range(1, 3001):
        nn.init.constant_(network.weight, step / 3000)
        training.update_average(average, network, step)
    assert average.weight.item() == pytest.approx(10 / 11, abs=2e-3), "the closed form: the mean of t weighted by t^9"
