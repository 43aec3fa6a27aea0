"""Every solution printed in a notebook passes its check, and so do other right answers; every wrong answer is refused,
with its own hint if it is a known one, readably if not; on three seeds.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import math
import re
import statistics
import sys
from pathlib import Path

import nbformat
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganutils import teaching

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
sys.path.insert(0, str(NOTEBOOKS))
gan, dcgan, conditional, clinic = (
    importlib.import_module(f"exercises.{name}") for name in ("gan", "dcgan", "conditional", "clinic")
)
SEEDS = range(3)


def notebook_exercises() -> list[tuple[str, teaching.Exercise, str, str]]:
    """(name, exercise, stub cell, solution) for every cell tagged `exercise`, in all notebooks."""
    found = []
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        setup = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        module = re.search(r"from exercises import (\w+) as exercises", setup)
        for cell, following in itertools.pairwise(cells):
            if "exercise" not in cell.metadata.get("tags", []):
                continue
            assert module, f"{path.name} has exercises and imports none"
            name = re.search(r"teaching\.check\(exercises\.(\w+), (\w+)\)", cell.source)
            solution = re.search(r"<details>.*?```python\n(.*?)```", following.source, re.DOTALL)
            assert name, f"{path.name} {cell.id} checks nothing"
            assert solution, f"{path.name} {cell.id} has no folded solution"
            exercise = getattr(importlib.import_module(f"exercises.{module[1]}"), name[1])
            if isinstance(exercise, teaching.Exercise):  # challenges: test_beat_it.py
                found.append((name[2], exercise, cell.source, solution[1]))
    return found


CASES = notebook_exercises()
MUTANTS = [(exercise, mutant) for _, exercise, _, _ in CASES for mutant in exercise.mutants]


def test_every_notebook_has_four_exercises() -> None:
    assert len(CASES) >= 4 * len(list(NOTEBOOKS.glob("[0-9]*.ipynb")))


@pytest.mark.parametrize(("name", "exercise", "stub", "solution"), CASES, ids=[case[0] for case in CASES])
def test_the_stub_is_not_attempted_and_the_solution_passes(
    name: str, exercise: teaching.Exercise, stub: str, solution: str
) -> None:
    head = "import math\nimport re\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
    namespace: dict = {}
    exec(head + stub.split("teaching.check(")[0], namespace)
    assert teaching.check(exercise, namespace[name]).status == "not attempted"
    exec(head + solution, namespace)
    for seed in SEEDS:
        assert teaching.check(exercise, namespace[name], seed=seed).status == "passed"


@pytest.mark.parametrize(("exercise", "mutant"), MUTANTS, ids=[f"{e.title}-{m.hint[:25]}" for e, m in MUTANTS])
def test_every_wrong_answer_gets_its_own_hint(exercise: teaching.Exercise, mutant: teaching.Mutant) -> None:
    for seed in SEEDS:
        verdict = teaching.check(exercise, mutant.answer, seed=seed)
        assert verdict.status == "wrong"
        assert mutant.hint in verdict.message


def test_every_exercise_knows_eight_wrong_answers() -> None:
    assert all(len(exercise.mutants) >= 8 for _, exercise, _, _ in CASES)


def attempts(**by_name) -> list:
    """One test case for each attempt, under its exercise's name."""
    return [
        pytest.param(name, answer, id=f"{name}-{place}")
        for name, answers in by_name.items()
        for place, answer in enumerate(answers)
    ]


EXERCISES = {name: exercise for name, exercise, _, _ in CASES}


def step_with(way: str):
    """A right training step whose D never reaches G, though nothing is detached."""

    def train_step(generator, discriminator, g_optimizer, d_optimizer, real, z_d, z_g):
        with torch.set_grad_enabled(way != "no_grad"):
            fake = generator(z_d)
        weights = list(discriminator.parameters())
        d_loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()
        d_optimizer.zero_grad()
        if way == "grad":
            for weight, slope in zip(weights, torch.autograd.grad(d_loss, weights), strict=True):
                weight.grad = slope
        else:
            d_loss.backward(inputs=weights if way == "inputs" else None)
        d_optimizer.step()
        loss = nn.BCEWithLogitsLoss()(discriminator(generator(z_g)), torch.ones(len(z_g)))
        g_optimizer.zero_grad()
        loss.backward()
        g_optimizer.step()

    return train_step


class ConvolveThenResize(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix, self.look = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 4, 5, padding=2, groups=4)

    def forward(self, x):
        return F.interpolate(self.look(self.mix(x).relu()), scale_factor=2, mode="bilinear")


def window_by_sets(layers, i):
    seen = {i}
    for kernel, stride, padding in reversed(layers):
        seen = {place * stride - padding + end for place in seen for end in (0, kernel - 1)}
    return min(seen), max(seen)


def kernel_slope_by_loops(x, slope, shape, stride):
    (rows, columns), total = shape, 0
    for i in range(slope.shape[1]):
        for j in range(slope.shape[2]):
            windows = x[:, i * stride : i * stride + rows, j * stride : j * stride + columns]
            total = total + (windows * slope[:, i, j, None, None]).sum(0)
    return total


def kernel_slope_by_autograd(x, slope, shape, stride):
    k = torch.zeros(1, 1, *shape, requires_grad=True)
    F.conv2d(x[:, None], k, stride=stride).backward(slope[:, None])
    return k.grad[0, 0]


def kernel_slope_that_broadcasts(x, slope, shape, stride):
    k = torch.zeros(1, 1, *shape, requires_grad=True)
    (F.conv2d(x[:, None], k, stride=stride) * slope).sum().backward()
    return k.grad[0, 0]


def kernel_slope_of_squares(x, slope, shape, stride):
    k = torch.zeros(1, 1, *shape, requires_grad=True)
    ((F.conv2d(x[:, None], k, stride=stride) - slope[:, None]) ** 2).mean().backward()
    return k.grad[0, 0]


def kernel_slope_with(offset, cut=True):
    def of(x, slope, shape, stride):
        result, (_, height, width) = torch.zeros(shape), slope.shape
        for a in range(shape[0]):
            for b in range(shape[1]):
                seen = x[:, offset(a, stride) :: stride, offset(b, stride) :: stride]
                result[a, b] = (slope * (seen[:, :height, :width] if cut else seen)).sum()
        return result

    return of


def kernel_slope_by_pixels(place):
    def of(x, slope, shape, stride):
        result = torch.zeros(shape)
        for a, b, i, j in itertools.product(*map(range, (*shape, *slope.shape[1:]))):
            result[a, b] += (x[:, place(i, a, stride), place(j, b, stride)] * slope[:, i, j]).sum()
        return result

    return of


def window_of_with(last_of, first_of=lambda place, k, s, p: place * s - p):
    def of(layers, i):
        first = last = i
        for layer in reversed(layers):
            first, last = first_of(first, *layer), last_of(last, *layer)
        return first, last

    return of


def kl_by_loop(p, q):
    return sum(a * math.log(a / b) if b else math.inf for a, b in zip(p.tolist(), q.tolist(), strict=True) if a)


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ values.clamp(min=0).sqrt().diag() @ vectors.T


def frechet(a, b, of):
    c_1, c_2 = torch.cov(a.T), torch.cov(b.T)
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + torch.trace(c_1 + c_2) - 2 * of(c_1, c_2)


def through_backward(discriminator, real, fake, t):
    x = torch.lerp(real, fake, t.reshape(-1, 1, 1, 1)).requires_grad_()
    discriminator(x).sum().backward(create_graph=True)
    return ((torch.sqrt((x.grad**2).sum((1, 2, 3))) - 1) ** 2).mean()


def picture_by_picture(discriminator, real, fake, t):
    charges = []
    for one, other, share in zip(real, fake, t, strict=True):
        x = ((1 - share) * one + share * other)[None].requires_grad_()
        slope = torch.autograd.grad(discriminator(x)[0], x, create_graph=True)[0]
        charges.append((slope.norm() - 1) ** 2)
    return sum(charges) / len(charges)


def all_at_once(discriminator, real, fake, t):
    x = torch.einsum("b,b...->b...", 1 - t, real) + torch.einsum("b,b...->b...", t, fake)
    slope = torch.func.vmap(torch.func.grad(lambda one: discriminator(one[None])[0]))(x)
    return torch.linalg.vector_norm(slope, dim=(1, 2, 3)).sub(1).pow(2).mean()


def two_hidden_layers(latent_dim):
    def count(width):
        return (latent_dim + 1) * width + (width + 1) * width + (width + 1) * 2

    width = max(width for width in range(1, 400) if count(width) <= 1000)
    return nn.Sequential(
        nn.Linear(latent_dim, width), nn.LeakyReLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2)
    )


class Points(nn.Module):
    """Without biases in front, and with more of them behind."""

    def __init__(self, latent_dim):
        super().__init__()
        self.first = nn.Linear(latent_dim, 998 // (latent_dim + 2), bias=False)
        self.second = nn.Linear(self.first.out_features, 2)

    def forward(self, z):
        return self.second(torch.tanh(self.first(z)))


class Drawn(nn.Module):
    """Tiny, with batch normalisation and a transposed convolution."""

    def __init__(self, latent_dim):
        super().__init__()
        self.sketch = nn.Linear(latent_dim, 3 * 49)
        self.norm, self.up = nn.BatchNorm2d(3), nn.ConvTranspose2d(3, 24, 4, 2, 1)
        self.last = nn.Conv2d(24, 1, 5, padding=2)

    def forward(self, z):
        maps = F.relu(self.up(self.norm(self.sketch(z).view(-1, 3, 7, 7))))
        return torch.tanh(self.last(F.interpolate(maps, scale_factor=2, mode="bilinear")))


def from_one_pixel(latent_dim):
    return nn.Sequential(
        nn.Unflatten(1, (latent_dim, 1, 1)), nn.ConvTranspose2d(latent_dim, 4, 7), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(4, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Hardtanh(),
    )  # fmt: skip


class Parameters(nn.Module):
    """Mixed names without a Linear: shares times a table of weights; names and latents are added, then bent."""

    def __init__(self, classes, add=False):
        super().__init__()
        self.table, self.add = nn.Parameter(torch.randn(classes, 16)), add
        self.layers = nn.Sequential(nn.Linear(16 if add else 32, 64), nn.SiLU(), nn.Linear(64, 64))

    def forward(self, z, y):
        name = self.table[y] if y.dtype == torch.int64 else torch.einsum("nc,cd->nd", y, self.table)
        return torch.tanh(self.layers(z + name if self.add else torch.hstack([name, z]))).reshape(len(z), 1, 8, 8)


class Embedded(nn.Module):
    """One embedding for both: labels look it up, shares are multiplied with its weights."""

    def __init__(self, classes):
        super().__init__()
        self.names = nn.Embedding(classes, 4)
        self.layers = nn.Sequential(
            nn.Linear(20, 80), nn.ReLU(), nn.Linear(80, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8))
        )

    def forward(self, z, y):
        return self.layers(torch.cat([z, self.names(y) if y.ndim == 1 else y @ self.names.weight], 1))


def by_autograd(f, y, classes):
    names = torch.zeros(classes, f.shape[1], dtype=f.dtype, requires_grad=True)
    logits = (f * names[y]).sum(1) / f.shape[1] ** 0.5
    return torch.autograd.grad(logits.mean(), names)[0]


def by_loop(f, y, classes):
    rows = [sum((f[i] for i in range(len(y)) if y[i] == c), torch.zeros(f.shape[1])) for c in range(classes)]
    return [row / len(y) / f.shape[1] ** 0.5 for row in rows]


def one_class_after_another(images, y, real, real_y, classes):
    ratios = torch.full((classes,), torch.nan, dtype=images.dtype)
    for c in range(classes):
        ours, theirs = images[y == c], real[real_y == c]
        if min(len(ours), len(theirs)) >= 2:
            ratios[c] = (ours.var(0).sum() / theirs.var(0).sum()).sqrt()
    return ratios


class SeesTheBatch(nn.Module):
    """As the minibatch deviation of progressive GANs, or by mean distances, in front of the second layer."""

    def __init__(self, way):
        super().__init__()
        self.way, self.first, self.second = way, nn.Linear(2, 32), nn.Linear(33, 1)

    def forward(self, x):
        h = F.leaky_relu(self.first(x), 0.2)
        wide = h.std(0).mean() if self.way == "std" else (h - h.mean(0)).abs().mean()
        return self.second(torch.cat([h, wide.repeat(len(h), 1)], dim=1)).flatten()


def diagnosed_by_tables(log):
    tests = {
        "memorising": log["memory"] > 0.7, "vanishing": log["miss"] > 5 and log["pull"] < 0.05,
        "collapse": log["spread"] < 0.35, "oscillation": log["drift"] > 0.5,
    }  # fmt: skip
    return next((name for name, holds in tests.items() if holds), "healthy")


def diagnosed_halfway(log):
    """Every line in the very middle between the rows of the notebook's chart."""
    if log["spread"] < 0.54:
        return "collapse"
    if log["miss"] > 10.4 and log["pull"] < 0.0067:
        return "vanishing"
    return "memorising" if log["memory"] > 0.765 else "oscillation" if log["drift"] > 0.81 else "healthy"


def samples_by_trying(dims, real, most):
    def floor(n):
        return dims * (dims + 5) / 4 * (1 / n + 1 / real)

    return next((n for n in range(1, 4000) if floor(n) <= most), math.inf)


def kernel_of_rows(a, b):
    return (1 + torch.einsum("nd,nd->n", a, b) / a.shape[1]).pow(3)


def kernel_row_by_row(x, y):
    def k(a, b):
        return (sum(u * v for u, v in zip(a.tolist(), b.tolist(), strict=True)) / len(a) + 1) ** 3

    pairs = range(0, len(x), 2)
    h = [k(x[i], x[i + 1]) + k(y[i], y[i + 1]) - k(x[i], y[i + 1]) - k(x[i + 1], y[i]) for i in pairs]
    mean = sum(h) / len(h)
    return mean, math.sqrt(sum((one - mean) ** 2 for one in h) / (len(h) - 1) / len(h))


def copies_by_sorting(train, held_out, fake):
    def closest(others):
        return sorted((fake[:, None] - others[None]).norm(dim=2).min(1).values.tolist())[len(fake) // 20]

    return closest(train) < closest(held_out) / 2


def pairs_by_index(sentences, vocabulary):
    counts = torch.zeros(len(sentences), len(vocabulary), dtype=torch.int64)
    for row, sentence in enumerate(sentences):
        words = re.split("[^a-z]+", sentence.lower())
        for i in range(1, len(words)):
            if (pair := f"{words[i - 1]} {words[i]}") in vocabulary:
                counts[row, vocabulary.index(pair)] += 1
    return counts


def pairs_by_looking_ahead(sentences, vocabulary):
    joined = [" ".join(re.findall("[a-z]+", sentence.lower())) for sentence in sentences]
    ahead = [r"\b{} (?={}\b)".format(*pair.split()) for pair in vocabulary]
    return [[len(re.findall(pattern, sentence)) for pattern in ahead] for sentence in joined]


def pairs_by_products(sentences, vocabulary):
    rows = []
    for sentence in sentences:
        words = re.findall("[a-z]+", sentence.lower())
        first, second = (
            torch.tensor([[word == pair.split()[n] for pair in vocabulary] for word in words]).view(-1, len(vocabulary))
            for n in (0, 1)
        )
        rows.append(torch.einsum("tp,tp->p", first[:-1].float(), second[1:].float()))
    return torch.stack(rows)


def match_row_by_row(scores, sentence):
    total = 0.0
    for row, own in zip(scores, sentence, strict=True):
        top = row[sentence == own].max()
        logs = top + (row[sentence == own] - top).exp().sum().log()
        total += float(row.max() + (row - row.max()).exp().sum().log() - logs)
    return total / len(scores)


def generator_cell_by_cell(p, w):
    rows, columns = p.sum(1).tolist(), p.sum(0).tolist()
    return [
        [(value / column - w * row) / (1 - w) for value, column in zip(values, columns, strict=True)]
        for values, row in zip(p.tolist(), rows, strict=True)
    ]


def told_apart_by_a_grid(mean_1, mean_2, log_variance):
    """The larger of the two densities at each place, along the line between the means."""
    d = ((mean_1 - mean_2) / (log_variance / 2).exp()).norm()
    x = torch.linspace(-8, 8, 20_001, dtype=torch.float64)
    if d > 16:
        return 1.0
    x = torch.cat([x, x + 16])
    densities = torch.stack([(-((x - m) ** 2) / 2).exp() / math.sqrt(2 * math.pi) for m in (0, d)])
    return torch.trapezoid(densities.amax(0), x) / 2


def grouped_by_loop(h, group):
    maps = []
    for picture in range(len(h)):
        own = h[picture // group * group : picture // group * group + group]
        deviation = ((own - own.mean(0)) ** 2).mean(0).add(1e-8).sqrt().mean()
        maps.append(deviation * torch.ones_like(h[picture, :1]))
    return torch.cat((h, torch.stack(maps)), dim=1)


def share_of_work_by_layers(widths, plan):
    """Layer by layer: how many pictures pass it, and how many would."""
    done = whole = 0
    largest, shown = max(plan)[0], sum(pictures for _, pictures in plan)
    for size in (4 * 2**k for k in range(10)):
        if size <= largest:
            layer = 9 * widths[max(4, size // 2)] * widths[size] * size**2
            done += layer * sum(pictures for at, pictures in plan if at >= size)
            whole += layer * shown
    return torch.tensor(done / whole)


def blame_by_loop(asked, answered):
    shares = []
    for j in range(asked.shape[1]):
        kept = [i != j for i in range(asked.shape[1])]
        clean = [row for row in (asked == answered).tolist() if all(itertools.compress(row, kept))]
        shares.append(sum(row[j] for row in clean) / len(clean) if clean else math.nan)
    return shares


def jacobian_by_autograd(c, gamma):
    """The field of the two losses, differentiated once more."""

    def field(s):
        theta, psi = s
        loss_d = F.softplus(-psi * c) + F.softplus(psi * theta) + gamma / 2 * psi**2
        loss_g = F.softplus(-psi * theta)
        (g,), (d,) = (
            torch.autograd.grad(loss, variable, create_graph=True)
            for loss, variable in ((loss_g, theta), (loss_d, psi))
        )
        return torch.stack([-g, -d])

    return torch.autograd.functional.jacobian(field, torch.tensor([c, 0.0], dtype=torch.float64))


def optimistic_with_a_history(field, start, h, steps):
    s, history = torch.tensor(start, dtype=torch.float64), []
    for _ in range(steps):
        history.append(torch.stack([torch.as_tensor(v) for v in field(*s)]))
        s = s + h * (2 * history[-1] - history[max(0, len(history) - 2)])
    return s


def largest_step_by_trying(gamma):
    """Halving, on the spectral radius of one step."""
    game = torch.tensor([[0.0, 0.5], [-0.5, -gamma]], dtype=torch.float64)
    low, high = 0.0, 5.0
    for _ in range(60):
        h = (low + high) / 2
        inside = torch.linalg.eigvals(torch.eye(2) + h * game).abs().max() < 1
        low, high = (h, high) if inside else (low, h)
    return low


def rate_by_trying(a, gamma):
    """Halving, on the spectral radius of one step with two rates."""
    low, high = 0.0, 200.0
    for _ in range(80):
        b = (low + high) / 2
        step = torch.tensor([[1.0, a / 2], [-b / 2, 1 - b * gamma]], dtype=torch.float64)
        low, high = (b, high) if torch.linalg.eigvals(step).abs().max() < 1 else (low, b)
    return low


def radius_by_walking(h, gamma):
    """Many steps of the game itself, and the mean of the last ones."""
    theta, psi, radii = 0.5, 0.0, []
    for step in range(25_000):
        pull = 1 / (1 + math.exp(psi * theta))
        theta, psi = theta + h * psi * pull, psi - h * (theta * (1 - pull) + gamma * psi)
        if step >= 24_000:
            radii.append(theta**2 + psi**2)
    mean = sum(radii) / len(radii)
    return math.sqrt(mean) if mean > 1e-3 else 0.0


RIGHT = attempts(
    pairs_in=[pairs_by_index, pairs_by_looking_ahead, pairs_by_products],
    fair_match=[
        match_row_by_row,
        lambda s, c: (s.logsumexp(1) - s.masked_fill(c[:, None] != c, -math.inf).logsumexp(1)).mean(),
        lambda s, c: -(s.float().log_softmax(1) + (c == c[:, None]).float().log()).logsumexp(1).mean().item(),
        lambda s, c: F.softplus(
            s.masked_fill(c[:, None] == c, -math.inf).logsumexp(1)
            - s.masked_fill(c[:, None] != c, -math.inf).logsumexp(1)
        ).mean(),
        lambda s, c: sum(s[i].logsumexp(0) - s[i][c == c[i]].logsumexp(0) for i in range(len(c))) / len(c),
    ],
    best_generator=[
        generator_cell_by_cell,
        lambda p, w: (p - w * torch.einsum("i,j->ij", p.sum(1), p.sum(0))) / ((1 - w) * p.sum(0)),
        lambda p, w: F.normalize((p / p.sum(0) - w * p.sum(1)[:, None]).clamp(min=0), p=1, dim=0),
        lambda p, w: p / p.sum(0) + w / (1 - w) * (p / p.sum(0) - p.sum(1, keepdim=True)),
        lambda p, w: torch.stack([(column / column.sum() - w * p.sum(1)) / (1 - w) for column in p.T], 1).numpy(),
    ],
    told_apart=[
        told_apart_by_a_grid,
        lambda a, b, v: 0.5 * (1 + math.erf(((a - b) ** 2 / v.exp()).sum().sqrt().item() / math.sqrt(8))),
        lambda a, b, v: statistics.NormalDist().cdf(
            math.hypot(*((x - y) / math.exp(z / 2) for x, y, z in zip(a.tolist(), b.tolist(), v.tolist(), strict=True)))
            / 2
        ),
        lambda a, b, v: torch.distributions.Normal(0.0, 1.0).cdf(((b - a) * (-v / 2).exp()).norm() / 2),
        lambda a, b, v: 1 - torch.erfc(((a - b) / v.exp().sqrt()).norm() / 8**0.5) / 2,
    ],
    blame=[
        blame_by_loop,
        lambda asked, answered: torch.where(
            ((asked != answered).sum(1, keepdim=True) == (asked != answered)), (asked == answered).double(), math.nan
        ).nanmean(0),
        lambda asked, answered: (asked == answered).all(1).sum() / torch.stack(
            [torch.cat([(asked == answered)[:, :j], (asked == answered)[:, j + 1 :]], 1).all(1).sum()
             for j in range(asked.shape[1])]
        ),
        lambda asked, answered: [
            (asked == answered)[((asked == answered).sum(1) - (asked == answered)[:, j].int()) == asked.shape[1] - 1, j]
            .float().mean().item() for j in range(asked.shape[1])
        ],
    ],
    alpha_of=[
        lambda y, old, new: torch.linalg.lstsq(
            (new - old.repeat_interleave(2, 2).repeat_interleave(2, 3)).reshape(-1, 1),
            (y - old.repeat_interleave(2, 2).repeat_interleave(2, 3)).reshape(-1, 1),
        ).solution.item(),
        lambda y, old, new: float(
            torch.einsum("i,i->", *((z - F.interpolate(old, scale_factor=2)).flatten() for z in (y, new)))
            / (new - F.interpolate(old, scale_factor=2)).norm() ** 2
        ),
    ],
    equal_linear=[
        lambda x, v, rate: F.linear(x, v) * rate * (2 / x.shape[1]) ** 0.5,
        lambda x, v, rate: torch.einsum("bn,mn->bm", x * rate, v * math.sqrt(2) / math.sqrt(v.size(1))),
    ],
    grouped_deviation=[
        grouped_by_loop,
        lambda h, group: torch.cat(
            [torch.cat([g, (g.var(0, unbiased=False) + 1e-8).sqrt().mean().expand_as(g[:, :1])], 1)
             for g in h.split(group)]
        ),
    ],
    with_share=[
        lambda x, share: (1 - share**0.5) * F.interpolate(F.avg_pool2d(x, 2), scale_factor=2) + share**0.5 * x,
        lambda x, share: torch.lerp(
            F.avg_pool2d(x, 2).repeat_interleave(2, 2).repeat_interleave(2, 3), x, math.sqrt(share)
        ),
    ],
    share_of_work=[share_of_work_by_layers],
    jacobian=[
        jacobian_by_autograd,
        lambda c, gamma: torch.tensor([[0, 0.5], [-0.5, -(gamma + c * c / 4 + c * c / 4)]]),
    ],
    optimistic=[optimistic_with_a_history],
    largest_step=[
        largest_step_by_trying,
        lambda gamma: 4 * gamma if gamma < 1 else 4 * (gamma - (gamma**2 - 1) ** 0.5),
    ],
    unequal_rates=[rate_by_trying, lambda a, gamma: 0 if a >= 4 * gamma else 2 / (gamma - a / 8)],
    settled_radius=[radius_by_walking, lambda h, gamma: (2 * (h - min(h, 4 * gamma))) ** 0.5],
    diagnose=[
        diagnosed_by_tables, diagnosed_halfway,
        lambda log: diagnosed_by_tables(log).replace("memorising", "Memorizing"),
    ],
    pack=[
        lambda x, m: torch.stack([torch.cat(list(x[k * m : k * m + m])) for k in range(len(x) // m)]),
        lambda x, m: torch.cat([x[i :: m][: len(x) // m] for i in range(m)], 1),
        lambda x, m: x[: len(x) - len(x) % m].unflatten(0, (-1, m)).flatten(1, 2),
    ],
    relativistic_losses=[
        lambda r, f: [-F.logsigmoid(r - f).mean(), -F.logsigmoid(f - r).mean()],
        lambda r, f: (
            F.binary_cross_entropy_with_logits(r - f, torch.ones_like(r)),
            F.binary_cross_entropy_with_logits(r - f, torch.zeros_like(r)),
        ),
        lambda r, f: (torch.logaddexp(f - r, torch.zeros(8)).mean(), torch.logaddexp(r - f, torch.zeros(8)).mean()),
    ],
    batch_aware=[
        lambda: SeesTheBatch("std"),
        lambda: SeesTheBatch("distance"),
        lambda: clinic._Aware(lambda x: torch.cov(x.T).trace()),
        lambda: clinic._Aware(lambda x: (x[:, None] - x).square().mean()),
        lambda: clinic._Aware(lambda x: x.var(0), 4),
    ],
    gain_interval=[
        lambda a, b, t: [(b - a).mean() + sign * t * ((b - a).var() / len(a)).sqrt() for sign in (-1, 1)],
        lambda a, b, t: tuple(
            (b - a).mean().item() + s * t * math.sqrt(((b - a - (b - a).mean()) ** 2).sum() / (len(a) ** 2 - len(a)))
            for s in (-1, 1)
        ),
    ],
    to_grey=[lambda i: 255 * (i + 1) / 2, lambda i: 127.5 * i + 127.5, lambda i: (i.numpy() + 1) * 127.5],
    between=[torch.lerp, lambda a, b, t: a + t * (b - a), lambda a, b, t: b - (1 - t) * (b - a)],
    step_along=[
        lambda z, d, amount: z + amount * F.normalize(d, dim=0),
        lambda z, d, amount: z + d * (amount / (d**2).sum() ** 0.5),
    ],
    smoothed_discriminator=[
        lambda p, q, a, b: torch.nan_to_num((a * p + b * q) / (p + q), nan=0.5),
        lambda p, q, a, b: torch.where(p + q == 0, 0.5, b + (a - b) * p / (p + q)),
        lambda p, q, a, b: torch.where((p > 0) | (q > 0), a * p / (p + q) + b * q / (p + q), 0.5),
        lambda p, q, a, b: (b + (a - b) * torch.sigmoid(p.log() - q.log())).nan_to_num(nan=0.5),
        lambda p, q, a, b: [
            (a * x + b * y) / (x + y) if x + y else 0.5 for x, y in zip(p.tolist(), q.tolist(), strict=True)
        ],
    ],
    onto_the_shell=[
        lambda z: F.normalize(z, dim=1) * math.sqrt(z.shape[1]),
        lambda z: z / z.square().mean(1, keepdim=True).sqrt(),
        lambda z: [v / v.norm() * len(v) ** 0.5 for v in z],
        lambda z: (z.T / z.norm(dim=1) * z.shape[1] ** 0.5).T.numpy(),
    ],
    two_means=[
        lambda draw, z: [draw(z.mean(0)), sum(draw(one) for one in z) / len(z)],
        lambda draw, z: (draw(z.mean(0, keepdim=True)), draw(z).mean(0, keepdim=True)),
        lambda draw, z: torch.stack([draw(z.sum(0) / len(z)), draw(z).mean(0)]),
    ],
    nearest_example=[
        lambda drawing, examples: (examples - drawing).flatten(1).norm(dim=1).argmin(),
        lambda drawing, examples: min(range(len(examples)), key=lambda i: float(((examples[i] - drawing) ** 2).sum())),
        lambda drawing, examples: torch.cdist(drawing.flatten()[None], examples.flatten(1)).argmin(1),
        lambda drawing, examples: ((examples - drawing) ** 2).mean((1, 2, 3)).sort().indices[0].item(),
    ],
    regret=[
        lambda p, q, logit, dx: torch.trapezoid(
            p.exp() * (F.softplus(-logit) - F.softplus(q - p)) + q.exp() * (F.softplus(logit) - F.softplus(p - q)),
            dx=dx,
        ),
        lambda p, q, logit, dx: (
            (
                (p.exp() + q.exp())
                * dx
                * (
                    F.binary_cross_entropy_with_logits(logit, torch.sigmoid(p - q), reduction="none")
                    - F.binary_cross_entropy_with_logits(p - q, torch.sigmoid(p - q), reduction="none")
                )
            )
            .sum()
            .item()
        ),
    ],
    best_hinge_discriminator=[
        lambda p, q: torch.where(p >= q, 1, -1),
        lambda p, q: 2 * (p > q).float() - 1,
        lambda p, q: [1 if x > y else -1 for x, y in zip(p, q, strict=True)],
        lambda p, q: torch.where(q == 0, 7.0, torch.sign(p - q)),
    ],
    kl_both_ways=[
        lambda p, q: (kl_by_loop(p, q), kl_by_loop(q, p)),
        lambda p, q: [torch.where(a > 0, a * (a / b).log(), 0).sum() for a, b in ((p, q), (q, p))],
        lambda p, q: torch.stack([(p * (p / q).log()).nansum(), (q * (q / p).log()).nansum()]),
        lambda p, q: ((p * (p / q).log())[p > 0].sum().item(), (q * (q / p).log())[q > 0].sum().item()),
    ],
    log_ratio=[
        lambda logit, real, fake: logit + math.log(fake) - math.log(real),
        lambda logit, real, fake: [value - math.log(real / fake) for value in logit.tolist()],
        lambda logit, real, fake: F.logsigmoid(logit) - F.logsigmoid(-logit) + math.log(fake / real),
    ],
    order_the_loop=[
        *(lambda word=word: word for word in ("BDFCEA", "BDCFEA", "CEABDF", "CEBADF", "CEBDAF", "CEBDFA")),
        lambda: "b, d, f, c, e, a",
        lambda: list("BDFCEA"),
    ],
    two_losses=[
        lambda r, f: (
            (F.relu(-r) + (-r.abs()).exp().log1p()).mean() + torch.logaddexp(f, f * 0).mean(),
            torch.logaddexp(-f, f * 0).mean(),
        ),
        lambda r, f: (-F.logsigmoid(r).mean() - F.logsigmoid(-f).mean(), -F.logsigmoid(f).mean()),
        lambda r, f: torch.stack([F.softplus(-r).mean() + F.softplus(f).mean(), F.softplus(-f).mean()]),
        lambda r, f: [
            F.binary_cross_entropy_with_logits(r, r * 0 + 1) + F.binary_cross_entropy_with_logits(f, f * 0),
            F.binary_cross_entropy_with_logits(f, f * 0 + 1),
        ],
    ],
    train_step=[step_with("grad"), step_with("inputs"), step_with("no_grad")],
    kl_of_two=[
        lambda m, v, m_2, v_2: torch.distributions.kl_divergence(
            torch.distributions.Normal(m, (v / 2).exp()), torch.distributions.Normal(m_2, (v_2 / 2).exp())
        ).sum(-1),
        lambda m, v, m_2, v_2: -0.5 * (1 + v - v_2 - ((m - m_2).pow(2) + v.exp()) / v_2.exp()).sum(dim=1),
        lambda m, v, m_2, v_2: [
            0.5 * ((a - c) ** 2 / d.exp() + (b - d).exp() - 1 - b + d).sum()
            for a, b, c, d in zip(m, v, m_2, v_2, strict=True)
        ],
    ],
    one_draw_elbo=[
        lambda x, m, v, eps, decode: (
            torch.distributions.Bernoulli(logits=decode(m + (v / 2).exp() * eps)).log_prob((x + 1) / 2).sum(1)
            - 0.5 * (m**2 + v.exp() - 1 - v).sum(1)
        ),
        lambda x, m, v, eps, decode: (
            -F.binary_cross_entropy_with_logits(decode(m + v.exp().sqrt() * eps), x.relu(), reduction="none").sum(1)
            + 0.5 * (1 + v - m**2 - v.exp()).sum(1)
        ),
    ],
    two_gradients=[
        lambda mu, sigma, eps, f, df: torch.stack([f(mu + sigma * eps) * eps / sigma, df(mu + sigma * eps)]),
        lambda mu, sigma, eps, f, df: [f(mu + sigma * eps) * eps / sigma, df(mu + sigma * eps)],
    ],
    two_bounds=[
        lambda w: (w.mean(0), torch.logsumexp(w - math.log(len(w)), 0)),
        lambda w: torch.stack([w.sum(0) / len(w), w.max(0)[0] + (w - w.max(0)[0]).exp().mean(0).log()]),
        lambda w: [[column.mean() for column in w.T], [column.logsumexp(0) - math.log(len(w)) for column in w.T]],
        lambda w: (w.T.mean(1).tolist(), (w.T.double().logsumexp(1) - math.log(w.shape[0])).tolist()),
    ],
    signal_share=[
        lambda m, v: 1 - v.exp().mean(0) / (m.var(0, correction=0) + v.exp().mean(0)),
        lambda m, v: [a.var() / (a.var() + b.exp().mean()) for a, b in zip(m.T, v.T, strict=True)],
        lambda m, v: (1 / (1 + v.exp().mean(0) / m.float().std(0) ** 2)).tolist(),
    ],
    window_of=[
        window_by_sets,
        lambda layers, i: [float(place) for place in window_by_sets(layers, i)],
        lambda layers, i: torch.tensor(window_by_sets(layers, i)).numpy(),
        window_of_with(lambda place, k, s, p: (place + 1) * s - p + k - s - 1),
        lambda layers, i: (
            window_by_sets(layers, i)[0],
            window_by_sets(layers, i)[0] + functools.reduce(lambda r, la: (r - 1) * la[1] + la[0], layers[::-1], 1) - 1,
        ),
    ],
    tripling=[*(lambda a=a: a for a in ((6, 3, 2, 1), (9, 3, 3, 0), [9, 3, 4, 2], (12, 3, 5, 1)))],
    up_block=[
        ConvolveThenResize,
        lambda: nn.Sequential(nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Upsample(scale_factor=2, mode="bicubic")),
        lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 4, 1)),
        lambda: nn.Sequential(
            nn.LazyConv2d(4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Upsample(scale_factor=2),
            nn.LazyConv2d(4, 3, padding="same", groups=4),
        ),
        lambda: nn.Sequential(nn.Conv2d(8, 2, 1), nn.Upsample(scale_factor=2), nn.ConvTranspose2d(2, 4, 3, padding=1)),
        # Transposed and then blurred over 2 x 2: every pixel sees all four phases.
        lambda: nn.Sequential(nn.ConvTranspose2d(8, 4, 2, 2), nn.ReflectionPad2d((0, 1, 0, 1)), nn.AvgPool2d(2, 1)),
    ],
    kernel_slope=[
        kernel_slope_by_loops,
        kernel_slope_by_autograd,
        kernel_slope_with(lambda a, stride: a),
        kernel_slope_by_pixels(lambda i, a, stride: i * stride + a),
        lambda x, slope, shape, stride: torch.einsum(
            "nijab,nij->ab", x.unfold(1, shape[0], stride).unfold(2, shape[1], stride).double(), slope.double()
        ),
        lambda x, slope, shape, stride: F.conv2d(x[None], slope[None], dilation=stride)[0, 0, : shape[0], : shape[1]],
    ],
    distance_of=[
        lambda a, b: frechet(a, b, lambda p, q: torch.linalg.eigvals(p @ q).sqrt().real.sum()).item(),
        lambda a, b: frechet(a, b, lambda p, q: root(root(p) @ q @ root(p)).trace()),
        lambda a, b: frechet(a, b, lambda p, q: torch.linalg.svdvals(root(p) @ root(q)).sum()),
    ],
    penalty_between=[through_backward, picture_by_picture, all_at_once],
    recall_of=[
        lambda real, fake: (
            (torch.cdist(fake, real) <= torch.cdist(fake, fake).sort(1).values[:, 3:4]).any(0).sum() / len(real)
        ),
        lambda real, fake: (
            torch.cdist(real, fake) < torch.cdist(fake, fake).topk(4, largest=False).values[:, -1]
        ).any(1).float().mean().item(),
    ],
    with_name=[
        lambda z, y, classes: torch.hstack([z, torch.eye(classes)[y]]),
        lambda z, y, classes: torch.cat([z, torch.arange(classes) == y[:, None]], -1),
    ],
    slope_of_names=[
        by_autograd,
        by_loop,
        lambda f, y, classes: torch.zeros(classes, f.shape[1], dtype=f.dtype).index_add(0, y, f) / len(f) / 5**0.5,
        lambda f, y, classes: torch.stack([f[y == c].sum(0) for c in range(classes)]) / (len(y) * f.shape[1] ** 0.5),
        lambda f, y, classes: torch.einsum("nc,nd->cd", torch.eye(classes).double()[y], f).div(9).div(5**0.5).numpy(),
    ],
    diversity_by_class=[
        one_class_after_another,
        lambda x, y, r, s, classes: [
            (x[y == c].var(0).mean() ** 0.5 / r[s == c].var(0).mean() ** 0.5).item() for c in range(classes)
        ],
        lambda x, y, r, s, classes: torch.tensor(
            [float(x[y == c].std(0).square().mean().sqrt() / r[s == c].std(0).norm() * 20**0.5) for c in range(classes)]
        ),
        lambda x, y, r, s, classes: torch.stack(
            [torch.cov(x[y == c].flatten(1).T).trace() / torch.cov(r[s == c].flatten(1).T).trace()
             if min((y == c).sum(), (s == c).sum()) > 1 else torch.tensor(torch.nan) for c in range(classes)]
        ).sqrt(),
    ],
    small_generator=[
        two_hidden_layers,
        Points,
        lambda n: nn.Sequential(nn.Linear(n, 998 // (n + 3)), nn.Tanh(), nn.Linear(998 // (n + 3), 2)),
        lambda n: nn.Sequential(nn.Linear(n, 980 // (n + 3)), nn.GELU(), nn.Linear(980 // (n + 3), 2)).double().float(),
        lambda n: nn.Sequential(
            nn.Linear(n, 990 // (n + 5)), nn.BatchNorm1d(990 // (n + 5)), nn.ReLU(), nn.Linear(990 // (n + 5), 2)
        ),
    ],
    tiny_generator=[
        Drawn,
        from_one_pixel,
        lambda n: nn.Sequential(
            nn.Linear(n, 147), nn.Tanh(), nn.Unflatten(1, (3, 7, 7)), nn.Upsample(size=28, mode="bicubic"),
            nn.Conv2d(3, 16, 5, padding="same"), nn.GELU(), nn.Conv2d(16, 1, 5, padding="same"), nn.Tanh(),
        ),
        lambda n: nn.Sequential(
            nn.Linear(n, 64), nn.ReLU(), nn.Unflatten(1, (4, 4, 4)), nn.Upsample(scale_factor=2), nn.Conv2d(4, 16, 2),
            nn.ReLU(), nn.Conv2d(16, 64, 3, padding=1), nn.PixelShuffle(4), nn.Conv2d(4, 1, 3, padding=1), nn.Tanh(),
        ),
        lambda n: nn.Sequential(
            nn.Linear(n, 196), nn.ReLU(), nn.Unflatten(1, (1, 14, 14)), nn.Upsample(scale_factor=2),
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1), nn.Tanh(),
        ),
        # 784 numbers from a dense layer, but sixteen maps of 7 x 7.
        lambda n: nn.Sequential(
            nn.Linear(n, 16), nn.ReLU(), nn.Linear(16, 784), nn.ReLU(), nn.Unflatten(1, (16, 7, 7)),
            nn.Upsample(scale_factor=2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
            nn.Upsample(scale_factor=2), nn.Conv2d(16, 1, 3, padding=1), nn.Tanh(),
        ),
    ],
    mixing_generator=[Parameters, lambda classes: Parameters(classes, add=True), Embedded],
    samples_needed=[
        samples_by_trying,
        lambda d, m, most: (
            math.inf if d * (d + 5) >= 4 * most * m else torch.tensor(1 / (4 * most / d / (d + 5) - 1 / m)).ceil()
        ),
    ],
    neighbours_for=[
        lambda n, m, wanted: next(
            k for k in range(1, n) if 1 - math.comb(n - 1, k) / math.comb(n + m - 1, k) >= wanted
        ),
        lambda n, m, wanted: 1 + int(
            (1 - torch.cumprod((n - torch.arange(1, n).double()) / (n + m - torch.arange(1, n)), 0) < wanted).sum()
        ),
    ],
    support_size=[
        lambda draws: (
            len(draws) * (len(draws) - 1) / 2 / t
            if (t := sum(a == b for a, b in itertools.combinations(draws.tolist(), 2))) else math.inf
        ),
        lambda draws: torch.tensor(len(draws) * (len(draws) - 1.0)) / (
            (draws[:, None] == draws).sum() - len(draws)
        ),
        lambda draws: len(draws) * (len(draws) - 1) / (
            draws.unique(return_counts=True)[1].double() * (draws.unique(return_counts=True)[1] - 1)
        ).sum(),
    ],
    quick_kernel_distance=[
        kernel_row_by_row,
        lambda x, y: (lambda h: torch.stack([h.mean(), h.std() / len(h) ** 0.5]))(
            kernel_of_rows(x[::2], x[1::2]) + kernel_of_rows(y[::2], y[1::2])
            - kernel_of_rows(x[::2], y[1::2]) - kernel_of_rows(x[1::2], y[::2])
        ),
    ],
    is_copying=[
        copies_by_sorting,
        lambda train, held, fake: torch.cdist(fake.float(), train.float()).amin(1).quantile(0.04)
        < 0.4 * torch.cdist(fake.float(), held.float()).amin(1).quantile(0.04),
        lambda train, held, fake: float(
            torch.cdist(fake, train).min(1)[0].sort()[0][:6].mean()
            / torch.cdist(fake, held).min(1)[0].sort()[0][:6].mean()
        ) < 0.5,
    ],
)  # fmt: skip


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_passes_however_it_is_written(name: str, answer) -> None:
    for seed in SEEDS:
        verdict = teaching.check(EXERCISES[name], answer, seed=seed)
        assert verdict.status == "passed", verdict


def test_every_exercise_has_other_right_answers_in_the_list() -> None:
    assert {case.values[0] for case in RIGHT} == set(EXERCISES)


def regret_with(log, keep=torch.clone):
    """The regret by way of D itself, saved from nan by a trick."""

    def of(log_p, log_q, logit, dx):
        def value(d):
            return ((log_p.exp() * log(d) + log_q.exp() * log(1 - d)) * dx).sum()

        return value(keep(torch.sigmoid(log_p - log_q))) - value(keep(torch.sigmoid(logit)))

    return of


def within_no_grad(answer):
    return lambda *case: torch.no_grad()(answer)(*case)


def kl_of_pairs(m, v, m_2, v_2):
    return 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1 + v_2 - v).sum(1)


def elbo_of_draw(x, m, v, eps, decode, kl=None):
    z = m + (v / 2).exp() * eps
    drawn = (
        torch.distributions.Normal(m, (v / 2).exp()).log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)
    ).sum(1)
    return F.logsigmoid(x * decode(z)).sum(1) - (drawn if kl == "drawn" else 0.5 * (m**2 + v.exp() - 1 - v).sum(1))


def elbo_with_probabilities(keep):
    """The ELBO by way of probabilities, which `keep` keeps away from 0."""

    def elbo(x, m, v, eps, decode):
        p = keep(decode(m + (v / 2).exp() * eps).sigmoid())
        return torch.where(x > 0, p.log(), (1 - p).log()).sum(1) - 0.5 * (m**2 + v.exp() - 1 - v).sum(1)

    return elbo


class GlobalMean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        return F.interpolate(self.mix(x.mean((2, 3), keepdim=True)), size=2 * x.shape[2])


class InterpolateAlone(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        return self.weight * F.interpolate(x[:, :4], scale_factor=2, mode="bilinear")


def dense_then_one_convolution(latent_dim):
    return nn.Sequential(
        nn.Linear(latent_dim, 12), nn.ReLU(), nn.Linear(12, 784), nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 1, 3, padding=1), nn.Tanh(),
    )  # fmt: skip


def slope_norm(norm):
    """A penalty whose norm forgets part of a picture."""

    def penalty(discriminator, real, fake, t):
        x = (real + t.view(-1, 1, 1, 1) * (fake - real)).requires_grad_()
        (slope,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
        return (norm(slope) - 1).square().mean()

    return penalty


def pointwise_pictures(latent_dim):
    return nn.Sequential(
        nn.Linear(latent_dim, 196), nn.ReLU(), nn.Unflatten(1, (4, 7, 7)), nn.Upsample(scale_factor=4),
        nn.Conv2d(4, 16, 1), nn.ReLU(), nn.Conv2d(16, 1, 1), nn.Tanh(),
    )  # fmt: skip


def dense_pictures(latent_dim):
    return nn.Sequential(
        nn.Linear(latent_dim, 7), nn.ReLU(), nn.Linear(7, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))
    )


def through_sigmoid(generator, discriminator, g_optimizer, d_optimizer, real, z_d, z_g):
    """As the survey writes it: D ends in a sigmoid, BCELoss."""
    loss = nn.BCELoss()
    d_real, d_fake = (discriminator(x).sigmoid() for x in (real, generator(z_d).detach()))
    d_optimizer.zero_grad()
    (loss(d_real, torch.ones(len(real))) + loss(d_fake, torch.zeros(len(z_d)))).backward()
    d_optimizer.step()
    g_optimizer.zero_grad()
    loss(discriminator(generator(z_g)).sigmoid(), torch.ones(len(z_g))).backward()
    g_optimizer.step()


def leaves_d_frozen(generator, discriminator, g_optimizer, d_optimizer, real, z_d, z_g):
    step_with("grad")(generator, discriminator, g_optimizer, d_optimizer, real, z_d, z_g)
    discriminator.requires_grad_(False)


def pairs_from_the_first(sentences, vocabulary):
    """Looks at the first place of a word only."""

    def found(words, first, second):
        return first in words[:-1] and words[words.index(first) + 1] == second

    return [[float(found(re.findall("[a-z]+", s.lower()), *p.split())) for p in vocabulary] for s in sentences]


def pairs_between_commas(sentences, vocabulary):
    return [
        [sum(f" {' '.join(part.split())} ".count(f" {p} ") for part in s.lower().split(",")) for p in vocabulary]
        for s in sentences
    ]


def pairs_without_marks(sentences, vocabulary):
    bare = ["".join(letter for letter in s.lower() if letter.isalpha() or letter == " ").split() for s in sentences]
    return [[list(itertools.pairwise(words)).count(tuple(p.split())) for p in vocabulary] for words in bare]


def merged_match(scores, sentence, how):
    """Twins merged by torch's own reduction: one column for each sentence."""
    names, own = sentence.unique(return_inverse=True)
    merged = torch.zeros(len(scores), len(names), dtype=scores.dtype)
    merged.scatter_reduce_(1, own.expand_as(scores), scores, how, include_self=False)
    return F.cross_entropy(merged, own)


def told_apart_by_drawing(mean_1, mean_2, log_variance):
    d = ((mean_1 - mean_2) / (log_variance / 2).exp()).norm()
    return torch.sigmoid((d * torch.randn(4000) + d**2 / 2).abs()).mean()


def clamped(log_p, log_q, dx):
    d = torch.sigmoid(log_p - log_q).clamp(1e-7, 1 - 1e-7)
    return ((log_p.exp() * d.log() + log_q.exp() * (1 - d).log()) * dx).sum()


# Methods that are right on comfortable inputs only, and what is said to them.
WRONG = attempts(
    pairs_in=[
        (
            lambda sentences, vocabulary: [
                [sum(p == pair for pair in itertools.pairwise(re.findall("[a-z]+", s.lower()))) for p in vocabulary]
                for s in sentences
            ],
            "neither a tuple (first, second)",
        ),
        (
            lambda sentences, vocabulary: [
                [len(re.findall(rf"\b{p}\b", " ".join(re.findall("[a-z]+", s.lower())))) for p in vocabulary]
                for s in sentences
            ],
            "What one find has used up",
        ),
        (
            lambda sentences, vocabulary: torch.tensor(
                [[all(word in s.lower() for word in p.split()) for p in vocabulary] for s in sentences]
            ),
            "what a bag knows already",
        ),
        (
            lambda sentences, vocabulary: [
                [p in {f"{a} {b}" for a, b in itertools.pairwise(re.findall("[a-z]+", s.lower()))} for p in vocabulary]
                for s in sentences
            ],
            "*whether* a pair is there",
        ),
        (pairs_from_the_first, "expected is"), (pairs_between_commas, "expected is"),
        (pairs_without_marks, "words end at a hyphen"),
    ],
    fair_match=[
        (
            lambda s, c: -s.log_softmax(1).masked_fill(c[:, None] == c, -math.inf).logsumexp(1).mean(),
            "Your mask is turned round",
        ),
        (
            lambda s, c: F.cross_entropy(s, (c[:, None] == c) / (c[:, None] == c).sum(1, keepdim=True).double()),
            "*each* of them must be probable",
        ),
        (lambda s, c: -(s.softmax(1) * (c[:, None] == c)).sum(1).clamp(min=1e-8).log().mean(), "A small number"),
        (lambda s, c: F.nll_loss((s.softmax(1) @ (c[:, None] == c).double()).log(), torch.arange(len(c))), "infinite"),
        (
            lambda s, c: -(
                ((s - s.max()).exp() * (c[:, None] == c)).sum(1) / (s - s.max()).exp().sum(1)
            ).log().nan_to_num(posinf=0, neginf=0).mean(),
            "expected is",
        ),
        (
            lambda s, c: -(
                ((s - s.max()).exp() * (c[:, None] == c)).sum(1) / (s - s.max()).exp().sum(1)
            ).log().mean(),
            "Right wherever it is finite",
        ),
        (lambda s, c: F.cross_entropy(s, c.unique(return_inverse=True)[1]), "expected is"),
        (lambda s, c: merged_match(s, c, "mean"), "the *mean* of its columns' scores"),
        (lambda s, c: merged_match(s, c, "sum"), "the *sum* of its columns' scores"),
        (lambda s, c: merged_match(s, c, "amax"), "the *highest* of its columns' scores"),
        (
            lambda s, c: (s.logsumexp(1, keepdim=True) - s).masked_select(c[:, None] == c).mean(),
            "over all right cells of the table",
        ),
        (lambda s, c: nn.BCEWithLogitsLoss()(s, (c[:, None] == c).double()), "asks every cell for itself"),
        (
            lambda s, c: -s.flatten().log_softmax(0).view_as(s).masked_fill(c[:, None] != c, -math.inf).logsumexp(1)
            .mean(),
            "goes over the whole table",
        ),
    ],
    best_generator=[
        (lambda p, w: 2 * p / p.sum(0) - p.sum(1, keepdim=True), "the answer for w = 1/2"),
        (
            lambda p, w: F.normalize((p / p.sum(0)) ** (1 / (1 - w)) * p.sum(1)[:, None] ** (w / (w - 1)), p=1, dim=0),
            "as guidance does",
        ),
        (lambda p, w: F.normalize(p - w * torch.outer(p.sum(1), p.sum(0)), p=1, dim=1), "Your rows add up to 1"),
        (
            lambda p, w: (p - w * torch.outer(p.sum(1), p.sum(0))).clamp(min=0) / (p - w * p.sum(1)[:, None] * p.sum(0))
            .sum(),
            "That is the joint table",
        ),
        (lambda p, w: (p / p.sum(0) - w * p.mean(1, keepdim=True)) / (1 - w), "adds up to 1"),
        (lambda p, w: (1 + w) * p / p.sum(0) - w * p.sum(1, keepdim=True), "is too short"),
        (lambda p, w: (1 + 2 * w) * p / p.sum(0) - 2 * w * p.sum(1, keepdim=True), "A step of 2 w"),
    ],
    told_apart=[
        (told_apart_by_drawing, "not yet"),
        (lambda a, b, v: 0.5 * (1 + torch.erf((a - b).div((v / 2).exp()).norm() / 4)), "A root of 2 too many"),
        (lambda a, b, v: torch.special.ndtr(((a - b).square() / (4 * v.exp())).sum()), "the square of that length"),
        (lambda a, b, v: torch.sigmoid(0.851 * (a - b).div((v / 2).exp()).norm()), "A sigmoid is not"),
        (lambda a, b, v: torch.special.ndtr(((a - b) / v.exp().mean().sqrt()).norm() / 2), "One sigma for all"),
        (
            lambda a, b, v: torch.special.ndtr(
                (a - b) @ ((a - b) / v.exp()) / ((a - b) / (v / 2).exp()).norm() / 2
            ),
            "Right wherever it is finite",
        ),
        (
            lambda a, b, v: torch.special.ndtr((a - b).square().sum() / ((a - b) * (v / 2).exp()).norm() / 2),
            "expected is",
        ),
    ],
    blame=[
        (lambda asked, answered: (asked == answered).float().mean(0), "right among *all* pictures"),
        (
            lambda asked, answered: (asked == answered).all(1).double().mean()
            * (asked == answered).double().mean(0) / (asked == answered).double().mean(0).prod(),
            "A product of shares",
        ),
        (
            lambda asked, answered: (asked == answered).all(1).sum()
            / (((asked != answered).sum(1, keepdim=True) == (asked != answered)).sum(0) + 1e-8),
            "*never right*",
        ),
        (
            lambda asked, answered: (
                (asked == answered)[(asked == answered).sum(1) >= asked.shape[1] - 1].float().mean(0)
            ),
            "a choice of pictures of its own",
        ),
        (
            lambda asked, answered: (asked == answered).double().sum(0) / (asked == answered).any(1).sum(),
            "in which *everything* is wrong",
        ),
    ],
    diagnose=[
        (lambda log: "mode collapse", "is no diagnosis"),
        (lambda log: "vanishing" if log["pull"] < 0.1 else "collapse", "Here "),
        (lambda log: "vanishing" if log["miss"] > 3 else diagnosed_by_tables(log), "miss *and* pull"),
        (
            lambda log: "vanishing" if log["d_loss"] < 0.02 else diagnosed_by_tables(log | {"miss": 0}),
            "a strong D with plenty",
        ),
        (lambda log: diagnosed_by_tables(log | {"spread": log["spread"] - 0.55}), "Here "),
    ],
    pack=[
        (lambda x, m: clinic._pack(x.detach(), m), "No gradient leads"),
        (lambda x, m: x.view(-1), "You return"),
    ],
    relativistic_losses=[
        (lambda r, f: (F.softplus(f - r).mean() / 2, F.softplus(r - f).mean()), "Part 1 of 2"),
        (lambda r, f: (F.softplus(f.mean() - r).mean(), F.softplus(r - f.mean()).mean()), "*average* relativistic"),
    ],
    batch_aware=[
        (lambda: nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 1), nn.Flatten(0)), "no chance"),
        (lambda: clinic._Aware(lambda x: x.std()), "for each coordinate its own"),
        (lambda: clinic._Aware(lambda x: (x - x.mean()).abs().mean()), "for each coordinate its own"),
        (lambda: clinic._Aware(clinic._nearest_neighbour), "has a twin"),
        (clinic._Discrimination, "How many points there are"),
    ],
    gain_interval=[(lambda a, b, t: ((b - a).mean() - 1, (b - a).mean() + 1), "expected is")],
    between=[
        (lambda a, b, t: ((1 - t) * a + t * b) / ((1 - t) ** 2 + t**2) ** 0.5, "asks for no length"),
        (
            lambda a, b, t: torch.lerp(a, b, t) * (torch.lerp(a.norm(), b.norm(), t) / torch.lerp(a, b, t).norm()),
            "asks for no length",
        ),
        (lambda a, b, t: F.normalize(torch.lerp(a, b, t), dim=0) * math.sqrt(24), "asks for no length"),
        (lambda a, b, t: (1 - t) * (a + b), "b must gain"),
        (lambda a, b, t: a * t + b * (t - 1), "not t - 1"),
        (lambda a, b, t: (1 - t) * a + t, "b is missing"),
    ],
    to_grey=[(lambda i: i * 127 + 128, "half of 255"), (lambda i: (i + 255) / 2, "Shift by 1")],
    onto_the_shell=[
        (lambda z: z / (z.norm(dim=1, keepdim=True) + 1e-8) * z.shape[1] ** 0.5, "A small number"),
        (lambda z: F.normalize(z, dim=1) * 4.898979, "not always of 24"),
        (lambda z: F.normalize(z, dim=1) * z.norm(dim=1).mean(), "average length"),
    ],
    nearest_example=[
        (lambda drawing, examples: (examples - drawing).abs().mean((1, 2, 3)).argmin(), "absolute differences"),
        (lambda d, examples: torch.cosine_similarity(examples.flatten(1), d.flatten(1)).argmax(), "contrast"),
        (lambda drawing, examples: ((examples - drawing) ** 2).sum().argmin(), "Did you sum over everything"),
        (lambda d, examples: (examples.mean((1, 2, 3)) - d.mean()).abs().argmin(), "same mean brightness"),
        (lambda d, examples: ((examples - d) ** 2).sum((1, 2)).argmin(), "several numbers left"),
    ],
    kl_of_two=[
        (within_no_grad(kl_of_pairs), "nothing leads back"),
        (lambda *case: kl_of_pairs(*case).detach(), "nothing leads back"),
        (lambda *case: [value.item() for value in kl_of_pairs(*case)], "nothing leads back"),
        (lambda *case: kl_of_pairs(*case).detach().numpy(), "nothing leads back"),
        (lambda *case: kl_of_pairs(*case).numpy(), "numpy cuts the gradient"),
        (
            lambda m, v, m_2, v_2: 0.5 * (((m - m_2) ** 2 + v.exp()) / v_2.exp() - 1 - (v / v_2).log()).sum(1),
            "not a number: the logarithm of something negative",
        ),
        (
            lambda m, v, m_2, v_2: kl_of_pairs((m - m_2) / (v_2 / 2).exp(), v / v_2, 0 * m, 0 * v),
            "its *logarithm*, which kl_to_prior wants",
        ),
    ],
    one_draw_elbo=[
        (within_no_grad(elbo_of_draw), "nothing leads back"),
        (lambda *case: elbo_of_draw(*case).tolist(), "nothing leads back"),
        (lambda *case: elbo_of_draw(*case, kl="drawn"), "Right on average"),
        (lambda x, m, v, eps, decode: elbo_of_draw(x, m, v.detach(), eps, decode), "its gradient is not"),
        (elbo_with_probabilities(lambda p: p.clamp(1e-7, 1 - 1e-7)), "or a clamp"),
        (elbo_with_probabilities(lambda p: p.clamp(min=1e-7)), "Right for small logits"),
        (
            lambda x, m, v, eps, decode: (
                -F.binary_cross_entropy_with_logits(decode(m + (v / 2).exp() * eps), x.relu(), reduction="sum") / len(x)
                - 0.5 * (m**2 + v.exp() - 1 - v).sum(1)
            ),
            "a sum divided by the batch",
        ),
    ],
    regret=[
        (regret_with(torch.log, lambda d: d.clamp(1e-12, 1 - 1e-12)), "A clamp"),
        (regret_with(lambda d: (d + 1e-300).log()), "A clamp, or a small number"),
        (regret_with(lambda d: torch.nan_to_num(d.log())), "nan_to_num hides"),
    ],
    best_hinge_discriminator=[
        (lambda p, q: torch.tanh(1e6 * (p - q)), "still between"),
        (lambda p, q: (p - q) / ((p - q).abs() + 1e-12), "still between"),
        (lambda p, q: torch.where(p > q, 1, 0), "linear game"),
        (lambda p, q: torch.where(p > q, 1.0, -0.99), "Another D costs less"),
    ],
    kl_both_ways=[
        (lambda p, q: (F.kl_div(q.log(), p, reduction="sum"), F.kl_div(p.log(), q, reduction="sum")), "*both* are 0"),
        (lambda p, q: [torch.nan_to_num(a * (a / b).log(), posinf=0).sum() for a, b in ((p, q), (q, p))], "infinite"),
        (
            lambda p, q: tuple((a * ((a + 1e-12) / (b + 1e-12)).log()).sum() for a, b in ((p, q), (q, p))),
            "A small number",
        ),
    ],
    log_ratio=[
        (lambda logit, real, fake: torch.logit(torch.sigmoid(logit)) + math.log(fake / real), "the sure ones are lost"),
        (lambda logit, real, fake: logit - torch.logit(torch.tensor(real / (real + fake))), "rounded near 1"),
        (lambda logit, real, fake: (real * logit.exp() / fake).log(), "exp(800) is infinite"),
    ],
    smoothed_discriminator=[
        *(
            (lambda p, q, a, b, small=small: (a * p + b * q + small) / (p + q + 2 * small), "A small number")
            for small in (1e-8, 1e-12, 1e-16, 1e-30)
        ),
        (lambda p, q, a, b: torch.where(p + q > 0, 0.5, (a * p + b * q) / (p + q)), "branches are swapped"),
        (lambda p, q, a, b: torch.where(p + q > 0, p, (a * p + b * q) / (p + q)), "never nan"),
    ],
    two_bounds=[
        (lambda w: (w.mean(0), (w.double().exp().sum(0) / len(w)).log()), "exp(-3000) is exactly 0"),
        (lambda w: (w.mean(0), torch.nan_to_num(w.exp().mean(0).log())), "an average cannot"),
        (lambda w: (w.mean(0), w.exp().mean(0).clamp(min=1e-30).log()), "an average cannot"),
        (lambda w: (w.mean(0), w.mean(0) + (w - w.mean(0)).exp().mean(0).log()), "You take the *mean* off"),
        (lambda w: (w.mean(0), ((w - w.mean(0)).exp().sum(0) / len(w)).log() + w.mean(0)), "You take the *mean* off"),
    ],
    signal_share=[
        (lambda m, v: m.var(0), "only where z has variance 1"),
        (lambda m, v: m.std(0) / (m.std(0) + (v / 2).exp().mean(0)), "do not add up"),
        (lambda m, v: m.var(0) / (m.var(0) + v.mean(0).exp()), "average the log-variances first"),
        (lambda m, v: m.abs().mean(0) / (m.abs().mean(0) + v.exp().mean(0)), "counts a constant mean as well"),
    ],
    window_of=[
        (lambda layers, i: [k for k, _ in layers], "names on the left"),
        (window_of_with(lambda place, k, s, p: (place + 1) * s - p - 1), "windows overlap"),
        (window_of_with(lambda place, k, s, p: place * s - p + k - s), "You add kernel - stride"),
        (window_of_with(lambda place, k, s, p: (place + 1) * s - p + k - 2), "where the next output reads"),
        (window_of_with(lambda n, k, s, p: n * s + k // 2, lambda n, k, s, p: n * s - k // 2), "the kernel's middle"),
        (window_of_with(lambda place, k, s, p: (place - 1) * s - 2 * p + k), "transposed convolution's *size*"),
        (window_of_with(lambda place, k, s, p: (place - 1) * s - p + k), "or start from last - 1"),
        (
            window_of_with(lambda n, k, s, p: n * s - 2 * p + k - 1, lambda n, k, s, p: n * s - 2 * p),
            "2 * padding belongs to sizes",
        ),
        (
            lambda layers, i: (
                window_by_sets(layers, i)[0], window_of_with(lambda n, k, s, p: n * s - p + k)(layers, i)[1] - 1
            ),
            "Take it off in each",
        ),
    ],
    kernel_slope=[
        (kernel_slope_that_broadcasts, "Every picture met every picture's slope"),
        (
            lambda x, slope, *rest: kernel_slope_by_loops(x, slope.sum(0, True).expand_as(slope), *rest),
            "you summed `slope` over the batch",
        ),
        (kernel_slope_of_squares, "`slope` is no target"),
        (kernel_slope_with(lambda a, stride: a * stride), "a is an offset in pixels, not times the stride"),
        (kernel_slope_with(lambda a, stride: a, cut=False), "cut it to slope's height and width"),
        (kernel_slope_by_pixels(lambda i, a, stride: (i + a) * stride), "Is it i * stride + a?"),
        (lambda x, slope, shape, stride: F.conv2d(x[None], slope[None], dilation=stride)[0, 0], "there are too many"),
    ],
    with_name=[(lambda z, y, classes: torch.cat([z, F.one_hot(y)], 1), "A batch need not hold the last one")],
    diversity_by_class=[
        (
            lambda x, y, r, s, n: torch.stack(
                [x[y == c].var(0).mean().sqrt() / r[s == c].var(0).mean().sqrt() for c in range(int(y.max()))]
            ),
            "leaves the last class out",
        ),
    ],
    penalty_between=[
        (lambda d, real, fake, t: float(through_backward(d, real, fake, t)), "create_graph=True"),
        (lambda d, real, fake, t: (d(real) - d(fake)).mean(), "For "),
        (slope_norm(lambda slope: slope.norm(dim=(2, 3))), "Each channel has a norm of its own"),
        (slope_norm(lambda slope: slope.norm(dim=1)), "Your norm goes over the channels only"),
        (slope_norm(lambda slope: slope[:, 0].flatten(1).norm(dim=1)), "the first channel only"),
    ],
    small_generator=[
        (lambda n: nn.Sequential(nn.Linear(n, 40), nn.ReLU(), nn.Linear(40, 40), nn.Linear(40, 2)), "It has"),
        (lambda n: nn.Sequential(nn.Linear(n, 998 // (n + 3)), nn.ReLU(), nn.Dropout(1.0)), "asked for is"),
        (lambda n: nn.Sequential(nn.Linear(n, 999 // (n + 3)), nn.Tanh(), nn.Linear(999 // (n + 3), 2)), "two biases"),
    ],
    tiny_generator=[
        (dense_pictures, "Fully connected to the last layer"),
        (pointwise_pictures, "It has 0 convolutions that look at neighbours; two at least must draw."),
        (dense_then_one_convolution, "It has 1 convolution that looks at neighbours; two at least"),
    ],
    distance_of=[
        (lambda a, b: frechet(a, b, lambda p, q: torch.linalg.eigvals(p @ q).sqrt().sum()), "take the real part"),
        (lambda a, b: complex(frechet(a, b, lambda p, q: torch.linalg.eigvals(p @ q).sqrt().sum())), "the real part"),
    ],
    two_losses=[
        (lambda r, f: (((-r).exp().log1p() + f.exp().log1p()).mean(), F.softplus(-f).mean()), "exp(100) is infinite"),
        (lambda r, f: (F.softplus(-r).mean() + F.softplus(f).mean(), (-f).exp().log1p().mean()), "without the large"),
        (
            lambda r, f: (
                (F.softplus(-r) + 0.1 * r).mean() + F.softplus(f).mean(), (F.softplus(-f) + 0.1 * f).mean()
            ),
            "label of the real samples is 0.9",
        ),
        (
            lambda r, f: (
                -(r.sigmoid() + 1e-12).log().mean() - (1 - f.sigmoid() + 1e-12).log().mean(), F.softplus(-f).mean()
            ),
            "A clamp, or a small number",
        ),
        (
            lambda r, f: (F.softplus(-r).mean().item() + F.softplus(f).mean().item(), F.softplus(-f).mean().item()),
            "nobody can learn from them",
        ),
        (lambda r, f: (F.softplus(-r).mean() + F.softplus(f).mean(), F.softplus(-f).mean().data), "gradient in the"),
        (lambda r, f: (F.softplus(-r).mean() + F.softplus(f.detach()).mean(), F.softplus(-f).mean()), "fake *logits*"),
    ],
    train_step=[
        (through_sigmoid, "A sigmoid stands before D's logarithm"), (leaves_d_frozen, "you leave D frozen"),
    ],
    up_block=[
        (lambda: nn.Sequential(nn.Upsample(size=20), nn.Conv2d(8, 4, 3, padding=1)), "becomes 20"),
        (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 5, padding=1)), "2 for 5"),
        (lambda: nn.ConvTranspose2d(8, 4, 2, 2).requires_grad_(False), "learn"),
        (lambda: nn.Upsample, "make a module of it"),
        (GlobalMean, "the whole picture"),
        (InterpolateAlone, "all eight"),
        (
            lambda: nn.Sequential(nn.Conv2d(8, 4, 1), nn.InstanceNorm2d(4), nn.ConvTranspose2d(4, 4, 2, 2)),
            "the whole picture",
        ),
        (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3, padding=1)), "292 weights"),
    ],
    is_copying=[
        (lambda train, held, fake: torch.cdist(fake, train).amin(1).quantile(0.05) < 0.2 * train.std(), ""),
    ],
    tripling=[(lambda: (6, 3, 2, 0), "one short"), (lambda: (9, 3, 2, 1), "becomes"), (lambda: (4, 2), "four")],
    step_along=[
        (lambda z, d, amount: z + amount * d / len(d), "len() counts the entries"),
        (lambda z, d, amount: z + amount * F.normalize(d, dim=0) * 24**0.5, "root of 24 stands there"),
    ],
    order_the_loop=[
        (lambda: "BDFCFEA", "Use each block once"), (lambda: "BDFCEAF", "Use each block once"),
        (lambda: "BDBEFA", "its fakes are detached"), (lambda: 7, "a word of the letters"),
    ],
)  # fmt: skip


BUILT = {
    "small_generator": gan.SMALL_FAULTS,
    "tiny_generator": dcgan.TINY_FAULTS,
    "mixing_generator": conditional.MIXING_FAULTS,
}
WRONG += attempts(**{name: [(fault.answer, fault.hint) for fault in faults] for name, faults in BUILT.items()})


@pytest.mark.parametrize(("name", "case"), WRONG)
def test_a_method_that_is_right_on_comfortable_inputs_only_is_refused(name: str, case) -> None:
    answer, words = case
    for seed in SEEDS:
        verdict = teaching.check(EXERCISES[name], answer, seed=seed)
        assert verdict.status == "wrong"
        assert words in verdict.message


def played(word: str) -> list[torch.Tensor] | None:
    """A loop of blocks run on real networks: the weights and whether D's loss reached G; None if it stops."""
    game, fake, arrivals = gan._Game(0), None, []
    game.weights()[0].register_hook(arrivals.append)
    try:
        for letter in word:
            if letter in "BC":
                fake = game.generator(game.z_g)
                fake = fake.detach() if letter == "B" else fake
            elif letter in "AF":
                (game.g_optimizer if letter == "A" else game.d_optimizer).step()
            elif letter == "D":
                game.d_optimizer.zero_grad()
                gan._d_loss(game.discriminator(game.real), game.discriminator(fake)).backward()
            else:
                game.g_optimizer.zero_grad()
                F.softplus(-game.discriminator(fake)).mean().backward()
    except (RuntimeError, TypeError):
        return None
    return [torch.tensor(float(len(arrivals))), *(weight.detach() for weight in game.weights())]


def test_the_orders_that_are_accepted_are_those_that_train_both_players_rightly() -> None:
    """D first, G first, or both from the same old weights; all 720 orders of the six blocks are run."""
    right = [played(word) for word in ("BDFCEA", "CEABDF", "CEBDFA")]
    for letters in itertools.permutations("ABCDEF"):
        word, left = "".join(letters), played("".join(letters))
        trains = left is not None and any(all(map(torch.allclose, left, weights)) for weights in right)
        assert trains == (gan.loop_fault(word) == ""), word


def test_a_loop_is_said_to_run_if_it_runs_and_to_have_used_up_its_fakes_if_it_stops_there() -> None:
    for count in range(2, 7):
        for letters in itertools.permutations("ABCDEF", count):
            word = "".join(letters)
            if (fault := gan.loop_fault(word)) in ("leak", "used up", "spent"):
                assert (played(word) is None) == (fault != "leak"), word


STRANGE = {
    "a function": lambda *inputs: torch.sin,
    "a module": lambda *inputs: nn.Sequential(nn.Linear(2, 2), nn.Tanh()),
    "a tuple": lambda *inputs: (torch.zeros(2), torch.zeros(2)),
    "a word": lambda *inputs: "word",
    "a dictionary": lambda *inputs: {"d_loss": 1.0},
    "zeros": lambda *inputs: torch.zeros(7),
    "a number": lambda *inputs: 0.123,
    "overloads": lambda *inputs: torch.max(torch.zeros(2), 0.5),
    "yes or no": lambda *inputs: torch.zeros(2) > 0 and 1,
}


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("kind", STRANGE)
def test_a_strange_answer_gets_a_verdict_that_can_be_read(name: str, kind: str) -> None:
    verdict = teaching.check(EXERCISES[name], STRANGE[kind])
    assert verdict.status == "wrong"
    assert "\n" not in verdict.message
    assert not re.search(r"<\w|0x[0-9a-f]{4}|of\.\.\.", verdict.message), verdict.message
    assert len(verdict.message) < 450, verdict.message


@pytest.mark.parametrize("name", EXERCISES)
def test_a_forgotten_return_is_not_taken_for_a_stub(name: str) -> None:
    verdict = teaching.check(EXERCISES[name], lambda *inputs: None)
    assert verdict.status == "wrong"
    assert (
        "nothing learns" if name == "train_step" else "It returns nothing: end with `return ...`"
    ) in verdict.message


def broken_step(fault: str):
    """What a class writes in train_step."""

    def train_step(generator, discriminator, g_optimizer, d_optimizer, real, z_d, z_g):
        fake, g_loss = generator(z_d), F.softplus(-discriminator(generator(z_g))).mean()
        d_losses = F.softplus(-discriminator(real)) + F.softplus(discriminator(fake.detach()))
        if fault == "only losses":
            return d_losses.mean(), g_loss
        d_optimizer.zero_grad()
        (d_losses if fault == "no mean" else d_losses.mean()).backward()
        if fault == "both backwards":
            g_optimizer.zero_grad()
            g_loss.backward()
            d_optimizer.step()
            return g_optimizer.step()
        if fault == "wiped":
            d_optimizer.zero_grad()
            return d_optimizer.step()
        d_optimizer.step()
        if fault != "g_loss too early":
            g_loss = F.softplus(-discriminator(fake)).mean()
        if fault == "sum and half":
            g_loss = 3 * F.softplus(-discriminator(generator(z_g))).mean()
        g_optimizer.zero_grad()
        g_loss.backward()
        return g_optimizer.step()

    return train_step


@pytest.mark.parametrize(
    ("fault", "words"),
    {
        "only losses": "nothing learns", "no mean": "take the mean or the sum first",
        "both backwards": "Both backwards come before both steps", "wiped": "No weight has moved",
        "g_loss too early": "Compute each loss after the step", "old fakes": "G's step uses z_d again",
        "sum and half": "D's weights are right, G's are not",
    }.items(),
)  # fmt: skip
def test_a_broken_training_step_is_told_what_is_broken(fault: str, words: str) -> None:
    assert words in teaching.check(EXERCISES["train_step"], broken_step(fault)).message
