"""Loops that yield: one small record after each update, and the caller decides what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from ganutils.losses import Objective, non_saturating, r1


@dataclass(frozen=True)
class Step:
    """What happened in one step. Losses in nats, mean logits as numbers; `step` counts from 1."""

    step: int
    d_loss: float
    g_loss: float
    real_logit: float
    fake_logit: float


def adversarial_steps(
    generator: nn.Module,
    discriminator: nn.Module,
    batches: Iterable[Tensor],
    *,
    objective: Objective,
    g_optimizer: torch.optim.Optimizer,
    d_optimizer: torch.optim.Optimizer,
    latent_dim: int,
    penalty: Callable[[nn.Module, Tensor], Tensor] | None = None,
    first_step: int = 0,
) -> Iterator[Step]:
    """Train two networks against each other, one discriminator and one generator update a step (notebook 02).

    Args:
        generator: latents (batch, latent_dim) to samples shaped like the batches.
        discriminator: samples to logits (batch,).
        batches: real samples, on the networks' device; the loop ends when they do.
        objective: the game, from `losses`.
        penalty: added to the discriminator's loss, called as penalty(discriminator, real).
        first_step: the steps already done, when a run is continued.

    Yields:
        A `Step` after each update. Stop by not asking for the next one.

    Raises:
        ValueError: the discriminator's logits are not of shape (batch,).
    """
    for step, real in enumerate(batches, start=first_step + 1):
        latents = torch.randn(len(real), latent_dim, device=real.device)

        # D learns first. Its fakes are detached: this update must not reach G.
        fake = generator(latents).detach()
        real_logits, fake_logits = discriminator(real), discriminator(fake)
        if real_logits.shape != (len(real),):
            raise ValueError(
                f"The discriminator must return one logit a sample, shape ({len(real)},), "
                f"not {tuple(real_logits.shape)}; end it with Flatten(0)."
            )
        d_loss = objective.discriminator(real_logits, fake_logits)
        total = d_loss if penalty is None else d_loss + penalty(discriminator, real)
        d_optimizer.zero_grad()
        total.backward()
        d_optimizer.step()

        # Then G, against the D that has just learned. `inputs` keeps this gradient out of D's weights.
        latents = torch.randn(len(real), latent_dim, device=real.device)
        g_loss = objective.generator(real_logits.detach(), discriminator(generator(latents)))
        g_optimizer.zero_grad()
        g_loss.backward(inputs=list(generator.parameters()))
        g_optimizer.step()

        numbers = torch.stack([d_loss, g_loss, real_logits.mean(), fake_logits.mean()])
        yield Step(step, *numbers.detach().tolist())


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, step: int) -> None:
    """Move the running average of a network's weights towards the weights at `step` (notebook 05).

    The weight of the past is (1 - 1/step)^10: the average always looks back over about a tenth of the training,
    however long that is (a power function as in Karras et al. 2024; DCGAN's time knew no averages).
    """
    share = 1 - (1 - 1 / step) ** 10
    for mean, now in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        mean.lerp_(now, share) if mean.is_floating_point() else mean.copy_(now)


def _float_logits(discriminator: nn.Module, labels: list[Tensor], images: Tensor) -> Tensor:
    return discriminator(images, *labels).float()


def image_steps(
    generator: nn.Module,
    discriminator: nn.Module,
    average: nn.Module,
    batches: Iterable[Tensor | tuple[Tensor, Tensor]],
    *,
    objective: Objective = non_saturating,
    g_optimizer: torch.optim.Optimizer,
    d_optimizer: torch.optim.Optimizer,
    latent_dim: int,
    r1_weight: float = 0.1,
    r1_every: int = 4,
    bfloat16: bool = False,
    first_step: int = 0,
) -> Iterator[Step]:
    """Train two networks on images, with and without labels, as notebooks 05 and 06 do.

    What it adds to `adversarial_steps`: both players see the same fakes, which saves a quarter of the work; R1 at
    every fourth step, four times as heavy (Karras et al. 2020); a running average of the generator.

    Args:
        generator: latents (batch, latent_dim) to images; called as generator(z, labels) if there are labels.
        discriminator: images to logits (batch,); called as discriminator(images, labels) if there are labels.
        average: a copy of the generator; after training, sample from this one.
        batches: images, or (images, labels). Fakes are drawn for the labels of the batch; through the batch's
            composition names then reach even a discriminator that ignores labels (notebook 06 shows it).
        r1_weight: 0 leaves the penalty out.
        bfloat16: compute in bfloat16; see `runtime.native_bfloat16`.
        first_step: the steps already done, when a run is continued.

    Yields:
        A `Step` after each update.
    """
    for step, batch in enumerate(batches, start=first_step + 1):
        real, *labels = batch if isinstance(batch, tuple | list) else (batch,)
        latents = torch.randn(len(real), latent_dim, device=real.device)
        with torch.autocast(real.device.type, torch.bfloat16, enabled=bfloat16):
            fake = generator(latents, *labels)
            both = discriminator(torch.cat([real, fake.detach().to(real.dtype)]), *(y.repeat(2) for y in labels))
            real_logits, fake_logits = both.float().chunk(2)
            d_loss = objective.discriminator(real_logits, fake_logits)
            total = d_loss
            if r1_weight and step % r1_every == 0:
                logits = partial(_float_logits, discriminator, labels)
                total = d_loss + r1_weight * r1_every * r1(logits, real)
        d_optimizer.zero_grad()
        total.backward(inputs=list(discriminator.parameters()))
        d_optimizer.step()

        with torch.autocast(real.device.type, torch.bfloat16, enabled=bfloat16):
            g_loss = objective.generator(real_logits.detach(), discriminator(fake, *labels).float())
        g_optimizer.zero_grad()
        g_loss.backward(inputs=list(generator.parameters()))
        g_optimizer.step()
        update_average(average, generator, step)

        numbers = torch.stack([d_loss, g_loss, real_logits.mean(), fake_logits.mean()])
        yield Step(step, *numbers.detach().tolist())
