"""What is kept of a training must not hold on to the memory around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from ganutils.viz.ledger import Ledger


class Named(NamedTuple):
    step: int
    loss: Tensor
    kl: Tensor


@dataclass(frozen=True)
class Data:
    step: int
    loss: Tensor
    kl: Tensor


@pytest.mark.parametrize("make", [Named, Data])
def test_numbers_stay_and_lie_in_few_blocks(make: type) -> None:
    numbers = torch.randn(1200, 2, dtype=torch.float64)
    ledger = Ledger()
    kept = [ledger(make(step, loss.clone().requires_grad_(), kl.clone())) for step, (loss, kl) in enumerate(numbers)]
    assert torch.equal(torch.stack([torch.stack([r.loss, r.kl]) for r in kept]), numbers)
    assert [record.step for record in kept] == list(range(1200))
    assert not any(record.loss.requires_grad for record in kept), "a graph kept for every step is worse still"
    assert len({r.untyped_storage().data_ptr() for record in kept for r in (record.loss, record.kl)}) == 3


@pytest.mark.parametrize("record", [(1, 2.0), Named(1, 0.5, 0.25), object(), Named(1, torch.ones(3), torch.ones(3))])
def test_anything_else_passes_as_it_is(record: object) -> None:
    assert Ledger()(record) is record


def test_watch_keeps_its_records_in_a_ledger() -> None:
    from ganutils import viz

    steps = (Named(step, torch.tensor(float(step)), torch.tensor(0.0)) for step in range(1, 11))
    records = list(viz.watch(steps, total=10, curves=("loss", "kl")))
    assert [int(record.loss) for record in records] == list(range(1, 11))
    assert len({record.loss.untyped_storage().data_ptr() for record in records}) == 1
