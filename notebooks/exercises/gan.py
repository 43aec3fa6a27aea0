"""Exercises of notebook 02. Attempts are run on tiny networks and judged by the weights that they leave."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercises import builds, recipes
from ganutils import data, losses, metrics, sampling
from ganutils.teaching import Exercise, Mutant, Verdict


def _logits(random: torch.Generator) -> tuple[Tensor, Tensor]:
    real, fake = 15 * torch.randn(2, 8, generator=random)
    fake[0] = 25.0  # a logit at which float32's sigmoid is exactly 1
    real[0] = -25.0  # and one at which its logarithm notices every small number beside it
    fake[1:3] = torch.tensor([100.0, -100.0])  # and those at which its exponential is infinite
    real[1:3] = torch.tensor([100.0, -100.0])
    return real, fake


def _d_loss(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def _slopes(loss: Any, logits: list[Tensor]) -> list[Tensor]:
    """How a loss changes with both kinds of logits: zeros where it does not."""
    found: tuple[Tensor | None, ...] = (None, None)
    if isinstance(loss, Tensor) and loss.requires_grad:
        found = torch.autograd.grad(loss, logits, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(x) if slope is None else slope for slope, x in zip(found, logits, strict=True)]


def _values_and_slopes(attempt: Callable[..., Any], real: Tensor, fake: Tensor) -> Any:
    """Both losses, then their slopes in the logits: a loss that cannot be learned from is none."""
    logits = [real.requires_grad_(), fake.requires_grad_()]
    answer = attempt(*logits)
    pair = answer
    if isinstance(answer, Tensor) and answer.shape == (2,):
        pair = tuple(answer)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return answer
    if not all(isinstance(loss, float | int) or (isinstance(loss, Tensor) and loss.ndim == 0) for loss in pair):
        return answer
    return [*pair, *(slope for loss in pair for slope in _slopes(loss, logits))]


def _no_way_back(output: Any, real: Tensor, fake: Tensor) -> bool:
    """False if the values are right and the slopes are what is wrong."""
    if not isinstance(output, list) or len(output) != 6:
        return True
    given = torch.stack([torch.as_tensor(loss).detach() for loss in output[:2]])
    right = torch.stack([_d_loss(real, fake), F.softplus(-fake).mean()]).detach()
    return not torch.allclose(given.to(right.dtype), right, rtol=1e-3)


_NO_WAY_BACK = (
    "The values are right, but nobody can learn from them: the gradient in the logits is missing or wrong. Is there "
    "item(), float(), torch.tensor(), detach(), .data or no_grad()? Fakes are detached *before* D, logits never."
)


def _through_exponential(logits: Tensor) -> Tensor:
    return (1 + logits.exp()).log().mean()


def _with_soft_labels(real: Tensor, fake: Tensor, of_d: float, of_fakes: float, of_g: float) -> tuple[Tensor, Tensor]:
    def loss(logits: Tensor, label: float) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))

    return loss(real, of_d) + loss(fake, of_fakes), loss(fake, of_g)


def _through_sigmoid(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    loss, one, zero = nn.BCELoss(), torch.ones(len(real)), torch.zeros(len(real))
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    return loss(d_real, one) + loss(d_fake, zero), loss(d_fake, one)


def _through_logarithm(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    return _through_logarithm_of(torch.sigmoid(real), torch.sigmoid(fake))


def _through_logarithm_of(d_real: Tensor, d_fake: Tensor) -> tuple[Tensor, Tensor]:
    return -d_real.log().mean() - (1 - d_fake).log().mean(), -d_fake.log().mean()


def _through_small_number(real: Tensor, fake: Tensor, small: float) -> tuple[Tensor, Tensor]:
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    d_loss = -(d_real + small).log().mean() - (1 - d_fake + small).log().mean()
    return d_loss, -(d_fake + small).log().mean()


def _through_clamp(real: Tensor, fake: Tensor, small: float) -> tuple[Tensor, Tensor]:
    d_real, d_fake = (torch.sigmoid(logits).clamp(small, 1 - small) for logits in (real, fake))
    return _through_logarithm_of(d_real, d_fake)


def _d_through_small_number(real: Tensor, fake: Tensor, small: float) -> tuple[Tensor, Tensor]:
    return _through_small_number(real, fake, small)[0], F.softplus(-fake).mean()


_SMALL_NUMBER = (
    "A clamp, or a small number inside the logarithm, keeps the loss finite and makes it wrong: at logit 25 it stands "
    "still, and so does G. softplus on the logit needs neither."
)

_INFINITE = (
    "exp(100) is infinite in float32, and so is your loss at a logit of 100. softplus is the same formula, computed "
    "without the large number."
)
_SMOOTHED = "Your label of the real samples is 0.9; here it is 1."

two_losses = Exercise(
    title="two_losses",
    inputs=_logits,
    run=_values_and_slopes,
    properties=((_NO_WAY_BACK, _no_way_back),),
    shown=lambda output: tuple(output[:2]) if isinstance(output, list) and len(output) == 6 else output,
    reference=lambda real, fake: (_d_loss(real, fake), F.softplus(-fake).mean()),
    mutants=(
        Mutant(
            lambda real, fake: (
                F.binary_cross_entropy_with_logits(torch.ones_like(real), real)
                + F.binary_cross_entropy_with_logits(torch.zeros_like(fake), fake),
                F.binary_cross_entropy_with_logits(torch.ones_like(fake), fake),
            ),
            "The logits come first, the labels second: binary_cross_entropy_with_logits(logits, labels).",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), F.softplus(-torch.cat([real, fake])).mean()),
            "G is asked about the *fakes* alone: the real samples do not depend on it, and only halve its slope.",
        ),
        *(
            Mutant(lambda real, fake, cut=cut: (cut(_d_loss(real, fake)), cut(F.softplus(-fake).mean())), _NO_WAY_BACK)
            for cut in (Tensor.item, Tensor.detach)
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake.detach()), F.softplus(-fake).mean()),
            "You detach the fake *logits*: then D learns nothing from fakes. Detaching is for the fakes, before D; in "
            "this function nothing is detached.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), -F.softplus(fake).mean()),
            "The discriminator's loss is right. Yours for the generator is the saturating one, log(1 - D): silent "
            "where D is sure. Ask for -log D instead.",
        ),
        Mutant(
            _through_sigmoid,
            "A sigmoid stands before your logarithm. At logit 25 it is exactly 1 in float32 and the loss freezes at "
            "100: use binary_cross_entropy_with_logits or softplus on the logits themselves.",
        ),
        *(
            Mutant(lambda real, fake, d=d, g=g: (d(-real) + d(fake), g(-fake)), _INFINITE)
            for d, g in itertools.product((_through_exponential, lambda logits: F.softplus(logits).mean()), repeat=2)
            if _through_exponential in (d, g)
        ),
        *(
            Mutant(partial(_with_soft_labels, of_d=0.9, of_fakes=of_fakes, of_g=of_g), _SMOOTHED)
            for of_fakes, of_g in itertools.product((0.0, 0.1), (1.0, 0.9))
        ),
        Mutant(
            lambda real, fake: (F.softplus(-real).mean() - F.logsigmoid(1 - fake).mean(), F.softplus(-fake).mean()),
            "1 - D is not the sigmoid of 1 - logit: 1 - sigmoid(x) = sigmoid(-x), so log(1 - D) is "
            "F.logsigmoid(-logit).",
        ),
        Mutant(
            _through_logarithm,
            "You take the logarithm of a sigmoid. At logit 25 the sigmoid is exactly 1, and log(1 - 1) is -inf. Stay "
            "with the logit: softplus does both at once.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), -_d_loss(real, fake)),
            "Your generator takes the negative of D's whole loss: that is the saturating game, and the real half does "
            "not depend on G. Ask for -log D of the fakes alone.",
        ),
        Mutant(
            lambda real, fake: (-torch.sigmoid(real).mean() + torch.sigmoid(fake).mean(), -torch.sigmoid(fake).mean()),
            "The logarithms are missing: those are probabilities. -log sigmoid(logit) is softplus(-logit).",
        ),
        Mutant(
            lambda real, fake: (fake.mean() - real.mean(), -fake.mean()),
            "Those are means of logits, a Wasserstein critic's losses. Here -log D and -log(1 - D) are asked for.",
        ),
        Mutant(
            lambda real, fake: ((real - 1).square().mean() + fake.square().mean(), (fake - 1).square().mean()),
            "Those are least squares (LSGAN). Here the logarithms are asked for: softplus.",
        ),
        Mutant(
            lambda real, fake: (F.relu(1 - real).mean() + F.relu(1 + fake).mean(), -fake.mean()),
            "That is the hinge loss. Here the logarithms are asked for: softplus.",
        ),
        *(Mutant(partial(_through_small_number, small=small), _SMALL_NUMBER) for small in (1e-6, 1e-7, 1e-8, 1e-12)),
        *(Mutant(partial(_through_clamp, small=small), _SMALL_NUMBER) for small in (1e-6, 1e-7)),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), (1 - torch.sigmoid(fake)).log().mean()),
            "Yours for the generator is the saturating one, log(1 - D), and at logit 25 it is -inf: ask for -log D, "
            "softplus of minus the logit.",
        ),
        Mutant(
            lambda real, fake: _through_logarithm_of(real, fake),
            "You take the logarithm of the logit, which may be negative: nan. D is sigmoid(logit); softplus does both.",
        ),
        *(Mutant(partial(_d_through_small_number, small=small), _SMALL_NUMBER) for small in (1e-6, 1e-7, 1e-8, 1e-12)),
        Mutant(
            lambda real, fake: (F.softplus(fake - real).mean(), F.softplus(-fake).mean()),
            "That compares each real sample with one fake (a relativistic D). Here each half stands alone.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake) / 2, F.softplus(-fake).mean()),
            "Add the discriminator's two halves; here they are not averaged.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(-fake).mean(), _d_loss(real, fake)),
            "Both are right, in the wrong order: the discriminator's loss comes first.",
        ),
        Mutant(
            lambda real, fake: (-_d_loss(real, fake), F.softplus(-fake).mean()),
            "That is V, which the discriminator maximises; a loss is minimised, so change the sign.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(-real) + F.softplus(fake), F.softplus(-fake)),
            "One loss for each sample; take the mean over the batch.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(fake, real), F.softplus(-fake).mean()),
            "The generator is right; in the discriminator's loss the labels (or signs) are the wrong way round.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(fake, real), F.softplus(fake).mean()),
            "The labels are the wrong way round, in both losses: real is 1, and G wants its fakes to be called 1.",
        ),
        Mutant(lambda real, fake: _d_loss(real, fake), "One loss is missing: return (d_loss, g_loss)."),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), F.softplus(fake).mean()),
            "Your generator is asked to be caught. It wants its fakes to be labelled real.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake) * len(real), F.softplus(-fake).sum()),
            "Those are sums over the batch; take means, so that the loss does not grow with the batch.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(-real).mean() - F.softplus(fake).mean(), F.softplus(-fake).mean()),
            "The discriminator's loss *adds* its two halves, -log D of the real ones and -log(1 - D) of the fakes.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(real).mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()),
            "Your D calls everything a fake: -log D of the real logits is softplus of *minus* the logit.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(-real).mean() + F.softplus(-fake).mean(), F.softplus(-fake).mean()),
            "Your D calls everything real: -log(1 - D) of the fakes is softplus(logit), without a minus.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(-real).mean(), F.softplus(-fake).mean()),
            "Your D looks at real samples only; it must also call the fakes 0.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake).mean(), F.softplus(-fake).mean()),
            "Your D looks at fakes only; it must also call the real ones 1.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), F.softplus(-real).mean()),
            "Your generator's loss looks at the real logits; G can change only its fakes.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), F.softplus(-fake).mean() + F.softplus(real).mean()),
            "G's loss needs the fakes only: it cannot change the real logits.",
        ),
        Mutant(
            lambda real, fake: (-_d_loss(real, fake), -F.softplus(-fake).mean()),
            "Both signs: a loss is minimised, and -log of a probability is positive.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), -F.softplus(-fake).mean()),
            "The generator's sign: it minimises -log D, which is +softplus(-logit).",
        ),
        Mutant(
            lambda real, fake: (
                F.binary_cross_entropy_with_logits(torch.sigmoid(real), torch.ones_like(real))
                + F.binary_cross_entropy_with_logits(torch.sigmoid(fake), torch.zeros_like(fake)),
                F.binary_cross_entropy_with_logits(torch.sigmoid(fake), torch.ones_like(fake)),
            ),
            "Two sigmoids: binary_cross_entropy_with_logits has its own, so give it the logits themselves.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), F.softplus(-fake).mean() + F.softplus(-real).mean()),
            "G's loss needs the fakes only: it cannot change the real logits.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(-real.mean()) + F.softplus(fake.mean()), F.softplus(-fake.mean())),
            "You took the mean of the logits first. Each sample has its loss; the mean comes last.",
        ),
        Mutant(
            lambda real, fake: (
                F.cross_entropy(real, torch.ones_like(real)) + F.cross_entropy(fake, torch.zeros_like(fake)),
                F.cross_entropy(fake, torch.ones_like(fake)),
            ),
            "cross_entropy chooses one of many classes. Each logit here is a yes or no of its own: "
            "binary_cross_entropy_with_logits.",
        ),
        Mutant(
            lambda real, fake: _d_loss(real, fake) + F.softplus(-fake).mean(),
            "You add the two losses up. Each player has its own: return (d_loss, g_loss).",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), _d_loss(real, fake)),
            "Both players have the same loss: then both would want the fakes to be caught.",
        ),
    ),
)


class _Game:
    """Two tiny networks, their optimisers and a batch; what an attempt is run on."""

    generator: nn.Module
    discriminator: nn.Module
    g_optimizer: torch.optim.Optimizer
    d_optimizer: torch.optim.Optimizer

    def __init__(self, seed: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.generator = nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(0.2), nn.Linear(4, 2))
            self.discriminator = nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1), nn.Flatten(0))
            self.real, self.z_d, self.z_g = torch.randn(6, 2), torch.randn(6, 3), torch.randn(6, 3)
            self._be_sure_of_one_fake()
            leftovers = [torch.randn_like(weight) for weight in self.weights()]
        for weight, leftover in zip(self.weights(), leftovers, strict=True):
            weight.grad = leftover  # as after an earlier step: forgetting zero_grad shows
        self.g_optimizer = torch.optim.SGD(self.generator.parameters(), lr=0.3)
        self.d_optimizer = torch.optim.SGD(self.discriminator.parameters(), lr=0.02)

    @torch.no_grad()
    def _be_sure_of_one_fake(self) -> None:
        """Move one of D's latents so far out that D calls its fake real with a logit of 20 to 40."""
        weight, bias = list(self.discriminator.parameters())[2:]
        for scale in (2.0**power for power in range(20)):
            for side in (scale, -scale):
                z = side * self.z_d[:1]
                logit = self.discriminator(self.generator(z)).item()
                if abs(logit) > 20:
                    weight.mul_(math.copysign(1, logit))
                    bias.mul_(math.copysign(1, logit))
                    self.z_d[:1] = z
                    return

    def weights(self) -> list[Tensor]:
        return [*self.generator.parameters(), *self.discriminator.parameters()]

    def real_loss(self) -> Tensor:
        return F.softplus(-self.discriminator(self.real)).mean()

    def d_loss(self, *, detach: bool = True, z: str = "z_d") -> Tensor:
        fake = self.generator(getattr(self, z))
        return self.real_loss() + F.softplus(self.discriminator(fake.detach() if detach else fake)).mean()

    def g_loss(self, *, z: str = "z_g") -> Tensor:
        return F.softplus(-self.discriminator(self.generator(getattr(self, z)))).mean()

    def d_step(self, loss: Callable[[_Game], Tensor] | None = None, *, zero: bool = True, move: bool = True) -> None:
        value = loss(self) if loss else self.d_loss()
        if zero:
            self.d_optimizer.zero_grad()
        value.backward()
        if move:
            self.d_optimizer.step()

    def g_step(self, loss: Callable[[_Game], Tensor] | None = None, *, zero: bool = True, move: bool = True) -> None:
        value = loss(self) if loss else self.g_loss()
        if zero:
            self.g_optimizer.zero_grad()
        value.backward()
        if move:
            self.g_optimizer.step()

    def zero(self) -> None:
        self.d_optimizer.zero_grad()
        self.g_optimizer.zero_grad()


def _play(attempt: Callable[..., Any], seed: int) -> Any:
    game = _Game(seed)
    before = [weight.detach().clone() for weight in game.weights()]
    gradients = [weight.grad for weight in game.weights()]
    # How often a loss sends gradients into G's first layer: once is right, twice means that D's loss got there too.
    arrivals: list[Tensor] = []
    game.weights()[0].register_hook(arrivals.append)
    answer = attempt(
        game.generator, game.discriminator, game.g_optimizer, game.d_optimizer, game.real, game.z_d, game.z_g
    )
    after = [weight.detach().clone() for weight in game.weights()]
    if answer is ... and all(torch.equal(a, b) for a, b in zip(before, after, strict=True)):
        return ...
    if all(torch.equal(a, b) for a, b in zip(before, after, strict=True)):
        if all(weight.grad is gradient for weight, gradient in zip(game.weights(), gradients, strict=True)):
            return Verdict("wrong", "You compute, and nothing learns: each loss needs zero_grad, backward and step.")
        return Verdict(
            "wrong", "No weight has moved: call step() after each backward, with no zero_grad between the two."
        )
    if not all(weight.isfinite().all() for weight in after):
        return Verdict("wrong", "Some weights are nan or infinite now: is there a logarithm of 0?")
    frozen = sum(not weight.requires_grad for weight in game.weights())
    return [torch.tensor(float(len(arrivals))), *after, torch.tensor(float(frozen))]


def _as_attempt(*moves: Callable[[_Game], Any]) -> Callable[..., None]:
    """Moves on a game, in the form in which a student writes them."""

    def attempt(*parts: Any) -> None:
        game = _Game.__new__(_Game)
        names = ("generator", "discriminator", "g_optimizer", "d_optimizer", "real", "z_d", "z_g")
        game.__dict__.update(zip(names, parts, strict=True))
        for move in moves:
            move(game)

    return attempt


def _both_losses_first(game: _Game) -> None:
    """Each loss on its own, but both before either step: G learns against the D of before."""
    d_loss = game.d_loss()
    slopes = torch.autograd.grad(game.g_loss(), list(game.generator.parameters()))
    game.d_optimizer.zero_grad()
    d_loss.backward()
    game.d_optimizer.step()
    game.g_optimizer.zero_grad()
    for weight, slope in zip(game.generator.parameters(), slopes, strict=True):
        weight.grad = slope
    game.g_optimizer.step()


def _sum_of_both(game: _Game) -> None:
    game.zero()
    (game.d_loss() + game.g_loss()).backward()
    game.d_optimizer.step()
    game.g_optimizer.step()


def _backwards_then_steps(game: _Game, *, g_first: bool = False, detach: bool = True) -> None:
    game.zero()
    game.d_loss(detach=detach).backward()
    game.g_loss().backward()
    for optimizer in (game.g_optimizer, game.d_optimizer) if g_first else (game.d_optimizer, game.g_optimizer):
        optimizer.step()


def _sum_d_loss(game: _Game) -> Tensor:
    return len(game.real) * game.d_loss()


def _through_sigmoids(game: _Game, loss: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """D's loss as it is written with a sigmoid at its end."""
    d_real, d_fake = (torch.sigmoid(game.discriminator(x)) for x in (game.real, game.generator(game.z_d).detach()))
    return loss(d_real, torch.ones_like(d_real)) + loss(d_fake, torch.zeros_like(d_fake))


def _by_logarithms(d: Tensor, label: Tensor) -> Tensor:
    return -(d if label.any() else 1 - d).log().mean()


def _by_safe_logarithms(d: Tensor, label: Tensor) -> Tensor:
    return -((d if label.any() else 1 - d) + 1e-8).log().mean()


_SURE_BY_SIGMOID = (
    "A sigmoid stands before D's logarithm: here D is sure of some fakes (logit 30), its sigmoid is exactly 1 in "
    "float32, and no gradient comes back. Stay with the logits: softplus, or binary_cross_entropy_with_logits."
)


def _frozen_afterwards(game: _Game) -> None:
    """G's step with D switched off, and left so."""
    game.discriminator.requires_grad_(False)
    game.g_step()


def _smoothed(game: _Game) -> Tensor:
    logits = game.discriminator(game.real)
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, 0.9)) + _fake_loss(game)


def _labels_swapped(game: _Game) -> Tensor:
    fake = game.generator(game.z_d).detach()
    return F.softplus(game.discriminator(game.real)).mean() + F.softplus(-game.discriminator(fake)).mean()


def _fake_loss(game: _Game) -> Tensor:
    return F.softplus(game.discriminator(game.generator(game.z_d).detach())).mean()


def _g_logits(game: _Game) -> Tensor:
    return game.discriminator(game.generator(game.z_g))


def _d(game: _Game) -> None:
    game.d_step()


def _g(game: _Game) -> None:
    game.g_step()


def _then(*moves: Callable[[_Game], Any]) -> Callable[[_Game], None]:
    def play(game: _Game) -> None:
        for move in moves:
            move(game)

    return play


# What goes wrong in D's half (G's may then be right or wrong; D's comes first) ...
D_FAULTS: tuple[tuple[Callable[[_Game], Any], str], ...] = (
    (
        lambda game: game.d_step(zero=False),
        "D's gradients pile up on those of the last step: d_optimizer.zero_grad() is missing.",
    ),
    (
        lambda game: game.d_step(lambda game: game.d_loss() / 2),
        "Your D learns half as fast: add its two halves, do not average them (nor the batches put together).",
    ),
    (
        lambda game: game.d_step(_labels_swapped),
        "Your D learns to call real samples fake: the labels are the wrong way round.",
    ),
    (
        lambda game: game.d_step(lambda game: -game.d_loss()),
        "The sign of D's loss: it climbs. The optimiser minimises, so give it -log D and -log(1 - D).",
    ),
    (lambda game: game.d_step(_Game.real_loss), "D sees real samples only: add the fakes' half, -log(1 - D)."),
    (lambda game: game.d_step(_fake_loss), "D sees fakes only: add the real samples' half, -log D."),
    (
        lambda game: game.d_step(lambda game: game.real_loss() - _fake_loss(game)),
        "D's two halves are *added*; you subtract the fakes' half.",
    ),
    (
        lambda game: game.d_step(_sum_d_loss),
        "D's loss is a sum over the batch; take means.",
    ),
    *(
        (partial(_Game.d_step, loss=partial(_through_sigmoids, loss=loss)), _SURE_BY_SIGMOID)
        for loss in (F.binary_cross_entropy, _by_safe_logarithms)
    ),
    (
        lambda game: game.d_step(lambda game: game.d_loss(z="z_g")),
        "D's step uses z_g; it has latents of its own, z_d.",
    ),
    (
        _then(_d, _d),
        "D has two updates; here each player has one.",
    ),
    (
        _then(partial(_Game.d_step, loss=_Game.real_loss), partial(_Game.d_step, loss=_fake_loss)),
        "D steps once for the real samples and once for the fakes: add the two halves, then one step.",
    ),
    (
        partial(_Game.d_step, loss=_smoothed),
        _SMOOTHED,
    ),
    (
        _then(_d, lambda game: game.d_optimizer.step()),
        "d_optimizer steps twice on one gradient; once is enough.",
    ),
)
# ... and in G's, after a right step of D.
G_FAULTS: tuple[tuple[Callable[[_Game], Any], str], ...] = (
    (
        lambda game: game.g_step(zero=False),
        "G's gradients pile up on those of the last step: g_optimizer.zero_grad() is missing.",
    ),
    (
        lambda game: game.g_step(lambda game: game.g_loss(z="z_d")),
        "G's step uses z_d again; it has latents of its own, z_g.",
    ),
    (
        lambda game: game.g_step(lambda game: -F.softplus(_g_logits(game)).mean()),
        "G's loss is the saturating one, log(1 - D). Ask for the non-saturating -log D.",
    ),
    (
        lambda game: game.g_step(lambda game: F.softplus(_g_logits(game)).mean()),
        "G asks to be caught: it wants D to call its fakes real.",
    ),
    (
        lambda game: game.g_step(lambda game: -game.g_loss()),
        "The sign of G's loss: it minimises -log D, which is softplus of minus the logit.",
    ),
    (lambda game: game.g_step(lambda game: game.g_loss() / 2), "G's loss is halved; there is nothing to average."),
    (lambda game: game.g_step(lambda game: 6 * game.g_loss()), "G's loss is a sum over the batch; take the mean."),
    (lambda game: game.g_step(lambda game: -_g_logits(game).mean()), "G's loss is a mean of logits; take -log D."),
    (
        lambda game: game.g_step(lambda game: -torch.sigmoid(_g_logits(game)).mean()),
        "G's loss is the mean probability; the logarithm is missing: softplus of minus the logit.",
    ),
    (_then(_g, _g), "G has two updates; here each player has one."),
    (
        _then(_g, lambda game: game.g_optimizer.step()),
        "g_optimizer steps twice on one gradient; once is enough.",
    ),
    (
        _then(_g, lambda game: game.d_optimizer.step()),
        "D is moved by G's loss as well: in the generator's step only the generator's optimiser may step.",
    ),
    (
        lambda game: (game.g_optimizer.zero_grad(), game.g_loss().backward(), game.d_optimizer.step()),
        "After G's backward the wrong optimiser steps: G moves with g_optimizer.",
    ),
    (
        lambda game: None,
        "D has learned, but G does not move: its step is missing, or its fakes are detached in its own step.",
    ),
)


def _seed(random: torch.Generator) -> tuple[int]:
    return (int(torch.randint(1_000_000, (), generator=random)),)


def _d_half_is_not(fault: Callable[[_Game], Any]) -> Callable[..., bool]:
    """Whether an output's D differs from what this fault makes of it; G may have been trained in any way."""

    def test(output: list[Tensor], seed: int) -> bool:
        known = _play(_as_attempt(fault), seed)
        return not all(torch.allclose(a, b, atol=1e-5) for a, b in zip(output[5:9], known[5:9], strict=True))

    return test


def _half_is_right(half: slice) -> Callable[..., bool]:
    def test(output: list[Tensor], seed: int) -> bool:
        right = _play(_as_attempt(_d, _g), seed)
        return all(torch.allclose(a, b, atol=1e-5) for a, b in zip(output[half], right[half], strict=True))

    return test


train_step = Exercise(
    title="train_step",
    inputs=_seed,
    run=_play,
    reference=_as_attempt(_d, _g),
    mutants=(
        Mutant(
            _as_attempt(lambda game: game.d_step(lambda game: game.d_loss(detach=False)), _g),
            "The weights are right, but D's loss has reached G on the way: detach the fakes in D's step.",
        ),
        Mutant(
            _as_attempt(
                _Game.zero,
                lambda game: game.d_step(lambda game: game.d_loss(detach=False), zero=False),
                lambda game: game.g_step(zero=False),
            ),
            "D's loss reached G, and its gradient stayed there: detach the fakes in D's step, and call "
            "g_optimizer.zero_grad() right before G's own backward.",
        ),
        Mutant(
            _as_attempt(
                lambda game: game.d_step(lambda game: game.d_loss(detach=False)), lambda game: game.g_step(zero=False)
            ),
            "D's loss reached G: detach the fakes in D's step, and clear G's gradients before its own backward.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(zero=False), lambda game: game.g_step(zero=False)),
            "Your gradients pile up on those of the last step: call zero_grad before each backward.",
        ),
        Mutant(
            _as_attempt(_g, _d),
            "You train G first. D learns first, so that G meets the D that has just learned.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_optimizer.step(), lambda game: game.g_optimizer.step()),
            "There is no backward before the steps: they use the gradients of the last batch.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_optimizer.step(), lambda game: game.d_step(move=False), _g),
            "D steps before its backward, on the gradients of the last batch: zero_grad, backward, step.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(move=False), _g),
            "G learns against a D that has not moved: d_optimizer.step() is missing, or a zero_grad stands between D's "
            "backward and its step and wipes the gradient out.",
        ),
        Mutant(
            _as_attempt(_both_losses_first),
            "G's loss was computed with the D of before. D steps first; then ask the new D about G's fakes.",
        ),
        Mutant(
            _as_attempt(_backwards_then_steps),
            "Both backwards come before both steps, so D's step carries G's gradient too. Finish D (backward, step), "
            "then compute G's loss.",
        ),
        Mutant(
            _as_attempt(lambda game: _backwards_then_steps(game, detach=False)),
            "Both backwards come before both steps, and the fakes are not detached: each player gets the other's "
            "gradient. Finish D first (detached fakes, backward, step), then compute G's loss.",
        ),
        Mutant(
            _as_attempt(_d, _frozen_afterwards),
            "The weights are right, but you leave D frozen (requires_grad is False): in the next step it could not "
            "learn. Put it back, or do not freeze it at all: only g_optimizer steps.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(partial(_through_sigmoids, loss=_by_logarithms)), _g),
            "Some weights are nan or infinite now: is there a logarithm of 0?",
        ),
        *(Mutant(_as_attempt(fault, _g), hint) for fault, hint in D_FAULTS),
        *(Mutant(_as_attempt(_d, fault), hint) for fault, hint in G_FAULTS),
    ),
    properties=(
        *((hint, _d_half_is_not(fault)) for fault, hint in D_FAULTS),
        (
            "D's weights are not those of one right step. Look at D's half first: fakes from z_d, detached; real "
            "called 1 and fakes 0, as logits; zero_grad, backward, step of the optimiser that is given.",
            _half_is_right(slice(5, 9)),
        ),
        (
            "D's weights are right, G's are not. Look at G's half: new fakes from z_g, not detached, called 1 by the "
            "D that has just learned; zero_grad, backward, step.",
            _half_is_right(slice(1, 5)),
        ),
        (
            "The weights are right, but some of them are left frozen (requires_grad is False): in the next step they "
            "could not learn.",
            lambda output, seed: not output[-1].item(),
        ),
        (
            "The weights are right, but D's loss has reached G on the way: detach the fakes in D's step.",
            lambda output, seed: False,
        ),
    ),
    shown=lambda output: None,
    trials=3,
)


def _random_or_narrow(network: nn.Module, z: Tensor) -> str:
    """Whether it throws dice in training, or can only fill a line or a curve; nothing if neither."""
    with torch.no_grad():
        if not torch.equal(network(z), network(z)):
            return (
                "The same latents give different samples in training: it draws random numbers of its own (a dropout?). "
                "All chance is in z."
            )
    network.eval()
    z.requires_grad_()
    points = network(z)
    sizes = torch.linalg.svdvals((points - points.mean(0)).detach())
    if sizes[1] < 1e-4 * sizes[0]:
        return "All its points lie on one line: the second number only repeats the first."
    one, two = (torch.autograd.grad(points[:, i].sum(), z, retain_graph=True)[0] for i in range(2))
    network.train()
    lengths = one.square().sum(1) * two.square().sum(1)
    if (lengths - (one * two).sum(1).square() <= 1e-6 * lengths).all():
        return "All its points lie on one curve: on the way every latent is squeezed into one number."
    return ""


def _build_and_try(attempt: Callable[[int], Any], latent_dim: int, seed: int) -> Any:
    """What is wrong with a generator of points, as a verdict; hands on `...` and None."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = attempt(latent_dim)
        if network is ... or network is None:
            return network
        fault = builds.fault_of(network, lambda count: [torch.randn(count, latent_dim)], (2,), least=900, most=1000)
        fault = fault or _random_or_narrow(network, torch.randn(500, latent_dim))
        if fault:
            return Verdict("wrong", fault)
        for other_dim in range(2, 61):
            count = builds.number_of_weights(attempt(other_dim))
            if not 900 <= count <= 1000:
                return Verdict("wrong", f"For latent_dim = {other_dim} it has {count:,} weights, not 900 to 1,000.")
        with torch.no_grad():  # as after a training that wants large points, on either side
            parts = []
            for factor in (30, -1):
                for weight in network.parameters():
                    weight.mul_(factor)
                parts.append(network(torch.randn(500, latent_dim)))
            points = torch.cat(parts)
    if points.abs().max() < 2.5:
        return Verdict(
            "wrong", "Its points cannot leave a small square, whatever it learns: no tanh or sigmoid at the end here."
        )
    if points.min() > -2.5 or points.max() < 2.5:
        return Verdict("wrong", "Its points stay on one side, whatever it learns: nothing bent behind the last layer.")
    return Verdict("passed", "")


def _dense(*widths: int, act: type[nn.Module] = nn.ReLU, end: tuple[nn.Module, ...] = ()) -> nn.Sequential:
    """Linear layers of these widths with something bent between them."""
    layers: list[nn.Module] = []
    for one, next_one in itertools.pairwise(widths):
        layers += [nn.Linear(one, next_one), act()]
    return nn.Sequential(*layers[:-1], *end)


def _width(latent_dim: int) -> int:
    return 998 // (latent_dim + 3)  # (latent_dim + 1) * width + 2 * (width + 1) weights


class _OwnNoise(nn.Module):
    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = _dense(latent_dim, _width(latent_dim), 2)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(torch.randn_like(z))


class _Unused(nn.Module):
    """A hidden layer that is made and never called."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers, self.more = _dense(latent_dim, 996 // (latent_dim + 3), 2), nn.Linear(1, 1)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class _FirstTwo(nn.Module):
    """Looks at the first two latents only."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = _dense(1, 240, 2)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z[:, :1])


class _Squeezed(nn.Module):
    """The mean of a latent is all that it looks at."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = _dense(1, 240, 2)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z.mean(1, keepdim=True))


class _Repeated(nn.Module):
    """One number, twice."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = _dense(latent_dim, 998 // (latent_dim + 2), 1)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).expand(-1, 2)


class _CutOff(nn.Module):
    """No gradient leaves it."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = _dense(latent_dim, _width(latent_dim), 2)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).detach()


_COUNT_THEM = (
    "A layer from n to m numbers has (n + 1) * m weights, biases included: with one hidden layer they are "
    "(latent_dim + 1) * width + (width + 1) * 2. Solve for the width."
)

# Other wrong answers; the verdict on the network says these sentences itself, and the tests hold it to them.
SMALL_FAULTS = (
    Mutant(
        lambda latent_dim: nn.Sequential(nn.Linear(latent_dim, _width(latent_dim)), nn.Linear(_width(latent_dim), 2)),
        "It is linear: without something bent (a ReLU, a tanh) between two layers a Gaussian stays a Gaussian.",
    ),
    Mutant(
        lambda latent_dim: _dense(latent_dim, _width(latent_dim), 2, end=(nn.Tanh(),)),
        "Its points cannot leave a small square, whatever it learns: no tanh or sigmoid at the end here.",
    ),
    Mutant(
        lambda latent_dim: _dense(latent_dim, _width(latent_dim), 2, end=(nn.Sigmoid(),)),
        "Its points cannot leave a small square, whatever it learns: no tanh or sigmoid at the end here.",
    ),
    Mutant(
        lambda latent_dim: _dense(latent_dim, _width(latent_dim), 2, end=(nn.ReLU(),)),
        "Its points stay on one side, whatever it learns: nothing bent behind the last layer.",
    ),
    Mutant(_Squeezed, "All its points lie on one curve: on the way every latent is squeezed into one number."),
    Mutant(_Repeated, "All its points lie on one line: the second number only repeats the first."),
    Mutant(
        lambda latent_dim: nn.Sequential(
            nn.Linear(latent_dim, _width(latent_dim)), nn.ReLU(), nn.Dropout(0.3), nn.Linear(_width(latent_dim), 2)
        ),
        "The same latents give different samples in training: it draws random numbers of its own (a dropout?).",
    ),
    Mutant(_OwnNoise, "The same latents give different samples: it draws random numbers of its own."),
    Mutant(_Unused, "No gradient reaches the weights of shape (1, 1): they would never learn."),
    Mutant(_CutOff, "No gradient comes back from its samples: a detach() or no_grad() inside cuts the way."),
    Mutant(
        lambda latent_dim: _dense(latent_dim, _width(latent_dim), 2).requires_grad_(False),
        "Nothing in it can learn: it has no weights, or they are frozen (requires_grad).",
    ),
    Mutant(
        lambda latent_dim: [nn.Linear(latent_dim, 30), nn.ReLU(), nn.Linear(30, 2)],
        "Those are several modules; put them into one: nn.Sequential(first, second, ...).",
    ),
    Mutant(lambda latent_dim: nn.Sequential, "That is the class itself; make a network of it, with brackets."),
    Mutant(
        lambda latent_dim: _dense(latent_dim, _width(latent_dim), 2)(torch.randn(6, latent_dim)),
        "That is no network: return an nn.Module, for instance nn.Sequential(...).",
    ),
)

small_generator = Exercise(
    title="small_generator",
    inputs=lambda random: (
        (2, 5, 9, 16, 33, 60)[int(torch.randint(6, (), generator=random))],
        int(torch.randint(1_000_000, (), generator=random)),
    ),
    run=_build_and_try,
    reference=lambda latent_dim: _dense(latent_dim, _width(latent_dim), 2),
    trials=3,
    mutants=(
        Mutant(
            lambda latent_dim: _dense(latent_dim, 64, 64, 2),
            "That is the notebook's generator, with thousands of weights. One hidden layer is enough; its width must "
            "follow from latent_dim.",
        ),
        Mutant(lambda latent_dim: _dense(latent_dim, 64, 2), f"64 are too many, or too few. {_COUNT_THEM}"),
        Mutant(lambda latent_dim: _dense(latent_dim, 16, 2), f"One width does not fit all. {_COUNT_THEM}"),
        Mutant(lambda latent_dim: _dense(latent_dim, 15, 2), f"One width does not fit all. {_COUNT_THEM}"),
        Mutant(lambda latent_dim: _dense(latent_dim, 8, 2), f"One width does not fit all. {_COUNT_THEM}"),
        Mutant(lambda latent_dim: _dense(latent_dim, 1000 // latent_dim, 2), f"Too many. {_COUNT_THEM}"),
        Mutant(lambda latent_dim: _dense(latent_dim, 1000 // (latent_dim + 2), 2), f"Too many. {_COUNT_THEM}"),
        *(
            Mutant(
                lambda latent_dim, most=most: _dense(latent_dim, most // (latent_dim + 3), 2),
                "Nearly. The last layer has two biases as well: (latent_dim + 3) * width + 2 weights in all, so for "
                "some latent_dim yours are one or two too many.",
            )
            for most in (999, 1000)
        ),
        Mutant(lambda latent_dim: _dense(latent_dim, 500 // latent_dim, 2), f"Too few or too many. {_COUNT_THEM}"),
        Mutant(
            lambda latent_dim: nn.Linear(latent_dim, 2),
            "One linear layer: too few weights, and a Gaussian stays a Gaussian. Put a hidden layer and a ReLU before.",
        ),
        Mutant(
            lambda latent_dim: _dense(latent_dim, _width(latent_dim), 1),
            "It makes one number for each latent; a point in the plane has two.",
        ),
        Mutant(
            lambda latent_dim: _dense(latent_dim, _width(latent_dim), latent_dim),
            "It makes latent_dim numbers for each latent; a point in the plane has two.",
        ),
        Mutant(_FirstTwo, "Most numbers of a latent change nothing: use them all."),
        Mutant(
            lambda latent_dim: _dense(2, 199, 2),
            "The first layer must take latent_dim numbers, whatever that is; yours takes two.",
        ),
    ),
)

# Beat it: the ring in few steps.
_RULES = recipes.Rules(
    start={
        "g_rate": 2e-3, "d_rate": 2e-3, "betas": (0.0, 0.99), "batch_size": 256, "latent_dim": 2,
        "loss": losses.non_saturating,
    },
    steps=400,
    most_in_batch=256,
    most_weights=20_000,
    shape=(2,),
    generator=lambda latent_dim: _dense(latent_dim, 64, 64, 2),
    discriminator=lambda: nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1), nn.Flatten(0)
    ),
)  # fmt: skip


def _play_ring(recipe: dict[str, Any], seed: int) -> float:
    """The high-quality share times the share of covered modes after the training."""
    ring = data.ring()

    def score(generator: nn.Module) -> float:
        points = sampling.generate(generator, sampling.latents(5000, recipe["latent_dim"], seed=99))
        if not points.isfinite().all():
            return 0.0
        report = metrics.mode_report(points, ring.centres, ring.sigma)
        return report.high_quality * report.covered / 8

    batches = ring.batches(recipe["batch_size"], steps=_RULES.steps, seed=seed)
    return recipes.train(_RULES, recipe, batches, seed, score=score, knows=lambda made: score(made) > 0.3)


beat_the_ring = recipes.challenge(_RULES, title="beat_the_ring", play=_play_ring, ours=0.48, to_beat=0.70)

# The Parsons problem: six lines of the loop and one that does not belong, to be put in order.
BLOCKS = {
    "A": "g_optimizer.step()",
    "B": "fake = generator(z).detach()",
    "C": "fake = generator(z)",
    "D": "d_optimizer.zero_grad(); d_loss(discriminator(real), discriminator(fake)).backward()",
    "E": "g_optimizer.zero_grad(); g_loss(discriminator(fake)).backward()",
    "F": "d_optimizer.step()",
    "G": "g_loss(fake).backward()",
}

LOOP_FAULTS = {
    "letters": f"The answer is a word of the letters {', '.join(BLOCKS)}, like 'ABC'.",
    "logits": "Block G asks for the loss of pictures; a loss needs the discriminator's logits. Leave G out.",
    "no fakes": "A loss uses `fake` before anything has made it: begin with the block that makes the fakes.",
    "leak": "It runs, but D's loss sends gradients into G: which block makes the fakes for D only?",
    "used up": "D's backward has gone through these fakes into G and used the way up. Detach D's fakes; then make new "
    "ones for G.",
    "spent": "G's backward has used up these fakes; make detached ones for D (B).",
    "cut": "G's loss cannot reach G: its fakes are detached. Which block makes fakes that still hang on G?",
    "early D step": "D steps before its backward: it uses the gradients of the last batch.",
    "early G step": "G steps before its backward: it uses the gradients of the last batch.",
    "mixed": "D's step is taken after G's loss has added its own gradient to D. Step D before, or do D's block after.",
    "again": "A player steps a second time on one gradient, or on what the other one's loss has left there. Use each "
    "block once.",
    "no D": "D never learns: it needs its fakes (B), its backward (D) and its step (F).",
    "no G": "G never learns: it needs its fakes (C), its backward (E) and its step (A).",
    "no D step": "D never moves: its backward is there, its step (F) is missing.",
    "no G step": "G never moves: its backward is there, its step (A) is missing.",
    "twice": "Each block is needed once.",
}


def loop_fault(word: str) -> str:
    """The first thing that goes wrong in a loop of blocks, as a key of LOOP_FAULTS; nothing if it is a right one.

    Either player may go first, and both may learn from the same old weights: what counts is that each steps on its own
    loss, once, and that D's loss leaves G alone. The tests run every word on real networks and compare.
    """
    if "G" in word:
        return "logits"
    fake, d_gradient, g_gradient = "", "old", "old"
    for place, letter in enumerate(word):
        if letter in "BC":
            fake = "detached" if letter == "B" else "attached"
        elif letter in "DE" and not fake:
            return "no fakes"
        elif letter == "D":
            if fake == "spent":
                return "spent"
            if fake == "attached":
                before_g, g_loss, _ = word[place:].partition("E")
                return "used up" if g_loss and not set("BC") & set(before_g) else "leak"
            d_gradient = "right"
        elif letter == "E":
            if fake == "detached":
                return "cut"
            fake, g_gradient = "spent", "right"
            d_gradient = "mixed" if d_gradient == "right" else d_gradient
        elif letter == "F":
            if d_gradient == "stepped":
                return "again"
            if d_gradient != "right":
                return "mixed" if d_gradient == "mixed" else "early D step" if "D" in word else "no D"
            d_gradient = "stepped"
        elif letter == "A":
            if g_gradient == "stepped":
                return "again"
            if g_gradient != "right":
                return "early G step" if "E" in word else "no G"
            g_gradient = "stepped"
    if d_gradient != "stepped":
        return "no D" if "D" not in word else "no D step"
    if g_gradient != "stepped":
        return "no G" if "E" not in word else "no G step"
    return "twice" if len(set(word)) < len(word) else ""


def _judge_order(attempt: Callable[[], str]) -> Any:
    answer = attempt()
    if answer is ... or answer is None:
        return answer
    word = "".join(answer) if isinstance(answer, list | tuple) and all(isinstance(a, str) for a in answer) else answer
    word = re.sub(r"[\s,;>-]", "", word).upper() if isinstance(word, str) else "?"
    fault = "letters" if not word or set(word) - set(BLOCKS) else loop_fault(word)
    return Verdict("wrong", LOOP_FAULTS[fault]) if fault else Verdict("passed", "")


order_the_loop = Exercise(
    title="order_the_loop",
    inputs=lambda random: (),
    run=_judge_order,
    reference=lambda: "BDFCEA",
    trials=1,
    mutants=tuple(
        Mutant(partial(str, word), LOOP_FAULTS[fault])
        for word, fault in {
            "BXE": "letters", "BDFGA": "logits", "BDFCEGA": "logits", "DBFCEA": "no fakes", "EBDFCA": "no fakes",
            "CDFCEA": "leak", "CDFEA": "used up", "CEADF": "spent", "CEDFA": "spent",
            "CEDBAF": "spent", "CBDFEA": "cut", "BDFEA": "cut", "BDFBEA": "cut",
            "BFDCEA": "early D step", "BDFCAE": "early G step", "BDCEAF": "mixed", "BDCEFA": "mixed", "CEA": "no D",
            "CEAF": "no D", "BDF": "no G", "BDFCA": "no G", "BDCEA": "no D step", "BDFCE": "no G step",
            "BDFBDFCEA": "twice", "BDFCEAA": "again", "BDFCFEA": "again", "BDFCEAF": "again",
        }.items()
    ),
)  # fmt: skip
