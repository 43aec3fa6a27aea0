"""Exercises of notebook 08: diagnose a run, repair a discriminator, and judge two recipes fairly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganutils.teaching import Exercise, Mutant, Verdict

# Diagnose: runs like those of the notebook's chart, each number a little different.
_SIGNS = ("spread", "miss", "drift", "pull", "d_loss", "memory")
_RUNS = (
    ("collapse", (0.17, 0.06, 1.0, 0.21, 1.38, 0.5)),
    ("collapse", (0.10, 0.10, 0.95, 0.30, 1.40, 0.5)),
    ("vanishing", (0.75, 20.0, 0.004, 0.0005, 0.0001, 0.5)),
    ("vanishing", (1.10, 16.0, 0.006, 0.0008, 0.30, 0.5)),  # D is not sure of every fake, yet G hears nothing
    ("vanishing", (1.80, 20.0, 0.009, 0.0003, 0.0001, 0.5)),
    ("oscillation", (1.00, 0.29, 1.3, 0.48, 1.39, 0.5)),
    ("memorising", (0.85, 0.29, 0.17, 3.5, 0.54, 0.90)),
    ("healthy", (0.98, 0.07, 0.04, 1.4, 1.26, 0.5)),
    ("healthy", (0.97, 0.06, 0.16, 0.11, 1.38, 0.5)),
    ("healthy", (1.00, 0.11, 0.09, 0.005, 1.386, 0.5)),  # at rest: no pull, because nothing is left to do
    ("healthy", (0.96, 0.08, 0.25, 0.40, 1.30, 0.57)),
    ("healthy", (0.97, 0.08, 0.08, 0.0003, 1.386, 0.5)),
    ("healthy", (0.93, 0.12, 0.20, 3.0, 0.60, 0.55)),  # a strong D with plenty of data
    ("healthy", (0.95, 0.10, 0.18, 2.5, 0.005, 0.52)),  # a stronger one
    ("healthy", (0.90, 14.0, 0.30, 5.0, 0.10, 0.5)),  # far away, but on its way: the pull is strong
    ("healthy", (0.90, 14.0, 0.005, 5.0, 0.10, 0.5)),  # the same, straight on: drift says no more than the loss
    ("memorising", (0.90, 0.20, 0.15, 0.50, 1.20, 0.92)),
    ("oscillation", (0.98, 0.25, 1.05, 0.30, 1.38, 0.5)),
    ("collapse", (0.15, 0.08, 1.30, 0.20, 1.37, 0.5)),
)


def _unknown_run(random: torch.Generator) -> tuple[dict[str, float]]:
    place = int(torch.randint(len(_RUNS), (), generator=random))
    factors = (0.05 * torch.randn(len(_SIGNS), generator=random)).exp()
    return ({name: value * float(f) for name, value, f in zip(_SIGNS, _RUNS[place][1], factors, strict=True)},)


def _diagnose(log: dict[str, float]) -> str:
    if log["memory"] > 0.75:
        return "memorising"
    if log["spread"] < 0.3:
        return "collapse"
    if log["miss"] > 2 and log["pull"] < 0.01:
        return "vanishing"
    return "oscillation" if log["drift"] > 0.6 else "healthy"


def _plain(attempt: Callable[..., Any], log: dict[str, float]) -> Any:
    """The answer in small letters; British and American spelling alike."""
    answer = attempt(log)
    if isinstance(answer, str):
        answer = answer.strip().lower().replace("memorizing", "memorising")
        if answer not in {name for name, _ in _RUNS}:
            return Verdict(
                "wrong", f"{answer!r} is no diagnosis. They are: {', '.join(sorted({n for n, _ in _RUNS}))}."
            )
    return answer


def _instead(**changed: str) -> Callable[[dict[str, float]], str]:
    """The right diagnosis, but some diseases called by another name."""
    return lambda log: changed.get(_diagnose(log), _diagnose(log))


def _first(test: Callable[[dict[str, float]], bool], name: str) -> Callable[[dict[str, float]], str]:
    """One test before all others."""
    return lambda log: name if test(log) else _diagnose(log)


_BY_LOSS = (
    "D's loss alone does not tell: near 1.386 are healthy runs, collapsed ones and circling ones, near 0 or below 1 "
    "lie both a sure D and one that knows its pictures by heart."
)
_HAS = {
    "collapse": "Here the fakes are a tenth or so as wide as the data: that is a collapse, whatever else they do (a "
    "collapsed spot may wander).",
    "vanishing": "Here the fakes are many widths away and hardly any gradient is left: vanishing. A narrow start is no "
    "collapse.",
    "oscillation": "Here the fakes are as wide as the data, and their mean wanders by more than half a width.",
    "memorising": "Here D prefers its own real pictures to new real ones nine times in ten: memorising.",
    "healthy": "Here nothing is wrong: as wide as the data, and in its place and at rest, or else far away with a "
    "strong pull, on its way. A small pull is a fault only while there is still a way to go.",
}

diagnose = Exercise(
    title="diagnose",
    inputs=_unknown_run,
    run=_plain,
    reference=_diagnose,
    trials=120,
    properties=tuple(
        (text, lambda answer, log, name=name: _diagnose(log) != name or answer == name) for name, text in _HAS.items()
    ),
    mutants=(
        Mutant(
            _first(lambda log: log["drift"] > 0.6 and log["memory"] < 0.75, "oscillation"),
            "You ask for drift first. A collapsed spot wanders as well: ask how *wide* the fakes are before that.",
        ),
        Mutant(
            _first(lambda log: log["spread"] < 0.8, "collapse"),
            "Your line for spread lies too high: fakes three quarters as wide as the data have not collapsed. Draw it "
            "near the middle between the rows, at 0.5.",
        ),
        *(
            Mutant(
                lambda log, line=line: "vanishing" if log["miss"] > line else _instead(vanishing="healthy")(log),
                "Far away alone is no disease: a run with a strong pull is on its way. Ask for miss *and* pull.",
            )
            for line in (1, 2, 5, 10)
        ),
        *(
            Mutant(
                lambda log, line=line: (
                    "vanishing" if log["miss"] > 2 and log["drift"] < line else _instead(vanishing="healthy")(log)
                ),
                "Far away and steady is no disease: such a run may be on its way. What moves it, the *pull*, tells.",
            )
            for line in (0.1, 0.0135)
        ),
        *(
            Mutant(
                lambda log, line=line: "vanishing" if log["d_loss"] < line else _instead(vanishing="healthy")(log),
                "D's loss does not show a vanishing gradient: a strong D with plenty of data has a low one too, and a "
                "D that leaves G without a gradient need not be at 0. Ask for miss and pull.",
            )
            for line in (0.001, 0.01, 0.1)
        ),
        Mutant(
            _first(lambda log: log["pull"] < 0.02, "vanishing"),
            "A small pull alone is no disease: a run that has arrived has none either. Is there still a way to go? "
            "Look at miss as well.",
        ),
        Mutant(
            _first(lambda log: abs(log["d_loss"] - 1.3863) < 0.12, "healthy"),
            "You take a loss near 2 log 2 for health. Collapsed and circling runs have it too: ask for it last, or not "
            "at all.",
        ),
        Mutant(
            _first(lambda log: log["d_loss"] < 1, "vanishing"),
            "A low loss of D has two causes here: it is far ahead of G (then pull is small), or it knows its pictures "
            "by heart (then memory is high).",
        ),
        Mutant(
            _first(lambda log: log["d_loss"] < 1, "memorising"),
            "A low loss of D has two causes here: it is far ahead of G (then pull is small), or it knows its pictures "
            "by heart (then memory is high).",
        ),
        Mutant(
            _first(lambda log: log["memory"] > 0.55, "memorising"),
            "Your line for memory lies too low: 0.6 is hardly more than chance; cured runs have it.",
        ),
        Mutant(
            _first(lambda log: log["miss"] > 0.2 and log["memory"] < 0.75, "vanishing"),
            "Your line for miss lies too low: a fifth of a width away is nearly there. In the chart a lost run is more "
            "than ten widths away.",
        ),
        Mutant(
            _instead(memorising="healthy"),
            "You never find a D that memorises: which number looks at real pictures only?",
        ),
        Mutant(_instead(healthy="oscillation"), "You find no run healthy. What is left when no test has struck?"),
        Mutant(_instead(healthy="memorising"), "You find no run healthy. What is left when no test has struck?"),
        Mutant(_instead(healthy="collapse"), "You find no run healthy. What is left when no test has struck?"),
        Mutant(
            _instead(collapse="oscillation", oscillation="collapse"),
            "You have exchanged collapse and oscillation: collapsed fakes are *narrow*, circling ones are wide.",
        ),
        Mutant(
            _instead(collapse="healthy"),
            "You never find a collapse: the comparison of spread is missing, or the wrong way round (small is ill).",
        ),
        Mutant(
            _instead(oscillation="healthy"),
            "You never find an oscillation: drift is large there, more than half a width.",
        ),
        Mutant(
            _instead(vanishing="healthy"),
            "You never find a vanishing gradient: miss is large there and pull is next to nothing.",
        ),
        Mutant(
            lambda log: "healthy" if log["d_loss"] > 1.2 else "vanishing" if log["d_loss"] < 0.1 else "memorising",
            _BY_LOSS,
        ),
        Mutant(lambda log: "collapse" if abs(log["d_loss"] - 1.3863) < 0.1 else "healthy", _BY_LOSS),
        *(
            Mutant(lambda log, name=name: name, "Every run gets the same diagnosis; look at the numbers in log.")
            for name in _HAS
        ),
        Mutant(
            lambda log: min(log, key=log.get),
            "You return the name of a number. A diagnosis is one of the five words.",
        ),
    ),
)

# Packing: the discriminator sees m samples at once.


def _packs(random: torch.Generator) -> tuple[Tensor, int]:
    """Points or pictures; batches that divide by m and batches that do not."""
    m, rows, left, shape = (
        int(torch.randint(*ends, (), generator=random)) for ends in ((2, 5), (2, 5), (0, 5), (0, 3))
    )
    count = rows * m + left % m
    return torch.randn(count, *((2,), (3, 4, 5), (1, 6, 3))[shape], generator=random), m


def _pack(x: Tensor, m: int) -> Tensor:
    rows = len(x) // m
    return x[: rows * m].reshape(rows, m * x.shape[1], *x.shape[2:])


def _pack_with_gradient(attempt: Callable[..., Any], x: Tensor, m: int) -> Any:
    """What is packed, or a word on a gradient that does not reach the samples."""
    kept, x = x.clone(), x.requires_grad_()
    packed = attempt(x, m)
    if not torch.equal(x.detach(), kept):
        return Verdict("wrong", "You have changed the samples that came in: make a new tensor.")
    if isinstance(packed, Tensor) and packed.shape == _pack(x, m).shape and not packed.requires_grad:
        return Verdict("wrong", "No gradient leads back to the samples: G would learn nothing through such a D.")
    return packed


def _cut(x: Tensor, m: int) -> Tensor:
    return x[: len(x) // m * m]


pack = Exercise(
    title="pack",
    inputs=_packs,
    run=_pack_with_gradient,
    reference=_pack,
    mutants=(
        *(
            Mutant(
                uncut,
                "Right where the batch divides by m. Elsewhere samples are left over: drop them first, x[: rows * m].",
            )
            for uncut in (
                lambda x, m: x.reshape(-1, m * x.shape[1], *x.shape[2:]),
                lambda x, m: x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:]),
                lambda x, m: x.reshape(len(x) // m, -1, *x.shape[2:]),
                lambda x, m: torch.cat([x[i::m] for i in range(m)], 1),
                lambda x, m: x.unflatten(0, (-1, m)).flatten(1, 2),
            )
        ),
        Mutant(
            lambda x, m: _pack(x[: -(len(x) % m)], m),
            "Where nothing is left over, -(len(x) % m) is 0, and x[:-0] is empty: cut at len(x) // m * m instead.",
        ),
        Mutant(
            lambda x, m: torch.cat(_cut(x, m).chunk(m), 1),
            "Each row holds m different samples, which is what counts; but here row k shall hold neighbours, the "
            "samples k m to k m + m - 1. You joined the m parts of the batch instead.",
        ),
        Mutant(
            lambda x, m: x.repeat(1, m, *[1] * (x.ndim - 2)),
            "Each row holds one sample m times: D learns nothing about how samples differ. Put m *different* ones in.",
        ),
        Mutant(
            lambda x, m: x[: len(x) // m].repeat(1, m, *[1] * (x.ndim - 2)),
            "Each row holds one sample m times: D learns nothing about how samples differ. Put m *different* ones in.",
        ),
        Mutant(
            lambda x, m: _cut(x, m).reshape(len(x) // m, m, *x.shape[1:]).mean(1),
            "You average the m samples. D must see all of them: join their features, one sample after the other.",
        ),
        Mutant(
            lambda x, m: _cut(x, m).reshape(len(x) // m, m, *x.shape[1:]).sum(1),
            "You add the m samples up. D must see all of them: join their features, one sample after the other.",
        ),
        Mutant(
            lambda x, m: _cut(x, m).reshape(len(x) // m, m, *x.shape[1:]),
            "The right samples are together, in a dimension of their own. D wants them side by side: m times as many "
            "features (or channels).",
        ),
        Mutant(
            lambda x, m: _cut(x, m).reshape(len(x) // m, -1),
            "Right for points. Pictures must stay pictures: only the channels become m times as many, height and width "
            "stay.",
        ),
        Mutant(
            lambda x, m: x.reshape(len(x) // m, -1),
            "Left-over samples are still in, and pictures lose their shape: drop the rest first, then let the channels "
            "become m times as many.",
        ),
        Mutant(
            lambda x, m: (
                _cut(x, m).reshape(len(x) // m, m, *x.shape[1:]).transpose(1, 2).reshape(_pack(x, m).shape)
            ),
            "The features are shuffled like cards: first number of each sample, second of each ... Put whole samples "
            "one after the other.",
        ),
        Mutant(
            lambda x, m: torch.cat([x[i : len(x) - m + 1 + i] for i in range(m)], 1),
            "Your rows overlap: every sample stands in m of them. A sample belongs to one row, so there are "
            "len(x) // m rows.",
        ),
        Mutant(
            lambda x, m: _pack(torch.cat([x, x[: -len(x) % m]]), m),
            "You fill the last row up with samples from the front. Left-over samples are dropped here.",
        ),
        Mutant(
            lambda x, m: _pack(torch.cat([x, 0 * x[: -len(x) % m]]), m),
            "You fill the last row up with zeros, which D would soon know for real or for fake. Left-over samples are "
            "dropped.",
        ),
        Mutant(
            lambda x, m: _pack(x[len(x) % m :], m),
            "You drop the left-over samples at the front; drop them at the end.",
        ),
        Mutant(
            lambda x, m: _pack(x.flip(0), m),
            "You begin with the last sample; row 0 holds the samples 0 to m - 1.",
        ),
        Mutant(lambda x, m: x, "That is the batch as it came: D still sees one sample at a time."),
        Mutant(
            lambda x, m: x[::m],
            "You keep one sample of m and throw the others away. Put all m into one row.",
        ),
    ),
)  # fmt: skip

# The relativistic pair of losses.


def _logits(random: torch.Generator) -> tuple[Tensor, Tensor]:
    real, fake = 10 * torch.randn(2, 8, generator=random)
    real[0], fake[0] = -60.0, 60.0  # a difference at which float32's sigmoid is exactly 0
    return real, fake


def _losses_and_slopes(attempt: Callable[..., Any], real: Tensor, fake: Tensor) -> Any:
    """Both losses, then their slopes in both kinds of logits."""
    logits = [real.requires_grad_(), fake.requires_grad_()]
    pair = attempt(*logits)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return pair
    if not all(isinstance(one, float | int) or (isinstance(one, Tensor) and one.ndim == 0) for one in pair):
        return pair
    slopes: list[Tensor] = []
    for loss in pair:
        found: tuple[Tensor | None, ...] = (None, None)
        if isinstance(loss, Tensor) and loss.requires_grad:
            found = torch.autograd.grad(loss, logits, retain_graph=True, allow_unused=True)
        slopes += [torch.zeros_like(x) if slope is None else slope for slope, x in zip(found, logits, strict=True)]
    return [*pair, *slopes]


def _relativistic(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    return F.softplus(fake - real).mean(), F.softplus(real - fake).mean()


def _learns(output: Any, real: Tensor, fake: Tensor) -> bool:
    """False if the values are right and only the slopes are wrong."""
    if not isinstance(output, list) or len(output) != 6:
        return True
    given = torch.stack([torch.as_tensor(loss).detach().float() for loss in output[:2]])
    return not torch.allclose(given, torch.stack(_relativistic(real, fake)).detach(), rtol=1e-3)


_NO_SLOPE = (
    "The values are right, but a gradient in the logits is missing: both players need both logits here, and nothing is "
    "detached, made a plain number or wrapped in no_grad()."
)
_AVERAGE = (
    "That is an *average* relativistic loss, logits against the other kind's mean. Here logits are paired: real[i] "
    "with fake[i]."
)
_SMALL = (
    "It breaks at differences of 120: there exp is infinite and sigmoid 0 in float32, and a clamp or a small number "
    "only hides that. softplus of the difference forms neither."
)

relativistic_losses = Exercise(
    title="relativistic_losses",
    inputs=_logits,
    run=_losses_and_slopes,
    reference=_relativistic,
    shown=lambda output: tuple(output[:2]) if isinstance(output, list) and len(output) == 6 else output,
    properties=((_NO_SLOPE, _learns),),
    mutants=(
        Mutant(
            lambda real, fake: (F.softplus(-real).mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()),
            "Those are the losses of notebook 02: each half stands alone. Here only the difference of a real logit and "
            "a fake one counts.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake - real).mean(), F.softplus(-fake).mean()),
            "D's loss is right. G's is relative too: its fakes shall lie *above the real ones*, not above 0.",
        ),
        Mutant(
            lambda real, fake: _relativistic(fake, real),
            "The players are exchanged: D wants real above fake, G wants fake above real.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake - real).mean(), -F.softplus(fake - real).mean()),
            "G takes D's loss with a minus: the saturating game, silent where D is sure. Exchange the roles of "
            "real and fake instead.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake - real), F.softplus(real - fake)),
            "One loss for each pair; take the mean over the batch.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake - real).sum(), F.softplus(real - fake).sum()),
            "Take the mean over the batch, not the sum: else the step depends on the batch's size.",
        ),
        Mutant(
            lambda real, fake: ((fake - real).mean(), (real - fake).mean()),
            "Those are Wasserstein's: without the softplus D can make its loss as small as it likes.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake.mean() - real.mean()), F.softplus(real.mean() - fake.mean())),
            "You average the logits first, then take one softplus. Pair them: a softplus for each pair, then the mean.",
        ),
        Mutant(
            lambda real, fake: (
                F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean(),
                F.softplus(real - fake.mean()).mean() + F.softplus(real.mean() - fake).mean(),
            ),
            _AVERAGE,
        ),
        *(
            Mutant(answer, _AVERAGE)
            for answer in (
                lambda real, fake: (
                    F.softplus(fake.mean() - real).mean() / 2 + F.softplus(fake - real.mean()).mean() / 2,
                    F.softplus(real - fake.mean()).mean() / 2 + F.softplus(real.mean() - fake).mean() / 2,
                ),
                lambda real, fake: (F.softplus(fake.mean() - real).mean(), F.softplus(real.mean() - fake).mean()),
                lambda real, fake: (F.softplus(fake - real.mean()).mean(), F.softplus(real - fake.mean()).mean()),
                lambda real, fake: (F.softplus(fake.mean() - real).mean(), F.softplus(real - fake.mean()).mean()),
                lambda real, fake: (F.softplus(fake - real.mean()).mean(), F.softplus(real.mean() - fake).mean()),
            )
        ),
        Mutant(
            lambda real, fake: (
                F.softplus(fake[None] - real[:, None]).mean(),
                F.softplus(real[:, None] - fake[None]).mean(),
            ),
            "You pair every real with every fake. That is allowed in other papers; here real[i] meets fake[i] alone.",
        ),
        *(
            Mutant(
                lambda real, fake, save=save: (
                    -save(torch.sigmoid(real - fake)).log().mean(),
                    -save(torch.sigmoid(fake - real)).log().mean(),
                ),
                _SMALL,
            )
            for save in (
                torch.clone,
                *(partial(torch.add, other=small) for small in (1e-12, 1e-8, 1e-7, 1e-6)),
                *(partial(torch.clamp, min=small) for small in (1e-12, 1e-8, 1e-7, 1e-6)),
                *(partial(torch.clamp, min=small, max=1 - small) for small in (1e-7, 1e-6)),
            )
        ),
        Mutant(
            lambda real, fake: (torch.sigmoid(real - fake).log().mean(), torch.sigmoid(fake - real).log().mean()),
            "The minus is missing. And it breaks at differences of 120, where sigmoid is 0 in float32: softplus of the "
            "difference mends both.",
        ),
        Mutant(
            lambda real, fake: (
                F.softplus(torch.sigmoid(fake) - torch.sigmoid(real)).mean(),
                F.softplus(torch.sigmoid(real) - torch.sigmoid(fake)).mean(),
            ),
            "You compare probabilities. Compare the logits themselves: no sigmoid before the difference.",
        ),
        Mutant(
            lambda real, fake: (torch.sigmoid(fake - real).mean(), torch.sigmoid(real - fake).mean()),
            "Those are probabilities of being wrong; the loss is minus the logarithm of being right: softplus.",
        ),
        Mutant(
            lambda real, fake: (F.relu(1 + fake - real).mean(), F.relu(1 + real - fake).mean()),
            "That is a relativistic hinge. Here the logistic one is asked for: softplus instead of relu(1 + ...).",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake.detach() - real).mean(), F.softplus(real - fake).mean()),
            "You detach the fake logits in D's loss: then fakes never push D's logits down. The *fakes* are detached, "
            "before D, not their logits.",
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake - real).mean(), F.softplus(real.detach() - fake).mean()),
            "The values are right. You detach the real logits in G's loss; for G that changes nothing, but then the "
            "loss is no longer that of the pair: detach nothing here.",
        ),
        *(
            Mutant(lambda real, fake, cut=cut: tuple(map(cut, _relativistic(real, fake))), _NO_SLOPE)
            for cut in (Tensor.item, Tensor.detach)
        ),
        Mutant(
            lambda real, fake: (F.softplus(fake - real).mean(), F.softplus(fake - real).mean()),
            "G minimises D's own loss in yours: it would help D. G wants the *fake* above the real one.",
        ),
        Mutant(
            lambda real, fake: tuple(
                F.binary_cross_entropy(torch.sigmoid(gap), torch.ones_like(gap)) for gap in (real - fake, fake - real)
            ),
            "After a sigmoid, torch cuts the loss off at 100, without a gradient: F.binary_cross_entropy_with_logits, "
            "or F.softplus.",
        ),
        Mutant(
            lambda real, fake: F.softplus(fake - real).mean(),
            "That is D's loss alone. Return two: D's and G's.",
        ),
        Mutant(
            lambda real, fake: (-F.softplus(fake - real).mean(), -F.softplus(real - fake).mean()),
            "The signs: a loss is minimised, and -log sigmoid(l) is *plus* softplus(-l).",
        ),
    ),
)  # fmt: skip

# A discriminator that sees the batch.


def _dense(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for one, two in itertools.pairwise(widths):
        layers += [nn.Linear(one, two), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1], nn.Flatten(0))


# What can be wrong with a discriminator that shall see the batch.
BATCH_FAULTS = {
    "several": "Those are several modules; put them into one class with a forward.",
    "class": "That is the class itself; make a network of it, with brackets.",
    "no network": "That is no network: return an nn.Module of your own, with a forward that looks at the whole batch.",
    "shape": "From points (batch, 2) it must make one logit for each point, (batch,), whatever the batch's size.",
    "no weights": "Nothing in it can learn: it has no weights.",
    "nan": "It gives nan or infinity.",
    "chance": "The same points give different logits: no chance in D here.",
    "one for all": "All points of a batch get the same logit: each point's own place must count too.",
    "order": "Another order of the batch changes the logits: use something that no order changes, like a spread.",
    "alone": "Each logit depends on its own point alone: a thousand copies of one good point look as real as a "
    "thousand different ones. Compute something of the whole batch and hand it to every point.",
    "width": "It sees the batch, but not how *wide* it is: gathered ten times closer around the same mean, the point "
    "in the middle gets the same logit. A mean does not see it, a normalisation removes it; take a spread.",
    "axis": "It sees the width along one axis only: gathered along the other, the batch looks the same. Take both.",
    "twins": "On a batch where every point has a twin your number is what it is on equal points: a nearest neighbour "
    "does not tell how wide the batch is. Compare each point with *all* others, or with their mean.",
    "place": "Your number tells how far the points lie from 0, or how their two coordinates differ, not how wide the "
    "batch is: a crowd on one far point and a ring of points as far out get the same. Subtract the batch's mean first, "
    "for each coordinate its own (dim 0).",
    "line": "On points along one line your number does not see how long the line is (a product of two widths, a "
    "covariance or a determinant is 0 there). *Add* the widths along the axes.",
    "sum": "A longer batch of the same points changes the logits. How many points there are must not count here: take "
    "a mean over the batch, not a sum.",
    "root": "On a batch of eight equal points the gradient is nan: a root and a logarithm have an infinite slope at 0. "
    "Put a small number *inside*, or use the variance.",
    "cut": "The spread is there, but no gradient goes through it: G could not learn from it to spread out. No "
    "detach(), no no_grad(), no .item().",
}


def _batch_fault(network: Any, random: torch.Generator) -> str:
    """The first fault, as a key of BATCH_FAULTS; nothing if all is well."""
    if isinstance(network, list | tuple):
        return "several"
    if isinstance(network, type) and issubclass(network, nn.Module):
        return "class"
    if not isinstance(network, nn.Module):
        return "no network"
    for batch in (12, 3, 40):
        made = network(torch.randn(batch, 2, generator=random))
        if not isinstance(made, Tensor) or made.shape != (batch,):
            return "shape"
    if not any(weight.requires_grad for weight in network.parameters()):
        return "no weights"
    half = torch.randn(10, 2, generator=random)
    x = torch.cat([torch.zeros(1, 2), half, -half])  # its mean is the first point
    order = torch.randperm(len(x), generator=random)
    with torch.no_grad():
        logits, again, shuffled = network(x), network(x), network(x[order])
        wide, narrow, one, long = (network(y) for y in (4 * x, 0.1 * x, torch.zeros_like(x), x.repeat(20, 1)))
        beside, twins = network(torch.cat([x[3:4], 1.5 * x[3:4]])), network(x.repeat(2, 1))

    def alike(a: Tensor, b: Tensor) -> bool:
        return torch.allclose(a, b, rtol=1e-4, atol=1e-5)

    if not logits.isfinite().all():
        return "nan"
    if not torch.equal(logits, again):
        return "chance"
    if logits.std() < 1e-6:
        return "one for all"
    if not torch.allclose(logits[order], shuffled, rtol=1e-3, atol=1e-4):
        return "order"
    if alike(logits[0], one[0]) and alike(logits[3], beside[0]):
        return "alone"
    if alike(logits[0], narrow[0]):
        return "width"
    if alike(twins[0], one[0]):
        return "twins"
    with torch.no_grad():
        if any(alike(logits[0], network(x * torch.tensor(squeeze))[0]) for squeeze in ((0.1, 1.0), (1.0, 0.1))):
            return "axis"
        for line in (x[:, :1] * torch.eye(2)[axis] for axis in (0, 1)):
            if alike(network(line)[0], network(0.1 * line)[0]):
                return "line"
        turn = torch.arange(720) * math.tau / 720
        ring = 2 * torch.stack([turn.cos(), turn.sin()], 1)
        absolute = math.asin(4 / math.pi / math.sqrt(2)) - math.pi / 4
        for angle in (absolute, 0.0, -absolute, -math.pi / 4):
            # As far from 0 as the ring is on average, by absolute and by squared coordinates; then as far from the
            # mean of *both* coordinates, by the same two.
            far = 2 * torch.tensor([[math.cos(angle), math.sin(angle)]])
            crowd, around = network(far.repeat(721, 1))[0], network(torch.cat([far, ring]))[0]
            if (crowd - around).abs() < 5e-5:
                return "place"
        corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]).repeat(2, 1)
        if alike(network(torch.ones(8, 2))[0], network(corners)[0]):  # alike in every function of |x| and |y|
            return "place"
    seen = torch.stack([wide[0], logits[0], narrow[0], one[0]])  # the same point in batches of four widths
    if (long[0] - logits[0]).abs() > 0.4 * (seen.max() - seen.min()):
        return "sum"
    collapsed, free = torch.ones(8, 2, requires_grad=True), x.clone().requires_grad_()
    slopes = torch.autograd.grad(network(collapsed).sum(), [collapsed, *network.parameters()], allow_unused=True)
    if not all(slope is None or slope.isfinite().all() for slope in slopes):
        return "root"
    (slope,) = torch.autograd.grad(network(free)[3], free)
    others = torch.arange(len(slope)) != 3
    return "cut" if slope[others].abs().max() < 1e-7 else ""


def _judge_batch_aware(attempt: Callable[[], Any], seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = attempt()
        if network is ... or network is None:
            return network
        fault = _batch_fault(network, torch.Generator().manual_seed(seed))
    return Verdict("wrong", BATCH_FAULTS[fault]) if fault else Verdict("passed", "")


class _Aware(nn.Module):
    """One number of the whole batch beside each point."""

    def __init__(self, statistic: Callable[[Tensor], Tensor], width: int = 3) -> None:
        super().__init__()
        self.statistic, self.layers = statistic, _dense(width, 64, 1)

    def forward(self, x: Tensor) -> Tensor:
        extra = self.statistic(x)
        return self.layers(torch.cat([x, extra.reshape(1, -1).expand(len(x), -1)], 1))


def _nearest_neighbour(x: Tensor) -> Tensor:
    """How far the nearest other point lies, on average over the batch."""
    return ((x[:, None] - x).square().sum(2) + 1e-8).sqrt().sort(1).values[:, 1].mean()


class _Discrimination(nn.Module):
    """Minibatch discrimination: for each point, a sum over all others of a closeness of features."""

    def __init__(self) -> None:
        super().__init__()
        self.features, self.layers = nn.Linear(2, 8), _dense(3, 64, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.features(x)
        close = torch.exp(-(h[:, None] - h).abs().sum(2)).sum(1, keepdim=True)
        return self.layers(torch.cat([x, close], 1))


class _Normalised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 64), nn.BatchNorm1d(64), nn.LeakyReLU(0.2), nn.Linear(64, 1), nn.Flatten(0)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class _OneForAll(nn.Module):
    """The spread alone, without the points."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = _dense(2, 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers((x.var(0) + 1e-8).sqrt()[None]).expand(len(x))


class _Before(nn.Module):
    """Each point beside the one before it in the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = _dense(4, 64, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(torch.cat([x, x - x.roll(1, 0)], 1))


class _Column(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = _Aware(lambda x: (x.var(0).mean() + 1e-8).sqrt())

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x)[:, None]


batch_aware = Exercise(
    title="batch_aware",
    inputs=lambda random: (int(torch.randint(1_000_000, (), generator=random)),),
    run=_judge_batch_aware,
    reference=lambda: _Aware(lambda x: (x.var(0).mean() + 1e-8).sqrt()),
    trials=3,
    mutants=tuple(
        Mutant(answer, BATCH_FAULTS[fault])
        for answer, fault in (
            (lambda: _dense(2, 64, 1), "alone"),
            (_Normalised, "width"),
            (lambda: _Aware(lambda x: x.mean(0), 4), "width"),
            (lambda: _Aware(lambda x: x.var(0).sqrt().mean()), "root"),
            (lambda: _Aware(lambda x: (x - x.mean(0)).square().mean().sqrt()), "root"),
            (lambda: _Aware(lambda x: (x.var(0).mean() + 1e-8).sqrt().detach()), "cut"),
            (lambda: _Aware(lambda x: (x - x.mean(0)).abs().sum()), "sum"),
            (lambda: _Aware(lambda x: x.square().mean()), "place"),
            (lambda: _Aware(lambda x: x.abs().mean()), "place"),
            (lambda: _Aware(lambda x: x.norm(dim=1).mean()), "place"),
            (lambda: _Aware(lambda x: x.var(1).mean()), "place"),
            (lambda: _Aware(lambda x: x.abs().mean(0), 4), "place"),
            (lambda: _Aware(lambda x: x.square().mean(0), 4), "place"),
            (lambda: _Aware(lambda x: x.std()), "place"),
            (lambda: _Aware(lambda x: x.var()), "place"),
            (lambda: _Aware(lambda x: (x - x.mean()).abs().mean()), "place"),
            (lambda: _Aware(_nearest_neighbour), "twins"),
            (_Discrimination, "sum"),
            (lambda: _Aware(lambda x: x.var(0)[:1]), "axis"),
            (lambda: _Aware(lambda x: torch.cov(x.T).det()), "line"),
            (lambda: _Aware(lambda x: torch.cov(x.T)[0, 1]), "line"),
            (lambda: _Aware(lambda x: x.var(0).prod()), "line"),
            (lambda: _Aware(lambda x: x.std(0).prod()), "line"),
            (_OneForAll, "one for all"),
            (_Before, "order"),
            (_Column, "shape"),
            (lambda: _Aware, "class"),
            (lambda: [nn.Linear(3, 64), nn.Linear(64, 1)], "several"),
            (lambda: lambda x: x.std(0), "no network"),
        )
    ),
)

# A fair comparison of two recipes.


def _scores(random: torch.Generator) -> tuple[Tensor, Tensor, float]:
    """Scores of two recipes on the same seeds; seeds differ more than recipes do, so that pairing matters."""
    count = int(torch.randint(3, 9, (), generator=random))
    level, gain = torch.randn(2, count, generator=random, dtype=torch.float64)
    a = 5 + 2 * level
    b = a + 0.3 + 0.4 * gain
    t = {3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}[count]
    return a, b, t


def _interval(a: Tensor, b: Tensor, t: float, *, unbiased: bool = True) -> tuple[Tensor, Tensor]:
    gain = b - a
    wide = t * gain.std(unbiased=unbiased) / len(gain) ** 0.5
    return gain.mean() - wide, gain.mean() + wide


def _apart(a: Tensor, b: Tensor, t: float) -> tuple[Tensor, Tensor]:
    wide = t * ((a.var() + b.var()) / len(a)).sqrt()
    return (b - a).mean() - wide, (b - a).mean() + wide


gain_interval = Exercise(
    title="gain_interval",
    inputs=_scores,
    reference=_interval,
    mutants=(
        Mutant(
            _apart,
            "You treat the two lists as if their seeds had nothing to do with each other. They are pairs: take the "
            "difference on each seed first, then its spread. Here that is far narrower.",
        ),
        Mutant(
            lambda a, b, t: (
                (b.mean() - a.mean()) - t * (a.std() + b.std()) / len(a) ** 0.5,
                (b.mean() - a.mean()) + t * (a.std() + b.std()) / len(a) ** 0.5,
            ),
            "Two separate intervals, added. The scores are pairs: the gain on each seed, and *its* spread.",
        ),
        Mutant(
            lambda a, b, t: (
                (b - a).mean() - t * (b - a).std() / (len(a) - 1) ** 0.5,
                (b - a).mean() + t * (b - a).std() / (len(a) - 1) ** 0.5,
            ),
            "The n - 1 is in the standard deviation already; under the root stands n.",
        ),
        Mutant(
            lambda a, b, t: (
                (b - a).mean() - t * b.std() / len(a) ** 0.5,
                (b - a).mean() + t * b.std() / len(a) ** 0.5,
            ),
            "You took the spread of B's scores. It is the spread of the *gains*, b - a, that counts.",
        ),
        Mutant(
            lambda a, b, t: (
                (b - a).mean() - t * a.std() / len(a) ** 0.5,
                (b - a).mean() + t * a.std() / len(a) ** 0.5,
            ),
            "You took the spread of A's scores. It is the spread of the *gains*, b - a, that counts.",
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, 2.776),
            "2.776 is for five seeds. Here their number changes, and t with it: use the t that is given.",
        ),
        Mutant(
            lambda a, b, t: _interval(a.sort().values, b.sort().values, t),
            "You sort the scores. Then the pairs are torn apart: a[i] and b[i] belong to one seed.",
        ),
        Mutant(
            lambda a, b, t: _interval(b, a, t), "The sign: the gain of B over A is b - a."
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, t, unbiased=False),
            "The spread divides by n. With so few seeds divide by n - 1, as .std() does by itself.",
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, t * len(a) ** 0.5),
            "You took the spread of *one* seed's gain. The mean of n gains scatters less, by the root of n.",
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, t / len(a) ** 0.5),
            "You divide by n; the mean of n gains scatters less by the *root* of n.",
        ),
        *(
            Mutant(
                lambda a, b, t, z=z: _interval(a, b, z),
                "You took a number of standard deviations that fits very many seeds. With few seeds the spread itself "
                "is a guess: use t.",
            )
            for z in (1.96, 2.0, 1.959964, 1.959963984540054)
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, 1.0),
            "That is one standard error to each side. For 95 per cent multiply it by t.",
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, t / 2), "Your *whole* width is t standard errors; it is t to each side."
        ),
        Mutant(
            lambda a, b, t: ((b - a).min(), (b - a).max()),
            "That is the smallest and the largest gain. The interval is about their *mean*: mean -+ t s / root n.",
        ),
        Mutant(
            lambda a, b, t: ((b - a).mean(), t * (b - a).std() / len(a) ** 0.5),
            "Those are the middle and the half width. Return the two ends: (low, high).",
        ),
        Mutant(
            lambda a, b, t: tuple(reversed(_interval(a, b, t))), "Right ends, wrong order: (low, high)."
        ),
        Mutant(
            lambda a, b, t: (
                (b - a).median() - t * (b - a).std() / len(a) ** 0.5,
                (b - a).median() + t * (b - a).std() / len(a) ** 0.5,
            ),
            "The middle is the mean of the gains, not their median: t belongs to means.",
        ),
        Mutant(
            lambda a, b, t: (
                (b - a).mean() - t * (b - a).var() / len(a) ** 0.5,
                (b - a).mean() + t * (b - a).var() / len(a) ** 0.5,
            ),
            "You took the variance; the half width wants its root, the standard deviation.",
        ),
        Mutant(
            lambda a, b, t: (
                (b - a).mean() - t * (b - a).var() / len(a),
                (b - a).mean() + t * (b - a).var() / len(a),
            ),
            "That is t times the *variance* of the mean; take its root.",
        ),
        Mutant(
            lambda a, b, t: _interval(a, b, t)[0] > 0,
            "That is the conclusion, yes or no. First the interval: return (low, high).",
        ),
        Mutant(lambda a, b, t: (b - a).mean(), "That is the mean gain alone. How sure is it? Return (low, high)."),
    ),
)  # fmt: skip
