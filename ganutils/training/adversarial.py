"""The adversarial loop. It yields one small record after each update, and the caller decides what to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from ganutils.losses import GanLoss, r1


@dataclass(frozen=True)
class GanStep:
    """What happened in one step, counted from 1: losses in nats and mean logits.

    The numbers are tensors without axes on the training's device: who reads them waits for it, the loop does not.
    """

    step: int
    d_loss: Tensor
    g_loss: Tensor
    real_logit: Tensor
    fake_logit: Tensor


@torch.no_grad()
def update_ema(ema: nn.Module, network: nn.Module, step: int) -> None:
    """Move the running average of a network's weights towards the weights at `step` (notebook 05).

    The weight of the past is (1 - 1/step)^10: the average always looks back over about a tenth of the training,
    however long that is (a power function as in Karras et al. 2024; DCGAN's time knew no averages).
    """
    share = 1 - (1 - 1 / step) ** 10
    for mean, now in zip(ema.state_dict().values(), network.state_dict().values(), strict=True):
        mean.lerp_(now, share) if mean.is_floating_point() else mean.copy_(now)


def _logits(discriminator: nn.Module, samples: Tensor, labels: list[Tensor]) -> Tensor:
    """The discriminator's logits in float32; raises ValueError where they are not one a sample."""
    logits = discriminator(samples, *labels)
    if logits.shape != (len(samples),):
        raise ValueError(
            f"The discriminator must return one logit a sample, shape ({len(samples)},), "
            f"not {tuple(logits.shape)}; end it with Flatten(0)."
        )
    return logits.float()


def gan_steps(
    generator: nn.Module,
    discriminator: nn.Module,
    batches: Iterable[Tensor | tuple[Tensor, Tensor]],
    *,
    loss: GanLoss,
    g_optimizer: torch.optim.Optimizer,
    d_optimizer: torch.optim.Optimizer,
    latent_dim: int,
    ema: nn.Module | None = None,
    r1_weight: float = 0.0,
    r1_every: int = 4,
    share_fakes: bool = False,
    bfloat16: bool = False,
    first_step: int = 0,
) -> Iterator[GanStep]:
    """Train two networks against each other, one discriminator and one generator update a step (notebooks 02, 05, 06).

    Args:
        generator: latents (batch, latent_dim) to samples; called as generator(z, labels) if there are labels.
        discriminator: samples to logits (batch,); called as discriminator(samples, labels) if there are labels.
        batches: real samples, or (samples, labels), on the networks' device; the loop ends when they do. Fakes are
            drawn for the labels of the batch; through the batch's composition names then reach even a
            discriminator that ignores labels (notebook 06 shows it).
        loss: the game, from `losses`.
        ema: a copy of the generator that becomes the running average of its weights; sample from this one.
        r1_weight: of the penalty R1 (`losses.r1`); 0 leaves it out.
        r1_every: R1 only at every so many steps, so many times as heavy (Karras et al. 2020).
        share_fakes: both players see the same fakes, and D sees real and generated ones in one batch, which saves
            a quarter of the work (notebook 05); else each player draws its own (notebook 02).
        bfloat16: compute in bfloat16; see `session.native_bfloat16`.
        first_step: the steps already done, when a run is continued.

    Yields:
        A `GanStep` after each update. Stop by not asking for the next one. Both networks are put into training
        mode before each update.

    Raises:
        ValueError: the discriminator's logits are not of shape (batch,).
    """
    for step, batch in enumerate(batches, start=first_step + 1):
        real, *labels = batch if isinstance(batch, tuple | list) else (batch,)
        precision = partial(torch.autocast, real.device.type, torch.bfloat16) if bfloat16 else nullcontext
        for network in (generator, discriminator):
            if not network.training:  # somebody has looked at samples in between
                network.train()

        # D learns first. Its fakes are detached: this update must not reach G.
        with precision():
            fake = generator(torch.randn(len(real), latent_dim, device=real.device), *labels)
            if share_fakes:
                both = torch.cat([real, fake.detach().to(real.dtype)])
                real_logits, fake_logits = _logits(discriminator, both, [y.repeat(2) for y in labels]).chunk(2)
            else:
                real_logits, fake_logits = (_logits(discriminator, x, labels) for x in (real, fake.detach()))
            d_loss = loss.discriminator(real_logits, fake_logits)
            total = d_loss
            if r1_weight and step % r1_every == 0:
                total = d_loss + r1_weight * r1_every * r1(partial(_logits, discriminator, labels=labels), real)
        d_optimizer.zero_grad()
        total.backward(inputs=list(discriminator.parameters()))
        d_optimizer.step()

        # Then G, against the D that has just learned. `inputs` keeps this gradient out of D's weights.
        with precision():
            if not share_fakes:
                fake = generator(torch.randn(len(real), latent_dim, device=real.device), *labels)
            g_loss = loss.generator(real_logits.detach(), _logits(discriminator, fake, labels))
        g_optimizer.zero_grad()
        g_loss.backward(inputs=list(generator.parameters()))
        g_optimizer.step()
        if ema is not None:
            update_ema(ema, generator, step)
        numbers = (d_loss, g_loss, real_logits.mean(), fake_logits.mean())
        yield GanStep(step, *(number.detach() for number in numbers))
