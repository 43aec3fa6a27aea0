"""Where real samples come from: sets that ship or are drawn, torchvision's sets, your own pictures, points."""

from ganutils.data.own_pictures import folder
from ganutils.data.sets import LETTERS, DataError, Images, classifier_split, generator_split, images, seeded
from ganutils.data.toys import Gaussians, grid, ring

__all__ = [
    "LETTERS", "DataError", "Gaussians", "Images", "classifier_split", "folder", "generator_split", "grid", "images",
    "ring", "seeded",
]  # fmt: skip
