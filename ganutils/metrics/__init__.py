"""Numbers that compare generated samples with real ones, and the feature network that looks at pictures for them."""

from ganutils.metrics.distances import frechet_distance, precision_recall
from ganutils.metrics.feature_space import features, predicted_classes, probabilities, read_icons
from ganutils.metrics.modes import ModeReport, mode_report

__all__ = ["ModeReport", "features", "frechet_distance", "mode_report", "precision_recall", "predicted_classes",
    "probabilities", "read_icons",
]  # fmt: skip
