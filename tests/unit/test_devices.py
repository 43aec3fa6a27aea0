"""Nothing stays behind on another device, and nothing asks a GPU for float64 - proved on a machine without a GPU.

Fake CUDA tensors know their shape, type and device and hold no numbers; mixing devices is an error as on a real one.
They bear forwards, not gradients. A guard fails where float64 is made on a device that is not the CPU: Apple's GPU has
none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
)  # fmt: skip
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ganutils import data, losses, metrics, models, sampling, training, viz
from ganutils.viz import figures

CUDA = torch.device("cuda")


class NoDoubles(TorchDispatchMode):
    """Fails at the first float64 or complex128 tensor that an operation makes anywhere but on the CPU."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and leaf.dtype in (torch.float64, torch.complex128):
                assert leaf.device.type == "cpu", f"{func} makes {leaf.dtype} on {leaf.device}"
        return result


@pytest.fixture
def cuda() -> Iterator[Callable[[Any], Any]]:
    """Moves tensors, pictures and networks to a GPU that is not there."""
    with FakeTensorMode(allow_non_fake_inputs=True) as mode, NoDoubles(), torch.no_grad():

        def move(thing: Any) -> Any:
            if isinstance(thing, nn.Module):
                for module in thing.modules():
                    for name, weight in list(module._parameters.items()):
                        if weight is not None:
                            module._parameters[name] = nn.Parameter(move(weight.detach()), requires_grad=False)
                    for name, buffer in list(module._buffers.items()):
                        module._buffers[name] = None if buffer is None else move(buffer)
                return thing
            if isinstance(thing, data.Images):
                factors = thing.factors and {name: move(value) for name, value in thing.factors.items()}
                return data.Images(move(thing.pixels), move(thing.labels), thing.classes, factors)
            fake = thing if isinstance(thing, torch._subclasses.FakeTensor) else mode.from_tensor(thing)
            return fake.to(CUDA)

        yield move


PICTURES = data.images("glyphs", count=24, characters="ABC")


def here(*tensors: Tensor) -> None:
    assert all(tensor.device.type == "cuda" for tensor in tensors)


def test_the_guard_guards(cuda: Callable[[Any], Any]) -> None:
    with pytest.raises(AssertionError, match="float64 on cuda"):
        cuda(torch.zeros(3)).double()
    with pytest.raises(RuntimeError, match="device"):
        cuda(torch.zeros(3)) + torch.zeros(3)
    cuda(torch.zeros(3)).cpu().double()


@pytest.mark.parametrize(
    ("network", "inputs"),
    [
        (models.ConvGenerator(5), torch.randn(2, 5)),
        (models.SmallGenerator(5, channels=3), torch.randn(2, 5)),
        (models.SmallDiscriminator(), torch.randn(2, 1, 28, 28)),
        (models.Classifier(7), torch.randn(2, 1, 28, 28)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_networks(cuda: Callable[[Any], Any], network: nn.Module, inputs: Tensor) -> None:
    here(cuda(network)(cuda(inputs)))


def test_a_network_that_takes_names(cuda: Callable[[Any], Any]) -> None:
    here(cuda(models.ConditionalGenerator(7))(cuda(torch.randn(2, 64)), cuda(torch.tensor([0, 6]))))


def test_every_network_is_among_them() -> None:
    made = {name for name in models.__all__ if isinstance(getattr(models, name), type)} - {"WeightsError"}
    assert made == {"ConditionalGenerator", "ConvGenerator", "SmallGenerator", "SmallDiscriminator", "Classifier"}


def test_losses(cuda: Callable[[Any], Any]) -> None:
    real, fake = cuda(torch.randn(8)), cuda(torch.randn(8))
    games = [value for value in vars(losses).values() if isinstance(value, losses.GanLoss)]
    assert len(games) >= 3
    for game in games:
        here(game.discriminator(real, fake), game.generator(real, fake))


def test_pictures_batches_and_splits(cuda: Callable[[Any], Any]) -> None:
    pictures = cuda(PICTURES)
    for images, labels in pictures.labelled_batches(7, steps=8, seed=3, first_step=2):
        here(images, labels)
    for part in pictures.split(10, seed=1):
        here(part[:], part.labels, *part.factors.values())
    chosen = pictures.subset(torch.tensor([1, 5]))
    here(chosen.pixels, *chosen.factors.values())
    moved = pictures.to("cpu")
    assert {tensor.device.type for tensor in (moved.pixels, moved.labels, *moved.factors.values())} == {"cpu"}


def test_points(cuda: Callable[[Any], Any]) -> None:
    ring = data.Gaussians(cuda(data.ring().centres), 0.1)
    here(ring.sample(9), *ring.batches(4, steps=2))


def test_sampling(cuda: Callable[[Any], Any]) -> None:
    letters, z = cuda(models.ConvGenerator(24)), cuda(sampling.latents(3, 24, seed=0))
    here(z, sampling.generate(letters, z))


def test_icons_are_read_where_they_are(cuda: Callable[[Any], Any]) -> None:
    here(metrics.read_icons(cuda(models.Classifier(7, channels=3)), cuda(torch.zeros(4, 3, 16, 16)), [5, 2]))


def test_jitter(cuda: Callable[[Any], Any]) -> None:
    here(training.jitter(cuda(PICTURES)[0:4]), training.jitter(cuda(PICTURES)[0:4], random=data.seeded(0, 0)))


def test_features_are_made_there_and_compared_on_the_cpu(cuda: Callable[[Any], Any]) -> None:
    classifier, images = cuda(models.Classifier(3)), cuda(PICTURES)[:]
    here(metrics.predicted_classes(classifier, images))
    features = metrics.features(classifier, images)
    assert features.device.type == "cpu"
    assert features.dtype == torch.float64


@pytest.mark.parametrize(
    "measure",
    [
        lambda a, b: metrics.frechet_distance(a, b),
        lambda a, b: metrics.precision_recall(a, b),
        lambda a, b: metrics.mode_report(a, b, 0.1),
    ],
    ids=["frechet_distance", "precision_recall", "mode_report"],
)
def test_metrics_leave_the_gpu_before_they_ask_for_float64(
    cuda: Callable[[Any], Any], measure: Callable[[Tensor, Tensor], Any]
) -> None:
    """Their numbers are read at the end, and fake tensors have none: that far they must come, without an error."""
    with pytest.raises((DataDependentOutputException, DynamicOutputShapeException)):
        measure(cuda(torch.randn(20, 2)), cuda(torch.randn(20, 2)))


def test_what_is_drawn_and_logged_leaves_the_gpu(cuda: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def numpy(self: Tensor) -> np.ndarray:
        seen.append((self.device.type, self.dtype))
        return np.zeros(tuple(self.shape), np.uint8)

    monkeypatch.setattr(Tensor, "numpy", numpy)

    class Record:
        d_loss = cuda(torch.zeros(()))

    figures.numbers([Record(), Record()], "d_loss")
    viz.tile(cuda(PICTURES)[:])
    assert seen == [("cpu", torch.float64), ("cpu", torch.uint8)]


def test_an_index_from_elsewhere_is_brought_along(cuda: Callable[[Any], Any]) -> None:
    here(cuda(PICTURES)[torch.tensor([1, 2])])
    assert PICTURES[cuda(torch.tensor([1, 2]))].device.type == "cpu"


def test_one_step_of_each_loop(cuda: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Forwards only: gradients and updates are left out, everything else is the loop's own code."""
    monkeypatch.setattr(Tensor, "backward", lambda self, **options: None)
    monkeypatch.setattr(training.adversarial, "r1", lambda discriminator, real: discriminator(real).sum())

    class Still:
        def zero_grad(self) -> None: ...

        def step(self) -> None: ...

    g, d, ema = (
        cuda(network) for network in (models.SmallGenerator(5), models.SmallDiscriminator(), models.SmallGenerator(5))
    )
    for share_fakes in (False, True):
        steps = training.gan_steps(
            g, d, [cuda(PICTURES)[0:6]], loss=losses.non_saturating, g_optimizer=Still(), d_optimizer=Still(),
            latent_dim=5, ema=ema, r1_weight=0.1, r1_every=1, share_fakes=share_fakes,
        )  # fmt: skip
        record = next(iter(steps))
        here(record.d_loss, record.g_loss, record.real_logit, record.fake_logit)
    batch = (cuda(PICTURES)[0:6], cuda(PICTURES.labels[:6]))
    steps = training.classifier_steps(cuda(models.Classifier(3)), [batch], optimizer=Still(), schedule=Still())
    record = next(iter(steps))
    here(record.loss, record.accuracy)
