"""Save, kill, resume: the end must be the same to the last bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from ganutils import checkpoints, downloads, models

WORKER = """
import sys, torch
from torch import nn
from ganutils import checkpoints, losses, toys, training

torch.set_num_threads(1)
path, last, slow = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "slow"
torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
discriminator = nn.Sequential(nn.Linear(2, 16), nn.Dropout(0.2), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Flatten(0))
optimizers = {
    "g_optimizer": torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.9)),
    "d_optimizer": torch.optim.Adam(discriminator.parameters(), lr=1e-3),
}
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizers["g_optimizer"], 0.999)
parts = {"generator": generator, "discriminator": discriminator, "schedule": schedule, **optimizers}
try:
    done = checkpoints.restore(path, **parts)
except checkpoints.CheckpointError:
    done = 0
loop = training.adversarial_steps(
    generator, discriminator, toys.ring().batches(32, steps=last, first_step=done), **optimizers,
    objective=losses.non_saturating, latent_dim=2, first_step=done,
)
for record in loop:
    schedule.step()
    if record.step % 10 == 0:
        checkpoints.save(path, step=record.step, **parts)
        print(record.step, flush=True)
        if slow:
            import time; time.sleep(0.05)
"""


def tiny() -> dict:
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    return {"network": network, "optimizer": torch.optim.Adam(network.parameters())}


def test_a_killed_run_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    command = [sys.executable, "-c", WORKER]
    subprocess.run([*command, str(whole), "200", "fast"], check=True, capture_output=True)

    process = subprocess.Popen([*command, str(broken), "200", "slow"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 60:
            process.kill()  # SIGKILL: no chance to tidy up
            break
    process.wait()
    reached = tiny_step(broken)
    assert 60 <= reached < 200
    subprocess.run([*command, str(broken), "200", "fast"], check=True, capture_output=True)

    one, two = load_file(whole), load_file(broken)
    assert one.keys() == two.keys()
    assert len(one) > 20
    assert all(torch.equal(one[name], two[name]) for name in one), "a resumed run must end bit for bit the same"


def tiny_step(path: Path) -> int:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return int(file.metadata()["step"])


def test_round_trip_of_everything(tmp_path: Path) -> None:
    parts = tiny()
    parts["network"](torch.randn(4, 3)).sum().backward()
    parts["optimizer"].step()
    path = checkpoints.save(tmp_path / "deep" / "run.safetensors", step=7, **parts)
    expected = torch.rand(3)
    fresh = tiny()
    assert checkpoints.restore(path, **fresh) == 7
    assert torch.equal(torch.rand(3), expected), "the random state comes back"
    assert fresh["optimizer"].state_dict()["param_groups"] == parts["optimizer"].state_dict()["param_groups"]
    torch.testing.assert_close(fresh["optimizer"].state_dict()["state"], parts["optimizer"].state_dict()["state"])
    x = torch.randn(2, 3)
    assert torch.equal(fresh["network"](x), parts["network"](x))
    assert [file.name for file in path.parent.iterdir()] == ["run.safetensors"]


def test_a_crash_while_saving_leaves_the_last_good_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = checkpoints.save(tmp_path / "run.safetensors", step=1, **tiny())
    before = path.read_bytes()

    def die(tensors: dict, target: Path, **options: object) -> None:
        Path(target).write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoints, "save_file", die)
    with pytest.raises(OSError, match="No space"):
        checkpoints.save(path, step=2, **tiny())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]


def test_what_cannot_be_restored_says_why(tmp_path: Path) -> None:
    parts = tiny()
    with pytest.raises(checkpoints.CheckpointError, match="There is no file"):
        checkpoints.restore(tmp_path / "none.safetensors", **parts)
    path = checkpoints.save(tmp_path / "run.safetensors", step=1, **parts)
    with pytest.raises(checkpoints.CheckpointError, match="holds network, optimizer; you asked for network"):
        checkpoints.restore(path, network=parts["network"])
    with pytest.raises(checkpoints.CheckpointError, match="does not fit `network`"):
        checkpoints.restore(path, network=nn.Linear(5, 2), optimizer=parts["optimizer"])
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(checkpoints.CheckpointError, match="damaged"):
        checkpoints.restore(path, **parts)


def test_weights_that_ship_are_small_checked_and_work() -> None:
    import json

    card = json.loads(downloads.weights("weights.json").read_text())
    generators = [(name, entry) for name, entry in card.items() if "ConvGenerator" in entry["network"]]
    assert generators
    for name, entry in generators:  # the judges have a test of their own
        path = downloads.weights(name)
        assert path.stat().st_size < 500_000
        generator = models.ConvGenerator(24)
        checkpoints.load_weights(path, generator, sha256=entry["sha256"])
        images = generator.eval()(torch.randn(4, 24, generator=torch.Generator().manual_seed(0)))
        assert images.shape == (4, 1, 28, 28)
        assert images.isfinite().all()
        assert images.std() > 0.3, "letters, not one grey"
        with pytest.raises(checkpoints.CheckpointError, match="not the file that shipped"):
            checkpoints.load_weights(path, generator, sha256="0" * 64)
