"""Exercises of notebook 06: the name beside the latent, the projection head, diversity inside a class."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _draw_names(random: torch.Generator) -> tuple[Tensor, Tensor, int]:
    y = torch.randperm(5, generator=random).repeat(2)
    return torch.randn(10, 3, generator=random, dtype=torch.float64), y, 5


def _one_hot(y: Tensor, classes: int) -> Tensor:
    return F.one_hot(y, classes).double()


with_name = Exercise(
    title="with_name",
    inputs=_draw_names,
    reference=lambda z, y, classes: torch.cat([z, _one_hot(y, classes)], 1),
    mutants=(
        Mutant(
            lambda z, y, classes: torch.cat([_one_hot(y, classes), z], 1),
            "The name stands before the latent; here the latent comes first.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, classes) * y[:, None]], 1),
            "The place of the class holds the class's number. A one-hot vector holds a 1 there: names have no size.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].expand(-1, classes).double()], 1),
            "You repeated the class's number. A number says that class 4 is twice class 2; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot((y + 1) % classes, classes)], 1),
            "Every name is one place too far to the right: classes count from 0.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y[:1], classes).expand(len(z), -1)], 1),
            "All rows got the name of the first sample.",
        ),
    ),
)


def _draw_projection(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    return normal(8, 6), torch.randperm(4, generator=random).repeat(2), normal(4, 6), normal(6), normal(1)[0]


projection_logits = Exercise(
    title="projection_logits",
    inputs=_draw_projection,
    reference=lambda f, y, names, w, b: (f * names[y]).sum(1) + f @ w + b,
    mutants=(
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(1),
            "The part without a name is missing: D must also ask whether the picture is a picture at all.",
        ),
        Mutant(lambda f, y, names, w, b: f @ w + b, "That D is blind: the class does not enter."),
        Mutant(
            lambda f, y, names, w, b: f @ names[y[0]] + f @ w + b,
            "Every sample was compared with the first sample's class.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).mean(1) + f @ w + b,
            "You averaged the products. A scalar product is their sum.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f @ names.T).sum(1) + f @ w + b,
            "You added the scores of all classes: names[y] picks the one that was asked for.",
        ),
        Mutant(lambda f, y, names, w, b: (f * names[y]).sum(1) + f @ w, "The bias is missing."),
    ),
)


def _draw_pictures(random: torch.Generator) -> tuple[Tensor, Tensor]:
    y = torch.arange(3).repeat_interleave(torch.tensor([5, 8, 11]))
    middle = torch.randn(3, 1, 4, 4, generator=random, dtype=torch.float64)
    spread = torch.rand(3, 1, 4, 4, generator=random, dtype=torch.float64)
    return middle[y] + spread[y] * torch.randn(len(y), 1, 4, 4, generator=random, dtype=torch.float64), y


def _by_class(images: Tensor, y: Tensor, of: Callable[[Tensor], Tensor]) -> Tensor:
    return torch.stack([of(images[y == c].flatten(1)) for c in y.unique()])


diversity_of = Exercise(
    title="diversity_of",
    inputs=_draw_pictures,
    reference=lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt()).mean(),
    mutants=(
        Mutant(
            lambda x, y: x.flatten(1).var(0).mean().sqrt(),
            "You measured across all classes. A generator with ten frozen pictures would look diverse.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean()).mean(),
            "That is the variance; a deviation is its root.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.std(0).mean()).mean(),
            "You averaged deviations over the pixels; average the variances, then take the root.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean()).mean().sqrt(),
            "The root comes before the mean over classes.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0, correction=0).mean().sqrt()).mean(),
            "Your variance divides by n; Tensor.var divides by n - 1.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(1).mean().sqrt()).mean(),
            "You measured how much the pixels of one picture differ. Compare the pictures, pixel by pixel.",
        ),
    ),
)
