import pytest
import torch
from notebook_code import definitions

from ganutils import models


def test_generator_keeps_the_image_contract_and_every_weight_learns() -> None:
    generator = models.ConvGenerator(5, channels=3, widths=(8, 6, 4))
    images = generator(torch.randn(7, 5))
    assert images.shape == (7, 3, 28, 28)
    assert images.abs().max() <= 1
    images.square().mean().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in generator.parameters())


@pytest.mark.parametrize("side", [8, 28, 32])
def test_classifier_takes_any_size(side: int) -> None:
    classifier = models.Classifier(7, channels=3)
    images = torch.randn(4, 3, side, side)
    assert classifier(images).shape == (4, 7)
    assert classifier.features(images).shape == (4, 64)


def test_the_small_pair_draws_and_judges_28_pixels() -> None:
    generator, discriminator = models.SmallGenerator(5, channels=3), models.SmallDiscriminator(channels=3)
    images = generator(torch.randn(4, 5))
    assert images.shape == (4, 3, 28, 28)
    assert images.abs().max() <= 1
    assert discriminator.features(images).shape == (4, models.SmallDiscriminator.feature_count)
    assert discriminator(images).shape == (4,)
    alone = discriminator(images[:1])  # no normalisation: a logit does not depend on the rest of the batch
    assert torch.allclose(alone, discriminator(images)[:1], atol=1e-5)


def test_the_conditional_generator_is_that_of_notebook_06() -> None:
    own = definitions("06_conditional_gan", "setup", "parameters", "generator", given={"classes": 7})
    theirs, generator = own["ConditionalGenerator"]().cpu(), models.ConditionalGenerator(7)
    generator.load_state_dict(theirs.state_dict())
    z, y = torch.randn(4, own["latent_dim"]), torch.tensor([0, 6, 3, 3])
    images = generator(z, y)
    assert images.shape == (4, 1, 28, 28)
    assert torch.equal(images, theirs(z, y))
