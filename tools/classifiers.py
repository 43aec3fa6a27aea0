"""Make the classifiers that ship, the judges of generated pictures: small digits, capital letters, MNIST. Seeded.

    python tools/classifiers.py [digits] [glyphs] [mnist]     about ten minutes on one CPU thread; MNIST must be at hand

Each learns on a split of its own (`data.classifier_split`); its card tells its accuracy on pictures that it has not
seen. Another machine or version of torch give a network like the one that ships, not the same to the last bit.
"""

from __future__ import annotations

import argparse
import json

import torch
from tqdm.auto import tqdm

from ganutils import data, metrics, models, session, training
from ganutils.models.shipped import WEIGHTS, save_weights

STEPS = {"digits": 1500, "glyphs": 2000, "mnist": 2500}
BATCH = {"digits": 64, "glyphs": 128, "mnist": 128}


def train(name: str, device: torch.device) -> models.Classifier:
    """Train the classifier of one set."""
    torch.manual_seed(0)
    pictures, steps = data.classifier_split(name).to(device), STEPS[name]
    classifier = models.Classifier(len(pictures.classes)).to(device)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    batches = pictures.labelled_batches(BATCH[name], steps=steps)
    loop = training.classifier_steps(classifier, batches, optimizer=optimizer, schedule=schedule)
    for _ in tqdm(loop, total=steps, desc=name):
        pass
    return classifier.eval().cpu()


def main() -> None:
    """Train the classifiers that are named, or all; write weights and cards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(STEPS), help=f"some of {', '.join(STEPS)}")
    arguments = parser.parse_args()
    device = session.start(seed=0).device
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    for name in arguments.names:
        classifier = train(name, device)
        test = data.images("mnist", train=False) if name == "mnist" else data.generator_split(name)
        right = (metrics.predicted_classes(classifier, test[:]) == test.labels).double().mean().item()
        cards[f"classifier-{name}"] |= {
            "sha256": save_weights(WEIGHTS / f"classifier-{name}.safetensors", classifier),
            "steps": STEPS[name],
            "accuracy": f"{right:.4f} on {len(test):,} pictures that it has not seen",
        }
        print(f"{name}: {right:.4f}")
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    main()
