"""Save, kill, resume: the end must be the same to the last bit; nothing on the disk is lost or believed blindly."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from ganutils import data, losses, models, training
from ganutils.training import checkpoints, states

WORKER = """
import sys, time, torch
from torch import nn
from ganutils import data, losses, models, training
from ganutils.training import checkpoints

torch.set_num_threads(1)
path, last, hang_at = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(0)
class Upscaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 4 * 16), nn.Unflatten(1, (4, 4, 4)), nn.BatchNorm2d(4), nn.ReLU(),
                                    nn.Upsample(scale_factor=2), nn.Conv2d(4, 1, 3, padding=1), nn.Tanh())
    def forward(self, z):
        return self.layers(z)
d = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(8, 4, 3), nn.Flatten(),
                  nn.Dropout(0.2), nn.Linear(16, 1), nn.Flatten(0))
g, d = (network.to(memory_format=torch.channels_last) for network in (Upscaled(), d))
optimizers = {
    "g_optimizer": torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.9), fused=True),
    "d_optimizer": torch.optim.Adam(d.parameters(), lr=1e-3, fused=True),
}
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizers["g_optimizer"], 0.999)
parts = {"generator": g, "discriminator": d, "schedule": schedule, **optimizers}
try:
    done = training.restore_checkpoint(path, **parts)
except training.CheckpointError:
    done = 0
written = checkpoints.os.fsync
def fsync(number):
    if record.step == hang_at:  # everything is written, nothing is renamed
        print("hanging", flush=True)
        time.sleep(3600)
    written(number)
checkpoints.os.fsync = fsync
digits = data.images("digits")
loop = training.gan_steps(
    g, d, digits.batches(50, steps=last, first_step=done), **optimizers, loss=losses.non_saturating, latent_dim=2,
    r1_weight=0.1, first_step=done,
)
for record in loop:
    schedule.step()
    if record.step % 10 == 0:
        training.save_checkpoint(path, step=record.step, **parts)
"""


def run(path: Path, last: int, hang_at: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(path), str(last), str(hang_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def tiny() -> dict[str, Any]:
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    return {"network": network, "optimizer": optimizer, "schedule": schedule}


def trained() -> dict[str, Any]:
    parts = tiny()
    parts["network"](torch.randn(4, 3)).sum().backward()
    parts["optimizer"].step()
    parts["schedule"].step()
    return parts


def snapshot(parts: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy({name: part.state_dict() for name, part in parts.items()})


def test_a_run_killed_while_it_saves_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "Läufe mit Leerzeichen" / "训练"  # a student's folders
    whole, broken = folder / "whole.safetensors", folder / "broken.safetensors"
    assert run(whole, 50).wait() == 0
    for hang_at in (20, 40):
        process = run(broken, 50, hang_at)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "hanging"
        process.kill()  # SIGKILL in the middle of a save: no chance to tidy up
        process.wait()
        assert checkpoints._read(broken)[0] == hang_at - 10, "the last whole save is there"
    assert run(broken, 50).wait() == 0
    one, two = load_file(whole), load_file(broken)
    assert one.keys() == two.keys()
    assert len(one) > 40
    assert all(torch.equal(one[name], two[name]) for name in one), "a resumed run must end bit for bit the same"


def test_momenta_keep_the_layout_of_their_weights(tmp_path: Path) -> None:
    def fresh() -> dict[str, Any]:
        torch.manual_seed(0)
        network = nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last)
        return {"network": network, "optimizer": torch.optim.Adam(network.parameters(), fused=True)}

    def step(parts: dict[str, Any], seed: int) -> None:
        images = torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(seed))
        parts["optimizer"].zero_grad()
        parts["network"](images).square().mean().backward()
        parts["optimizer"].step()

    whole, again = fresh(), fresh()
    step(whole, 1)
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **whole)
    training.restore_checkpoint(path, **again)
    for parts in (whole, again):
        step(parts, 2)
    for weight, entries in again["optimizer"].state.items():
        assert entries["exp_avg"].stride() == weight.stride()
    assert torch.equal(whole["network"].weight, again["network"].weight)


def test_nothing_restored_hangs_on_the_file(tmp_path: Path) -> None:
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **trained())
    again = tiny()
    training.restore_checkpoint(path, **again)
    expected = snapshot(again)
    os.truncate(path, 8)  # a memory map would now end the process with SIGBUS
    assert torch.equal(again["network"].weight * 1, expected["network"]["weight"])
    path.unlink()
    torch.testing.assert_close(again["optimizer"].state_dict()["state"], expected["optimizer"]["state"])
    training.save_checkpoint(path, step=2, **again)


def test_round_trip_of_everything(tmp_path: Path) -> None:
    parts = trained()
    path = training.save_checkpoint(tmp_path / "deep" / "run.safetensors", step=7, **parts)
    expected = torch.rand(3)
    fresh = tiny()
    assert training.restore_checkpoint(path, **fresh) == 7
    assert torch.equal(torch.rand(3), expected), "the random state comes back"
    assert fresh["optimizer"].state_dict()["param_groups"] == parts["optimizer"].state_dict()["param_groups"]
    torch.testing.assert_close(fresh["optimizer"].state_dict()["state"], parts["optimizer"].state_dict()["state"])
    x = torch.randn(2, 3)
    assert torch.equal(fresh["network"](x), parts["network"](x))
    assert [file.name for file in path.parent.iterdir()] == ["run.safetensors"]


def test_no_space_left_keeps_the_last_good_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **tiny())
    before = path.read_bytes()

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        training.save_checkpoint(path, step=2, **tiny())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]


def test_what_a_killed_save_left_is_swept_away_and_another_kernels_save_is_not(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    old, other = (tmp_path / f".run.safetensors.{number}.partial" for number in (1, 2))
    for file in (old, other):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * checkpoints._ABANDONED,) * 2)
    training.save_checkpoint(path, step=1, **tiny())
    assert {file.name for file in tmp_path.iterdir()} == {path.name, other.name}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_never_replace_a_good_checkpoint(tmp_path: Path, value: float) -> None:
    parts = trained()
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=5, **parts)
    before = path.read_bytes()
    parts["network"].weight.data[0, 0] = value
    with pytest.raises(training.CheckpointError, match=r"Step 6 is not saved: network/weight .* not finite"):
        training.save_checkpoint(path, step=6, **parts)
    assert path.read_bytes() == before


def test_what_cannot_be_restored_says_why(tmp_path: Path) -> None:
    parts = tiny()
    with pytest.raises(training.CheckpointError, match="There is no file"):
        training.restore_checkpoint(tmp_path / "none.safetensors", **parts)
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **parts)
    with pytest.raises(training.CheckpointError, match="holds network, optimizer, schedule; you asked for network"):
        training.restore_checkpoint(path, network=parts["network"])
    with pytest.raises(training.CheckpointError, match="does not fit `network`"):
        training.restore_checkpoint(path, **{**parts, "network": nn.Linear(5, 2)})
    save_file({"weight": torch.zeros(2)}, tmp_path / "weights.safetensors")
    with pytest.raises(training.CheckpointError, match="weights only"):
        training.restore_checkpoint(tmp_path / "weights.safetensors", **parts)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(training.CheckpointError, match="damaged"):
        training.restore_checkpoint(path, **parts)


def test_one_network_comes_out_of_a_checkpoint_alone(tmp_path: Path) -> None:
    parts, wanted = trained(), nn.Linear(3, 2)
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=5, **parts)
    random_state = torch.get_rng_state()
    assert training.restore_network(path, "network", wanted) == 5
    assert torch.equal(wanted.weight, parts["network"].weight)
    assert torch.equal(torch.get_rng_state(), random_state)
    with pytest.raises(training.CheckpointError, match="and no `ema`"):
        training.restore_network(path, "ema", wanted)
    other = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    before = [weight.clone() for weight in other.parameters()]
    for name in ("network", "optimizer"):
        with pytest.raises(training.CheckpointError, match=f"another network as `{name}`"):
            training.restore_network(path, name, other)
    assert all(map(torch.equal, before, other.parameters()))
    with pytest.raises(training.CheckpointError, match="There is no file"):
        training.restore_network(tmp_path / "none.safetensors", "network", wanted)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(training.CheckpointError, match="damaged"):
        training.restore_network(path, "network", wanted)


def others(kind: str) -> dict[str, Any]:
    """Parts of which one does not fit: each in its own way."""
    parts = trained()
    network = nn.Linear(3, 4) if kind == "other weights" else parts["network"]
    makers = {"AdamW": torch.optim.AdamW, "SGD": lambda weights: torch.optim.SGD(weights, lr=0.1)}
    optimizer = makers.get(kind, torch.optim.Adam)(network.parameters())
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    if kind == "StepLR":
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    if kind == "momentum":
        parts["optimizer"].param_groups[0]["betas"] = [0.9]
        return parts
    return {"network": nn.Linear(3, 2), "optimizer": optimizer, "schedule": schedule}


@pytest.mark.parametrize("kind", ["other weights", "AdamW", "SGD", "StepLR", "momentum"])
def test_a_checkpoint_that_does_not_fit_changes_nothing(tmp_path: Path, kind: str) -> None:
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **trained())
    parts = others(kind)
    before, stream = snapshot(parts), torch.get_rng_state()
    with pytest.raises(training.CheckpointError, match=r"does not fit `(optimizer|schedule)`.*Nothing was changed"):
        training.restore_checkpoint(path, **parts)
    torch.testing.assert_close(snapshot(parts), before, rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), stream)


@pytest.mark.parametrize("make", [torch.optim.Adafactor, torch.optim.LBFGS, torch.optim.RMSprop, torch.optim.Adagrad])
def test_optimisers_of_every_kind_come_back(tmp_path: Path, make: Any) -> None:
    """Some keep states of other shapes than their weights."""

    def fresh() -> dict[str, Any]:
        torch.manual_seed(0)
        network = nn.Linear(3, 2)
        return {"network": network, "optimizer": make(network.parameters())}

    def step(parts: dict[str, Any]) -> None:
        def closure() -> torch.Tensor:
            parts["optimizer"].zero_grad()
            loss = parts["network"](torch.ones(4, 3)).square().mean()
            loss.backward()
            return loss

        parts["optimizer"].step(closure)

    whole, again = fresh(), fresh()
    step(whole)
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **whole)
    training.restore_checkpoint(path, **again)
    step(whole)
    step(again)
    assert torch.equal(whole["network"].weight, again["network"].weight)


def test_how_fast_an_update_is_computed_may_differ(tmp_path: Path) -> None:
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **trained())
    parts = trained()
    parts["optimizer"].param_groups[0] |= {"fused": True, "foreach": False}
    assert training.restore_checkpoint(path, **parts) == 1


def test_a_mask_of_minus_infinity_is_no_divergence(tmp_path: Path) -> None:
    network = nn.Linear(2, 2)
    network.register_buffer("mask", torch.tensor([0.0, -float("inf")]))
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, network=network)
    network.mask[0] = float("nan")
    with pytest.raises(training.CheckpointError, match="network/mask"):
        training.save_checkpoint(path, step=2, network=network)


def test_starting_anew_keeps_what_was_trained_longer(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    for step in (500, 1000, 500, 1000):  # run all, and run all again without going on
        training.save_checkpoint(path, step=step, **trained())
    assert checkpoints._read(path)[0] == 1000
    assert checkpoints._read(tmp_path / "run.earlier.safetensors")[0] == 1000
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_cannot_be_read_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **trained())

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(training.CheckpointError, match=r"cannot be read \(.*Permission denied"):
        training.restore_checkpoint(path, **tiny())


def test_every_byte_counts(tmp_path: Path) -> None:
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **trained())
    content, draw = path.read_bytes(), random.Random(0)
    for place in [0, 7, 8, *(draw.randrange(len(content)) for _ in range(300))]:
        changed = bytearray(content)
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        parts = tiny()
        before = snapshot(parts)
        with pytest.raises(training.CheckpointError):
            training.restore_checkpoint(path, **parts)
        torch.testing.assert_close(snapshot(parts), before, rtol=0, atol=0)


def mangled(node: Any, draw: random.Random) -> Any:
    """A JSON tree with something wrong at one random place."""
    if draw.random() < 0.15 or not isinstance(node, dict | list) or not node:
        deep: Any = []
        for _ in range(300):
            deep = [deep]
        wrong = [
            None,
            True,
            -1,
            "x",
            1e400,
            [],
            {},
            {"tensor": "nowhere"},
            {"items": 3},
            {"value": []},
            {"tuple": None},
        ]
        return draw.choice([*wrong, {"items": [["a"]]}, {"list": deep}])
    if isinstance(node, dict):
        key = draw.choice(list(node))
        return {**node, key: mangled(node[key], draw)}
    place = draw.randrange(len(node))
    return [*node[:place], mangled(node[place], draw), *node[place + 1 :]]


def test_malformed_trees_end_in_one_sentence_and_change_nothing(tmp_path: Path) -> None:
    """The digest is made right again, so that the tree itself is what is judged."""
    path = training.save_checkpoint(tmp_path / "run.safetensors", step=1, **trained())
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    tensors, refused = load_file(path), 0
    for seed in range(300):
        draw = random.Random(seed)
        tree = json.dumps(mangled(json.loads(header["tree"]), draw)) if seed % 10 else "[" * 100_000
        step = header["step"] if seed % 7 else "x"
        metadata = {"step": step, "tree": tree, "sha256": states.digest(f"{step} {tree}", tensors)}
        save_file(tensors, path, metadata=metadata)
        parts = tiny()
        before = snapshot(parts)
        try:
            training.restore_checkpoint(path, **parts)
        except training.CheckpointError:
            refused += 1
            torch.testing.assert_close(snapshot(parts), before, rtol=0, atol=0)
    assert refused > 250


def test_a_training_that_was_looked_at_in_between_goes_on_in_training_mode() -> None:
    """Interrupt, call eval() to measure, go on: batch normalisation must learn on."""
    digits, parts = data.classifier_split("digits"), []
    for interrupted in (False, True):
        torch.manual_seed(0)
        network = models.Classifier(10)
        optimizer = torch.optim.Adam(network.parameters())
        schedule = torch.optim.lr_scheduler.ConstantLR(optimizer)
        options = {"optimizer": optimizer, "schedule": schedule}
        for record in training.classifier_steps(network, digits.labelled_batches(16, steps=6), **options):
            if interrupted and record.step == 3:
                network.eval()
        parts.append(network)
        assert network.training
    assert all(torch.equal(a, b) for a, b in zip(*(part.state_dict().values() for part in parts), strict=True))

    g = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    d = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    adams = {f"{name}_optimizer": torch.optim.Adam(net.parameters()) for name, net in (("g", g), ("d", d))}
    steps = training.gan_steps(g, d, data.ring().batches(8, steps=2), loss=losses.non_saturating, latent_dim=2, **adams)
    next(steps)
    g.eval()
    next(steps)
    assert g.training
