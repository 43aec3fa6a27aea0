"""Networks that more than one notebook needs, and weights that ship. They return logits or images in [-1, 1]."""

from ganutils.models.classifier import Classifier
from ganutils.models.gan import ConditionalGenerator, ConvGenerator, SmallDiscriminator, SmallGenerator
from ganutils.models.shipped import WeightsError, head_start, pretrained

__all__ = [
    "Classifier",
    "ConditionalGenerator",
    "ConvGenerator",
    "SmallDiscriminator",
    "SmallGenerator",
    "WeightsError",
    "head_start",
    "pretrained",
]
