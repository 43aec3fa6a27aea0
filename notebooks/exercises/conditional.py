"""Exercises of notebook 06: the name beside the latent, the projection head, diversity inside a class."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _draw_names(random: torch.Generator) -> tuple[Tensor, Tensor, int]:
    """A batch in which the highest class is missing, as it happens in any small batch; others come twice."""
    classes = int(torch.randint(5, 8, (), generator=random))
    y = torch.randint(classes - 1, (10,), generator=random)
    y[:3] = torch.tensor([1, 3, 0])
    return torch.randn(10, 3, generator=random, dtype=torch.float64), y, classes


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
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, int(y.max()) + 1)], 1),
            "one_hot counts the classes that it meets. A batch need not hold the last one: say how many there are, "
            "F.one_hot(y, classes).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y.unique(return_inverse=True)[1], len(y.unique()))], 1),
            "You count the classes of this batch. Some may be missing from it: there are `classes` places.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].double()], 1),
            "You glued on the class's number. A number says that class 4 is twice class 2; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].double() / classes], 1),
            "You glued on the class's number, made small. Its order still means something; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].double() / (classes - 1)], 1),
            "You glued on the class's number, made small. Its order still means something; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y], 1),
            "y has one dimension and z two, and its entries are numbers of classes: first make names of them, "
            "F.one_hot(y, classes).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, F.one_hot(y, classes)]),
            "torch.cat glues along dim=0, one batch under the other, unless you say dim=1.",
        ),
        Mutant(lambda z, y, classes: _one_hot(y, classes), "The name alone; the latent comes before it: torch.cat."),
        Mutant(
            lambda z, y, classes: torch.cat([z, 1 - _one_hot(y, classes)], 1),
            "Ones and zeros are the wrong way round: a single 1 stands at the class.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, 2 * _one_hot(y, classes) - 1], 1),
            "A one-hot vector holds 0 and 1, not -1 and 1.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, classes + 1)], 1),
            "One place too many: classes count from 0 to classes - 1.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y.clamp(min=1) - 1, classes)], 1),
            "Every name is one place too far to the left: classes count from 0.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.arange(classes).expand(len(z), -1)], 1),
            "Every row got the numbers of all classes; a one-hot vector has a single 1.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.ones(len(z), classes)], 1),
            "Every row got ones only. A single 1 stands at the class: F.one_hot(y, classes).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.eye(classes)], 1),
            "The names have a row for each class; each sample needs its own: torch.eye(classes)[y], without .T.",
        ),
        Mutant(
            lambda z, y, classes: (z, _one_hot(y, classes)),
            "The two parts are right and lie side by side: glue them, torch.cat([z, name], dim=1).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z.to(torch.int64), F.one_hot(y, classes)], 1),
            "You made whole numbers of the latents. Change the name's type instead: .to(z.dtype).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.zeros(len(z), classes)], 1),
            "The places for the name are there and hold zeros only: put a 1 at each label.",
        ),
    ),
)


def _draw_projection(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    return normal(8, 6), torch.randint(3, (8,), generator=random), normal(4, 6), normal(6), normal(1)[0]


def _projected(
    f: Tensor, y: Tensor, names: Tensor, w: Tensor, b: Tensor, *, of: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """Right but for how features and name are brought together."""
    return of(f, names[y]) + f @ w + b


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
        *(
            Mutant(partial(_projected, of=of), hint)
            for of, hint in (
                (
                    lambda f, v: (f * v).sum(1) / f.shape[1] ** 0.5,
                    "You divide the class's product by the root of the number of features, as the network above does. "
                    "Here it is asked for without.",
                ),
                (lambda f, v: (f * v).sum(), "You summed over the batch too: one logit for each sample, dim=1."),
                (lambda f, v: (f * v).sum(1).mean(), "You averaged the class's part over the batch; keep it, dim=1."),
                (lambda f, v: -(f * v).sum(1), "The class's part is added: like the name means a high logit."),
                (lambda f, v: (f - v).square().sum(1), "That is a distance; a projection is a scalar product."),
                (lambda f, v: -(f - v).square().sum(1), "That is a distance; a projection is a scalar product."),
                (lambda f, v: (f + v).sum(1), "Multiply the features with the name, entry by entry, before you sum."),
                (lambda f, v: v.sum(1), "The name's entries are summed and never meet the features: f * names[y]."),
                (
                    lambda f, v: F.cosine_similarity(f, v),
                    "That is the cosine, which divides by both lengths; the scalar product is asked for.",
                ),
                (lambda f, v: (f * v).amax(1), "The largest product; a scalar product is their sum."),
                (lambda f, v: (f * v).sum(1).sigmoid(), "No sigmoid: a logit is asked for."),
                (lambda f, v: 2 * (f * v).sum(1), "The class's part counts twice; once is enough."),
            )
        ),
        Mutant(
            lambda f, y, names, w, b: ((f * names[y]).sum(1) + f @ w + b) / f.shape[1] ** 0.5,
            "You divide by the root of the number of features. Here it is asked for without.",
        ),
        Mutant(
            lambda f, y, names, w, b: ((f * names[y]).sum(1) + f @ w) / f.shape[1] ** 0.5 + b,
            "You divide by the root of the number of features. Here it is asked for without.",
        ),
        Mutant(
            lambda f, y, names, w, b: f @ names[y].T + f @ w + b,
            "`@` compares every sample with every sample's name. Only its own counts: (f * names[y]).sum(dim=1).",
        ),
        Mutant(
            lambda f, y, names, w, b: f @ names[y].T + (f @ w)[:, None] + b,
            "`@` compares every sample with every sample's name. Only its own counts: (f * names[y]).sum(dim=1).",
        ),
        Mutant(
            lambda f, y, names, w, b: (f @ names[y].T).sum(1) + f @ w + b,
            "`@` compares every sample with every sample's name. Only its own counts: (f * names[y]).sum(dim=1).",
        ),
        Mutant(
            lambda f, y, names, w, b: f @ names.T + (f @ w)[:, None] + b,
            "That is a logit for each class; names[y] picks the one that was asked for.",
        ),
        Mutant(
            lambda f, y, names, w, b: f @ names.T,
            "That is a logit for each class; names[y] picks the one that was asked for, and f @ w + b is added.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f @ names.T).amax(1) + f @ w + b,
            "You took the best class's score; the one that was asked for counts, names[y].",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[: len(f)].repeat(len(f) // len(names), 1)).sum(1) + f @ w + b,
            "Each sample met the name in its own row number; names[y] picks the label's.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(0) + (f @ w).mean() + b,
            "You summed over the batch, dim=0; sum over the features, dim=1.",
        ),
        Mutant(
            lambda f, y, names, w, b: f * names[y] + (f @ w)[:, None] + b,
            "The products of the features are not summed yet: .sum(dim=1).",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y] * w).sum(1) + b,
            "Two parts are added, the class's and the one for all; you multiply their weights.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(1) * (f @ w) + b,
            "The two parts are added, not multiplied.",
        ),
        Mutant(
            lambda f, y, names, w, b: torch.sigmoid((f * names[y]).sum(1) + f @ w + b),
            "That is the probability; the logit is asked for, without a sigmoid.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(1, keepdim=True) + f @ w + b,
            "Shape (n, 1) plus shape (n,) makes (n, n), each with each: both parts must be (n,), without keepdim.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y - 1]).sum(1) + f @ w + b,
            "You picked the name before the right one: classes count from 0, names[y].",
        ),
        Mutant(
            lambda f, y, names, w, b: ((f * names[y]).sum(1) + f @ w + b)[:, None],
            "The numbers are right; the shape should be (n,).",
        ),
        Mutant(lambda f, y, names, w, b: (f * names[y]).sum(1) + f @ w - b, "The bias is added, not subtracted."),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(1) + f.sum(1) + b,
            "The weights w are not used: the part for all classes is f @ w + b.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(1) + (f * w).mean(1) + b,
            "The part for all classes is a scalar product, f @ w; you took a mean.",
        ),
        Mutant(
            lambda f, y, names, w, b: (f * names[y]).sum(1) + b,
            "The part for all classes, f @ w, is missing.",
        ),
    ),
)


def _draw_pictures(random: torch.Generator) -> tuple[Tensor, Tensor]:
    # Of five classes one has no pictures, as when a sample is small; classes differ in size and come in any order.
    absent = int(torch.randint(5, (), generator=random))
    present = torch.tensor([c for c in range(5) if c != absent])
    y = present.repeat_interleave(torch.tensor([3, 5, 8, 11]))[torch.randperm(27, generator=random)]
    middle = torch.randn(5, 1, 4, 5, generator=random, dtype=torch.float64)
    spread = torch.rand(5, 1, 4, 5, generator=random, dtype=torch.float64)
    return middle[y] + spread[y] * torch.randn(len(y), 1, 4, 5, generator=random, dtype=torch.float64), y


def _by_class(images: Tensor, y: Tensor, of: Callable[[Tensor], Tensor]) -> Tensor:
    return torch.stack([of(images[y == c].flatten(1)) for c in y.unique()])


def _by_class_mean(images: Tensor, y: Tensor, *, of: Callable[[Tensor], Tensor]) -> Tensor:
    return _by_class(images, y, of).mean()


def _no_gap(y: Tensor) -> bool:
    """Whether every class below the largest occurs: else whoever counts up to it meets an empty one."""
    return len(y.unique()) == int(y.max()) + 1


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
        Mutant(
            lambda x, y: _by_class_mean(x, y, of=lambda rows: rows.var(0).mean().sqrt()) if _no_gap(y) else math.nan,
            "A class without pictures has no variance: it makes nan. Go over y.unique(), the classes that occur.",
        ),
        Mutant(
            lambda x, y: math.nan,
            "Your result is nan: the variance of one number, or of none. Use dim=0 (dim=1 is the only channel), "
            "images[y == c], and the classes of y.unique().",
        ),
        *(
            Mutant(partial(_by_class_mean, of=of), hint)
            for of, hint in (
                (
                    lambda rows: rows.var().sqrt(),
                    "One variance over all pixels of a class counts how pixels differ from each other. Take each "
                    "pixel's over the pictures: var(dim=0).",
                ),
                (
                    lambda rows: rows.var(1).mean(),
                    "Two things: the variance goes over the pictures, dim=0, and its root is asked for.",
                ),
                (lambda rows: rows.std(1).mean(), "You measured how much the pixels of one picture differ: use dim=0."),
                (lambda rows: rows.var(0).sum().sqrt(), "You summed over the pixels; take the mean of the variances."),
                (lambda rows: rows.var(0).sum(), "You summed over the pixels, and the root is missing."),
                (
                    lambda rows: torch.pdist(rows).mean(),
                    "That is the mean distance of two pictures; here each pixel's variance, their mean, the root.",
                ),
                (
                    lambda rows: (rows - rows.mean(0)).abs().mean(),
                    "Those are absolute deviations; a variance has squares.",
                ),
                (lambda rows: rows.var(0).sqrt().amax(), "The largest deviation; asked for is the mean's root."),
                (lambda rows: rows.var(0).median().sqrt(), "The median; asked for is the mean over the pixels."),
                (lambda rows: rows.std(0).mean().sqrt(), "Two roots: std is the root of the variance already."),
                (
                    lambda rows: rows.std(0, correction=0).mean(),
                    "You averaged deviations: average variances, then root.",
                ),
                (
                    lambda rows: rows.mean(0).var().sqrt(),
                    "You averaged the pictures first; then nothing varies but pixels.",
                ),
                (lambda rows: rows.mean(1).var().sqrt(), "You averaged each picture first; compare pixel by pixel."),
                (
                    lambda rows: rows.var(0).mean() ** 2,
                    "You squared the variance; a deviation is its root.",
                ),
            )
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt()),
            "One number for each class: right. Take their mean.",
        ),
        Mutant(
            lambda x, y: [float(d) for d in _by_class(x, y, lambda rows: rows.var(0).mean().sqrt())],
            "One number for each class: right. Take their mean.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt()).sum(),
            "You summed over the classes; take the mean.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt()).sum() / (int(y.max()) + 1),
            "You divide by the classes there could be; one of them has no pictures. Divide by len(y.unique()).",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt()).sum() / len(y),
            "You divide by the number of pictures; take the mean over the classes.",
        ),
        Mutant(
            lambda x, y: (
                (_by_class(x, y, lambda rows: rows.var(0).mean()) * y.unique(return_counts=True)[1]).sum() / len(y)
            ).sqrt(),
            "Large classes count more in yours. Every class counts the same: a mean over classes.",
        ),
        Mutant(
            lambda x, y: (
                (_by_class(x, y, lambda rows: rows.var(0).mean().sqrt()) * y.unique(return_counts=True)[1]).sum()
                / len(y)
            ),
            "Large classes count more in yours. Every class counts the same: a mean over classes.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt())[0],
            "That is the first class only; the return belongs behind the loop.",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.var(0).mean().sqrt())[-1],
            "That is the last class only: collect the classes' numbers in a list, then take their mean.",
        ),
        Mutant(lambda x, y: x.std(), "You measured across all classes and pixels: one class, one pixel at a time."),
        Mutant(
            lambda x, y: x.flatten(1).std(0).mean(),
            "You measured across all classes: take one class at a time, images[y == c].",
        ),
        Mutant(
            lambda x, y: _by_class(x, y, lambda rows: rows.mean(0)).var(0).mean().sqrt(),
            "That is how much the classes' means differ; asked for is how much pictures of one class do.",
        ),
        Mutant(
            lambda x, y: torch.stack([x[y == c].flatten(1).var(0) for c in y.unique()]).mean(1),
            "Each class's variance; its root is missing, and the mean over the classes.",
        ),
    ),
)
