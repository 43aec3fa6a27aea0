"""Exercises of notebook 02. Attempts are run on tiny networks and judged by the weights that they leave."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganutils.teaching import Exercise, Mutant


def _logits(random: torch.Generator) -> tuple[Tensor, Tensor]:
    real, fake = 15 * torch.randn(2, 8, generator=random)
    fake[0] = 25.0  # a logit at which float32's sigmoid is exactly 1
    return real, fake


def _d_loss(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def _through_sigmoid(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    loss, one, zero = nn.BCELoss(), torch.ones(len(real)), torch.zeros(len(real))
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    return loss(d_real, one) + loss(d_fake, zero), loss(d_fake, one)


def _through_logarithm(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    return -d_real.log().mean() - (1 - d_fake).log().mean(), -d_fake.log().mean()


two_losses = Exercise(
    title="two_losses",
    inputs=_logits,
    reference=lambda real, fake: (_d_loss(real, fake), F.softplus(-fake).mean()),
    mutants=(
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
        Mutant(
            _through_logarithm,
            "You take the logarithm of a sigmoid. At logit 25 the sigmoid is exactly 1, and log(1 - 1) is -inf. Stay "
            "with the logit: softplus does both at once.",
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
            "The generator is right; in the discriminator's loss the labels are the wrong way round.",
        ),
        Mutant(lambda real, fake: _d_loss(real, fake), "One loss is missing: return (d_loss, g_loss)."),
        Mutant(
            lambda real, fake: (_d_loss(fake, real), F.softplus(fake).mean()),
            "The labels are the wrong way round: real is 1.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake), F.softplus(fake).mean()),
            "Your generator is asked to be caught. It wants its fakes to be labelled real.",
        ),
        Mutant(
            lambda real, fake: (_d_loss(real, fake) * len(real), F.softplus(-fake).sum()),
            "Those are sums over the batch; take means, so that the loss does not grow with the batch.",
        ),
    ),
)


class _Game:
    """Two tiny networks, their optimisers and a batch; what an attempt is run on."""

    def __init__(self, seed: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.generator = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
            self.discriminator = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
            self.real, self.z_d, self.z_g = torch.randn(6, 2), torch.randn(6, 3), torch.randn(6, 3)
            leftovers = [torch.randn_like(weight) for weight in self.weights()]
        for weight, leftover in zip(self.weights(), leftovers, strict=True):
            weight.grad = leftover  # as after an earlier step: forgetting zero_grad shows
        self.g_optimizer = torch.optim.SGD(self.generator.parameters(), lr=0.1)
        self.d_optimizer = torch.optim.SGD(self.discriminator.parameters(), lr=0.1)
        self.leaked = False
        self.asked: list[bool] = []

    def weights(self) -> list[Tensor]:
        return [*self.generator.parameters(), *self.discriminator.parameters()]

    def d_step(self, *, detach: bool = True, zero: bool = True, move: bool = True) -> None:
        fake = self.generator(self.z_d)
        fake = fake.detach() if detach else fake
        if zero:
            self.d_optimizer.zero_grad()
        _d_loss(self.discriminator(self.real), self.discriminator(fake)).backward()
        if move:
            self.d_optimizer.step()

    def g_step(self, *, zero: bool = True, z: str = "z_g", loss: str = "right") -> None:
        fake = self.generator(getattr(self, z))
        if zero:
            self.g_optimizer.zero_grad()
        logits = self.discriminator(fake)
        values = {"right": F.softplus(-logits), "saturating": -F.softplus(logits), "caught": F.softplus(logits)}
        values[loss].mean().backward()
        self.g_optimizer.step()


def _play(attempt: Callable[..., Any], seed: int) -> Any:
    game = _Game(seed)
    before = [weight.detach().clone() for weight in game.weights()]
    gradients = [weight.grad for weight in game.weights()]
    game.discriminator.register_forward_pre_hook(lambda module, inputs: game.asked.append(inputs[0].requires_grad))
    answer = attempt(
        game.generator, game.discriminator, game.g_optimizer, game.d_optimizer, game.real, game.z_d, game.z_g
    )
    after = [weight.detach().clone() for weight in game.weights()]
    if all(torch.equal(a, b) for a, b in zip(before, after, strict=True)):
        touched = [weight.grad for weight in game.weights()]
        if answer is ... or all(a is b for a, b in zip(gradients, touched, strict=True)):
            return ...
        raise ValueError("no weight has moved: call step() after each backward, with no zero_grad between the two")
    # D sees fakes that still hang on G in the generator's step, and only there: once.
    return [torch.tensor(float(sum(game.asked))), *after]


def _as_attempt(*moves: Callable[[_Game], Any]) -> Callable[..., None]:
    """Moves on a game, in the form in which a student writes them."""

    def attempt(*parts: Any) -> None:
        game = _Game.__new__(_Game)
        names = ("generator", "discriminator", "g_optimizer", "d_optimizer", "real", "z_d", "z_g")
        game.__dict__.update(zip(names, parts, strict=True))
        for move in moves:
            move(game)

    return attempt


def _seed(random: torch.Generator) -> tuple[int]:
    return (int(torch.randint(1_000_000, (), generator=random)),)


train_step = Exercise(
    title="train_step",
    inputs=_seed,
    run=_play,
    reference=_as_attempt(lambda game: game.d_step(), lambda game: game.g_step()),
    mutants=(
        Mutant(
            _as_attempt(lambda game: game.d_step(detach=False), lambda game: game.g_step()),
            "The weights are right, but D's loss has reached G on the way: detach the fakes in D's step.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(zero=False), lambda game: game.g_step(zero=False)),
            "Your gradients pile up on those of the last step: call zero_grad before each backward.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(zero=False), lambda game: game.g_step()),
            "D's gradients pile up on those of the last step: d_optimizer.zero_grad() is missing.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(), lambda game: game.g_step(zero=False)),
            "G's gradients pile up on those of the last step: g_optimizer.zero_grad() is missing.",
        ),
        Mutant(
            _as_attempt(lambda game: game.g_step(), lambda game: game.d_step()),
            "You train G first. D learns first, so that G meets the D that has just learned.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(detach=False), lambda game: game.g_step(zero=False)),
            "D's loss reached G: detach the fakes in D's step, and clear G's gradients before its own backward.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(), lambda game: game.g_step(), lambda game: game.d_optimizer.step()),
            "D is moved by G's loss as well: in the generator's step only the generator's optimiser may step.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(move=False), lambda game: game.g_step()),
            "G learns against a D that has not moved: d_optimizer.step() is missing.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(), lambda game: game.g_step(z="z_d")),
            "G's step uses z_d again; it has latents of its own, z_g.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(), lambda game: game.g_step(loss="saturating")),
            "G's loss is the saturating one, log(1 - D). Ask for the non-saturating -log D.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step(), lambda game: game.g_step(loss="caught")),
            "G asks to be caught: it wants D to call its fakes real.",
        ),
        Mutant(
            _as_attempt(lambda game: game.d_step()),
            "D has learned, but G does not move: its step is missing, or its fakes are detached in its own step.",
        ),
    ),
)

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


def _run_order(attempt: Callable[[], str], seed: int) -> Any:
    answer = attempt()
    if answer is ... or answer is None:
        return ...
    if not isinstance(answer, str) or set(answer.upper().replace(" ", "")) - set(BLOCKS):
        raise ValueError(f"the answer is a word of the letters {', '.join(BLOCKS)}, like 'ABC'")
    answer = answer.upper().replace(" ", "")
    game = _Game(seed)
    used = False  # whether a backward has consumed the present fakes
    fake: Tensor | None = None
    for letter in answer:
        if letter in "BC":
            fake = game.generator(game.z_g)
            fake, used = (fake.detach() if letter == "B" else fake), False
        elif letter in "AF":
            (game.g_optimizer if letter == "A" else game.d_optimizer).step()
        elif fake is None:
            raise ValueError(f"block {letter} uses `fake` before anything has made it")
        elif letter == "D":
            game.d_optimizer.zero_grad()
            _d_loss(game.discriminator(game.real), game.discriminator(fake)).backward()
            game.leaked = used = fake.requires_grad
        elif letter == "E":
            if used:
                raise ValueError("D's backward has used up these fakes; make new ones for G")
            game.g_optimizer.zero_grad()
            F.softplus(-game.discriminator(fake)).mean().backward()
        else:
            raise ValueError("block G asks for the loss of pictures, but a loss needs the discriminator's logits")
    return [torch.tensor(float(game.leaked)), *[copy.deepcopy(weight.detach()) for weight in game.weights()]]


order_the_loop = Exercise(
    title="order_the_loop",
    inputs=_seed,
    run=_run_order,
    reference=lambda: "BDFCEA",
    mutants=(
        Mutant(
            lambda: "CDFCEA", "It runs, but D's loss sends gradients into G: which block makes the fakes for D only?"
        ),
        Mutant(
            lambda: "BDFBEA", "D has learned, but G never moves: its own step is missing, or its loss cannot reach it."
        ),
        Mutant(lambda: "BDCEA", "D never learns: block F is missing, or D has no turn at all."),
        Mutant(lambda: "BFDCEA", "A step before its backward uses the gradients of the last batch."),
        Mutant(lambda: "BDFCAE", "G steps before its backward: it uses the gradients of the last batch."),
        Mutant(lambda: "CEABDF", "A working loop with the turns swapped. Here D goes first; see the four steps above."),
        Mutant(lambda: "BDCEAF", "D's step is taken after G's loss has added its own gradient to D. Step D at once."),
    ),
)
