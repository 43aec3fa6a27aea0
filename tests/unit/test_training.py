from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ganutils import data, losses, training


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
    return training.gan_steps(
        **parts, batches=data.ring().batches(16, steps=count), loss=losses.non_saturating, latent_dim=2, **options
    )


def test_one_step_is_the_two_updates_written_out() -> None:
    parts = networks()
    mine = copy.deepcopy(parts)
    torch.manual_seed(5)
    record = next(steps(parts))

    torch.manual_seed(5)
    real = next(data.ring().batches(16, steps=1))
    g, d = mine["generator"], mine["discriminator"]
    with torch.no_grad():
        fake = g(torch.randn(16, 2))
    d_loss = losses.cross_entropy_discriminator(d(real), d(fake))
    for weight, slope in zip(d.parameters(), torch.autograd.grad(d_loss, list(d.parameters())), strict=True):
        weight.data -= 0.1 * slope
    g_loss = losses.non_saturating_generator(d(real), d(g(torch.randn(16, 2))))
    for weight, slope in zip(g.parameters(), torch.autograd.grad(g_loss, list(g.parameters())), strict=True):
        weight.data -= 0.1 * slope

    assert record.step == 1
    assert record.d_loss == pytest.approx(d_loss.item())
    assert record.g_loss == pytest.approx(g_loss.item())
    for name in ("generator", "discriminator"):
        torch.testing.assert_close(parts[name].state_dict(), mine[name].state_dict())


@pytest.mark.parametrize("share_fakes", [False, True])
def test_neither_update_reaches_the_other_player(share_fakes: bool) -> None:
    parts = networks()
    seen = []
    parts["d_optimizer"].step = lambda: seen.append([weight.grad for weight in parts["generator"].parameters()])
    record_d = [weight.clone() for weight in parts["discriminator"].parameters()]
    next(steps(parts, share_fakes=share_fakes))
    assert seen == [[None] * 4], "before G's own step nothing has reached G"
    assert all(torch.equal(a, b) for a, b in zip(record_d, parts["discriminator"].parameters(), strict=True))
    assert all(weight.requires_grad for weight in parts["discriminator"].parameters())


def test_records_keep_tensors_so_that_nobody_waits() -> None:
    record = next(steps(networks()))
    for name in ("d_loss", "g_loss", "real_logit", "fake_logit"):
        value = getattr(record, name)
        assert value.shape == ()
        assert not value.requires_grad


def test_it_stops_when_not_asked_and_counts_on_from_the_first_step() -> None:
    parts = networks()
    loop = steps(parts, 5, first_step=10)
    assert next(loop).step == 11
    after = copy.deepcopy(parts["generator"].state_dict())
    loop.close()
    torch.testing.assert_close(parts["generator"].state_dict(), after, rtol=0, atol=0)
    assert [record.step for record in steps(networks(), 3)] == [1, 2, 3]


def test_r1_is_added_to_the_discriminators_loss_only_and_at_its_turn() -> None:
    plain, penalised, lazy = networks(), networks(), networks()
    for parts, options in ((plain, {}), (penalised, {"r1_weight": 0.5, "r1_every": 1}), (lazy, {"r1_weight": 0.5})):
        torch.manual_seed(1)
        parts["record"] = next(steps({k: v for k, v in parts.items() if k != "record"}, **options))
    assert plain["record"].d_loss == penalised["record"].d_loss
    assert not torch.equal(plain["discriminator"][0].weight, penalised["discriminator"][0].weight)
    assert torch.equal(plain["discriminator"][0].weight, lazy["discriminator"][0].weight), "step 1 is not its turn"


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


def test_shared_fakes_labels_r1_and_the_average_are_the_two_updates_written_out() -> None:
    torch.manual_seed(0)
    g, d = LabelledGenerator(), LabelledDiscriminator()
    mine_g, mine_d = copy.deepcopy(g), copy.deepcopy(d)
    ema = copy.deepcopy(g)
    real, labels = torch.randn(6, 1, 2, 2), torch.randint(3, (6,))
    torch.manual_seed(5)
    loop = training.gan_steps(
        g, d, [(real, labels)], loss=losses.non_saturating, ema=ema, share_fakes=True,
        g_optimizer=torch.optim.SGD(g.parameters(), lr=0.1),
        d_optimizer=torch.optim.SGD(d.parameters(), lr=0.1), latent_dim=2, r1_weight=0.5, r1_every=1,
    )  # fmt: skip
    record = next(iter(loop))
    assert all(torch.equal(seen[:6], labels) for seen in d.seen), "fakes carry the labels of the batch"

    torch.manual_seed(5)
    fake = mine_g(torch.randn(6, 2), labels)
    d_loss = losses.cross_entropy_discriminator(mine_d(real, labels), mine_d(fake.detach(), labels))
    total = d_loss + 0.5 * losses.r1(lambda x: mine_d(x, labels), real)
    for weight, slope in zip(mine_d.parameters(), torch.autograd.grad(total, list(mine_d.parameters())), strict=True):
        weight.data -= 0.1 * slope
    g_loss = losses.non_saturating_generator(fake, mine_d(fake, labels))
    for weight, slope in zip(mine_g.parameters(), torch.autograd.grad(g_loss, list(mine_g.parameters())), strict=True):
        weight.data -= 0.1 * slope
    assert record.d_loss == pytest.approx(d_loss.item(), rel=1e-5)
    assert record.g_loss == pytest.approx(g_loss.item(), rel=1e-5)
    torch.testing.assert_close(g.state_dict(), mine_g.state_dict())
    torch.testing.assert_close(d.state_dict(), mine_d.state_dict())
    torch.testing.assert_close(ema.state_dict(), g.state_dict())


def test_the_average_looks_back_over_a_tenth() -> None:
    ema, network = nn.Linear(1, 1), nn.Linear(1, 1)
    for step in range(1, 3001):
        nn.init.constant_(network.weight, step / 3000)
        training.update_ema(ema, network, step)
    assert ema.weight.item() == pytest.approx(10 / 11, abs=2e-3), "the closed form: the mean of t weighted by t^9"
