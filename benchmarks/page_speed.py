"""How fast the page draws: sixteen letters and six icons, with WebAssembly and without, in headless Chromium.

    python benchmarks/page_speed.py        after `make page`; writes benchmarks/page_speed.json

Milliseconds of this machine, the least and the median of many draws; and, as a ratio within the same run, how many
products of two 256 x 256 matrices in plain JavaScript cost as much.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from lab_driver import CHROMIUM_FLAGS, chromium

PAGE, TARGET = ROOT / "docs" / "build" / "page.html", ROOT / "benchmarks" / "page_speed.json"
MEASURE = """() => {
  const times = (work, count) => {
    for (let i = 0; i < 10; i += 1) work();  // the first calls are compiled
    const found = Array.from({length: count}, () => {
      const began = performance.now();
      work();
      return performance.now() - began;
    }).sort((a, b) => a - b);
    return {least: found[0], median: found[Math.floor(count / 2)]};
  };
  const a = new Float64Array(65536).fill(0.5), c = new Float64Array(65536);
  const unit = times(() => {
    for (let i = 0; i < 256; i += 1) for (let p = 0; p < 256; p += 1) {
      const w = a[256 * i + p];
      for (let j = 0; j < 256; j += 1) c[256 * i + j] += w * a[256 * p + j];
    }
  }, 20);
  const found = {};
  for (const [name, own] of [["WebAssembly", ganutils], ["JavaScript", ganutils.networks(null)]]) {
    const z = Float32Array.from({length: 1024}, Math.random), y = new Array(16).fill(6);
    const numbers = Float32Array.from({length: 480}, Math.random), text = new Array(6).fill("a large red heart");
    const letters = times(() => own.letters.draw(z, y), 60), icons = times(() => own.icons.draw(numbers, text), 20);
    found[name] = {"16 letters": letters, "6 icons": icons};
  }
  return [unit, found];
}"""


def main() -> None:
    """Measure and write."""
    executable = chromium()
    if executable is None or not PAGE.is_file():
        raise SystemExit("Needs Chromium or Chrome, and docs/build/page.html (`make page`).")
    load = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.goto(PAGE.as_uri())
        page.wait_for_function("window.ganutils !== undefined")
        unit, found = page.evaluate(MEASURE)
        browser.close()
    rows = {
        kernel: {
            what: {
                "least_ms": round(took["least"], 1),
                "median_ms": round(took["median"], 1),
                "in_products_of_256": round(took["least"] / unit["least"], 2),
            }
            for what, took in works.items()
        }
        for kernel, works in found.items()
    }
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load before {load:.1f}"
    TARGET.write_text(json.dumps({"machine": machine, "bytes": PAGE.stat().st_size, "rows": rows}, indent=1) + "\n")
    print(TARGET.read_text())


if __name__ == "__main__":
    main()
