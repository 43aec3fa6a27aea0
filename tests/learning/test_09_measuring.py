"""Notebook 09's numbers agree with slow oracles, its detector catches copies and nobody else, its board survives."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch
from notebook_code import definitions
from torch import Tensor

from ganutils import metrics, models, training

pytestmark = pytest.mark.learning


@pytest.fixture(scope="module")
def notebook() -> dict:
    cells = ("setup", "parameters", "same-twice", "kernel", "territories", "letters", "generators", "kinds")
    return definitions("09_measuring", *cells, "kinds-list", "nearest")


def clouds(seed: int, n: int = 40, d: int = 3) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, n, d, generator=random, dtype=torch.float64)
    return a, 1.3 * b + 0.4


def test_the_distance_is_scipys_and_the_root_of_each_entry_is_not(seed: int) -> None:
    mixed = torch.tensor([[1.0, 0.9, 0.0], [0.0, 1.0, 0.9], [0.0, 0.0, 1.0]], dtype=torch.float64)
    a, b = (x @ mixed for x in clouds(seed))  # correlated: else the roots of the entries are nearly right
    first, second = (np.cov(x.numpy().T) for x in (a, b))
    shift = float((a.mean(0) - b.mean(0)).square().sum())
    right, wrong = (
        shift + np.trace(first + second - 2 * np.real(root)) for root in (
            scipy.linalg.sqrtm(first @ second), np.sqrt(np.abs(first @ second)))
    )  # fmt: skip
    assert metrics.frechet_distance(a, b) == pytest.approx(right, abs=1e-8)
    assert abs(wrong - right) > 0.05


def test_the_kernel_distance_is_that_of_all_pairs_one_by_one(notebook: dict, seed: int) -> None:
    x, y = clouds(seed, n=12)

    def k(a: Tensor, b: Tensor) -> float:
        return (float(a @ b) / 3 + 1) ** 3

    own = sum(k(a, b) for z in (x, y) for a, b in itertools.permutations(z, 2)) / (12 * 11)
    mixed = sum(k(a, b) for a in x for b in y) / 144
    assert notebook["kernel_distance"](x, y) == pytest.approx(own - 2 * mixed, rel=1e-9)
    assert notebook["kernel_distance"](x, y, with_diagonal=True) > own - 2 * mixed + 0.1


def test_the_kernel_distance_is_fair_and_the_diagonal_is_not(notebook: dict, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    pairs = [torch.randn(2, 100, 64, generator=random) for _ in range(20)]
    fair, trap = (
        torch.tensor([notebook["kernel_distance"](*pair, with_diagonal=flag) for pair in pairs])
        for flag in (False, True)
    )
    error = fair.std() / math.sqrt(len(fair))
    assert abs(fair.mean()) < 4 * error
    assert trap.mean() > 10 * error


def test_the_four_shares_are_those_of_a_loop(notebook: dict, seed: int) -> None:
    real, fake = clouds(seed)

    def radius(points: Tensor, i: int) -> float:
        return sorted(float((points[i] - other).norm()) for other in points)[5]

    inside = [[float((r - f).norm()) <= radius(real, i) for f in fake] for i, r in enumerate(real)]
    reached = [[float((r - f).norm()) <= radius(fake, j) for j, f in enumerate(fake)] for r in real]
    oracle = [
        np.mean(np.any(inside, axis=0)), np.mean(np.any(reached, axis=1)),
        np.mean(np.sum(inside, axis=0)) / 5, np.mean(np.any(inside, axis=1)),
    ]  # fmt: skip
    assert notebook["scores"](real, fake) == pytest.approx(oracle, abs=1e-6)  # shares may be float32
    assert notebook["scores"](real, fake)[:2] == pytest.approx(metrics.precision_recall(real, fake, neighbours=5))


def test_a_perfect_generator_is_covered_as_derived(notebook: dict, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    found = [notebook["scores"](*torch.randn(2, 500, 16, generator=random)) for _ in range(4)]
    _, _, density, coverage = np.mean(found, axis=0)
    assert coverage == pytest.approx(1 - math.prod((500 - i) / (1000 - i) for i in range(1, 6)), abs=0.02)
    assert density == pytest.approx(1, abs=0.1)


def test_copies_are_caught_and_honest_pictures_are_not(notebook: dict, seed: int) -> None:
    kinds, ratio = notebook["kinds"], lambda x: notebook["closeness"](x)[1]
    copied = kinds["copies of 500"](seed)[:300]
    mixed = torch.cat([copied[:30], kinds["real: the floor"](seed)[:270]])
    for cheat in (copied, notebook["noisy"](copied, seed), mixed):
        assert ratio(cheat) < 0.5
    for honest in (kinds["real: the floor"](seed)[:300], notebook["of_named"](seed, 300)):
        assert ratio(honest) > 0.7


def test_the_distance_praises_the_copying_machine(notebook: dict, seed: int) -> None:
    sample, see = notebook["mine"][:700], notebook["see"]
    copied, honest = (see(notebook["kinds"][name](seed)) for name in ("copies of 500", "05"))
    assert metrics.frechet_distance(sample, copied) < 0.8 * metrics.frechet_distance(sample, honest)


def test_the_board_takes_yours_and_survives_what_is_none(
    notebook: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = models.SmallGenerator(64)
    training.save_checkpoint(tmp_path / "05_dcgan.safetensors", step=321, ema=mine, generator=models.SmallGenerator(64))
    (tmp_path / "06_conditional.safetensors").write_bytes(b"no checkpoint")
    training.save_checkpoint(tmp_path / "02_digits.safetensors", step=7, generator=torch.nn.Linear(2, 3))
    given = notebook | {"runs": tmp_path, "count": 20}
    definitions("09_measuring", "board-pen", "board-find", "board", "board-show", given=given)
    shown = capsys.readouterr().out
    assert "yours, step 321" in shown
    assert "ships; yours cannot be read" in shown
    assert "02_digits.safetensors cannot be read" in shown
    pen = definitions("09_measuring", "board-pen", given=notebook)["pen"]
    digits = definitions("02_gan", "setup", "parameters", "digits-data", "digits-networks")["make_digit_networks"]()[0]
    training.save_checkpoint(tmp_path / "02_digits.safetensors", step=4000, generator=digits)
    drawn = pen()
    assert training.restore_network(tmp_path / "02_digits.safetensors", "generator", drawn) == 4000
    z = torch.randn(3, 32)
    assert torch.equal(drawn.eval()(z), digits.cpu().eval()(z))
