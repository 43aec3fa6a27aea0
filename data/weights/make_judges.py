"""Make the judges that ship: classifiers of small digits, of drawn capital letters and of MNIST. Seeded.

    python data/weights/make_judges.py           about six minutes on two CPU cores; MNIST must be at hand

Each learns on pictures of its own (`ganutils.judge.own`); what is written beside its checksum is its accuracy
on pictures that it has not seen.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from tqdm.auto import tqdm

from ganutils import checkpoints, data, judge, models, runtime

HERE = Path(__file__).resolve().parent
STEPS = {"digits": 1500, "glyphs": 2000, "mnist": 2500}
BATCH = {"digits": 64, "glyphs": 128, "mnist": 128}


def train(name: str, device: torch.device) -> models.Classifier:
    """Train the judge of one set."""
    torch.manual_seed(0)
    pictures, steps = judge.own(name).to(device), STEPS[name]
    classifier = models.Classifier(len(pictures.classes)).to(device)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    batches = pictures.labelled_batches(BATCH[name], steps=steps)
    loop = judge.classifier_steps(classifier, batches, optimizer=optimizer, schedule=schedule)
    for _ in tqdm(loop, total=steps, desc=name):
        pass
    return classifier.eval().cpu()


def main() -> None:
    """Train the judges that are named, or all; write weights and checksums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(STEPS), help=f"some of {', '.join(STEPS)}")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    arguments = parser.parse_args()
    session = runtime.start(seed=0)
    cards = json.loads((HERE / "weights.json").read_text())
    for name in arguments.names:
        classifier = train(name, session.device)
        test = data.images("mnist", train=False) if name == "mnist" else judge.unseen(name)
        right = (judge.classify(classifier, test[:]) == test.labels).double().mean().item()
        file = f"judge-{name}.safetensors"
        cards[file] = {
            "sha256": checkpoints.save_weights(arguments.out / file, classifier),
            "network": f"ganutils.models.Classifier({len(test.classes)})",
            "trained_on": f"ganutils.judge.own({name!r}), seed 0",
            "steps": STEPS[name],
            "accuracy": f"{right:.4f} on {len(test):,} pictures that it has not seen",
            "licence": "BSD-3-Clause",
        }
        print(f"{name}: {right:.4f}")
    (arguments.out / "weights.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    main()
