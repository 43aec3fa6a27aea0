"""From a key press to other pixels on the screen, in JupyterLab in headless Chromium: milliseconds, 40 presses each.

python benchmarks/sliders.py            writes benchmarks/sliders.json
python benchmarks/sliders.py --only 05_dcgan        measures one notebook anew, keeps the others
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from lab_driver import Lab, chromium, running_lab

PRESSES = 40
PANELS = [
    ("00_start_here", "sliders"),
    ("01_minimax", "play"),
    ("02_gan", "scrub"),
    ("02_gan", "digit-sliders"),
    ("03_vae", "play-gap"),
    ("03_vae", "map"),
    ("03_vae", "sliders"),
    ("04_cnn", "edge"),
    ("04_cnn", "receptive-play"),
    ("05_dcgan", "damage"),
    ("05_dcgan", "sliders"),
    ("06_conditional_gan", "style"),
]


def measure(lab: Lab, name: str, cells: list[str]) -> dict[str, dict[str, float]]:
    """Median and 90th percentile for the first slider of each of the cells."""
    results = {}
    with lab.opened(f"{name}.ipynb") as notebook:
        problems = notebook.run_all()
        if problems:
            raise SystemExit(f"{name}: {problems}")
        for cell in cells:
            area = notebook.outputs(cell)
            handle, image = (
                area.locator(".noUi-handle[role=slider], .picture-pad").first,
                area.locator("img.widget-image").first,
            )
            handle.scroll_into_view_if_needed()
            keys = ["ArrowRight", "ArrowLeft"] * (PRESSES // 2)
            times = [notebook.press(handle, image, key) for key in keys]
            ninetieth = statistics.quantiles(times, n=10, method="inclusive")[-1]
            results[f"{name} {cell}"] = {"median_ms": round(statistics.median(times), 1), "p90_ms": round(ninetieth, 1)}
            print(f"{name} {cell}: {results[f'{name} {cell}']}", flush=True)
    return results


def main() -> None:
    """Measure every panel, or those of some notebooks, and write the results."""
    notebooks = list(dict.fromkeys(name for name, _ in PANELS))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=notebooks, default=notebooks)
    wanted = parser.parse_args().only
    executable = chromium()
    if executable is None:
        raise SystemExit("There is no Chromium or Chrome on this machine; install one to measure sliders.")
    target = ROOT / "benchmarks" / "sliders.json"
    results: dict[str, dict[str, float]] = json.loads(target.read_text())["panels"] if target.is_file() else {}
    with tempfile.TemporaryDirectory() as base, running_lab(Path(base) / "lab", executable) as lab:
        for name in wanted:
            results |= measure(lab, name, [cell for other, cell in PANELS if other == name])
    target.write_text(json.dumps({"presses": PRESSES, "panels": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
