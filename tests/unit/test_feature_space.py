import pytest
import torch

from ganutils import data, metrics, models, training


@pytest.mark.parametrize("name", ["digits", "glyphs"])
def test_the_judge_that_ships_knows_what_it_has_not_seen(name: str) -> None:
    pictures = data.generator_split(name, count=1000).subset(slice(0, 1000))
    right = metrics.predicted_classes(models.pretrained(f"classifier-{name}"), pictures[:]) == pictures.labels
    assert right.double().mean() >= 0.97


def test_the_two_splits_share_no_picture() -> None:
    digits = data.images("digits")
    own, unseen = data.classifier_split("digits"), data.generator_split("digits")
    assert len(own) + len(unseen) == len(digits)
    keys = [{bytes(p.numpy().tobytes()) for p in part.pixels} for part in (own, unseen)]
    doubles = len(digits) - len({bytes(p.numpy().tobytes()) for p in digits.pixels})
    assert len(keys[0] & keys[1]) <= doubles, "only pictures that the set itself holds twice"
    glyphs = (
        data.classifier_split("glyphs").pixels[:200].flatten(1).float(),
        data.generator_split("glyphs").pixels[:200].flatten(1).float(),
    )
    assert torch.cdist(*glyphs).min() > 0


def test_features_are_what_the_head_reads() -> None:
    classifier = models.pretrained("classifier-digits")
    images = data.generator_split("digits")[:50]
    features = metrics.features(classifier, images)
    assert features.shape == (50, 64)
    assert features.dtype == torch.float64
    torch.testing.assert_close(classifier.head(features.float()), classifier(images), atol=1e-4, rtol=1e-4)
    assert not any(weight.requires_grad for weight in classifier.parameters())
    assert not classifier.training


def test_many_pictures_are_judged_in_parts_and_in_order() -> None:
    classifier = models.pretrained("classifier-digits")
    images = data.generator_split("digits")[:601]
    at_once = classifier(images)
    torch.testing.assert_close(metrics.probabilities(classifier, images), at_once.softmax(1), atol=1e-5, rtol=1e-4)
    assert torch.equal(metrics.predicted_classes(classifier, images), at_once.argmax(1))
    own = classifier.features(images).double()
    torch.testing.assert_close(metrics.features(classifier, images), own, atol=1e-4, rtol=1e-4)


def test_jitter_moves_a_little_and_stays_in_range() -> None:
    images = data.generator_split("glyphs", count=64)[:]
    moved = training.jitter(images, random=data.seeded(0, 0))
    assert torch.equal(moved, training.jitter(images, random=data.seeded(0, 0)))
    assert moved.min() >= -1.0001
    assert moved.max() <= 1.0001
    assert not torch.equal(moved, images)
    ink, ink_moved = (images + 1).sum((1, 2, 3)), (moved + 1).sum((1, 2, 3))
    assert ((ink_moved / ink - 1).abs() < 0.35).all(), "zoom is 10 % at most, and nothing falls off"


def test_classifier_steps_learn() -> None:
    torch.manual_seed(0)
    pictures = data.classifier_split("digits")
    classifier = models.Classifier(10)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=60)
    batches = pictures.labelled_batches(64, steps=60)
    records = list(training.classifier_steps(classifier, batches, optimizer=optimizer, schedule=schedule))
    assert [record.step for record in records] == list(range(1, 61))
    assert records[-1].loss < 0.7 * records[0].loss
    assert sum(record.accuracy for record in records[-10:]) / 10 > 0.6


@pytest.mark.parametrize(("size", "least"), [(16, 0.95), (32, 0.98), (64, 0.98)])
def test_the_icons_judge_reads_icons_of_every_size_also_pairs_held_out(size: int, least: float) -> None:
    judge, choices = models.pretrained("classifier-icons"), data.icons.ATTRIBUTES.values()
    for train in (True, False):
        pictures = data.images("icons", count=400, size=size, train=train, seed=9)
        read = metrics.read_icons(judge, pictures[:], choices)
        assert read.shape == (400, 4)
        assert (read == pictures.factors["asked"]).double().mean(0).min() >= least


def test_icons_are_read_attribute_by_attribute() -> None:
    class Certain(torch.nn.Module):
        """Sees the first pixel's red as a number from 0 to 4, and names it among five, and its parity among two."""

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            number = (2 * (images[:, 0, 0, 0] + 1)).round().long()
            return torch.cat([torch.eye(5)[number], torch.eye(2)[number % 2]], dim=1)

    numbers = torch.arange(5).repeat(60)
    images = (numbers / 2 - 1).view(-1, 1, 1, 1).expand(-1, 3, 16, 16)
    read = metrics.read_icons(Certain(), images, [5, 2])
    assert read.tolist() == [[n, n % 2] for n in numbers.tolist()]
