"""Build the book: the executed notebooks as a site that works from a folder, without a network.

    make book                 python tools/book.py            writes docs/build/book/index.html
    python tools/book.py 00 06                                only these chapters (for a quick look, and for the tests)
    python tools/book.py --print                              one PDF of it all, docs/build/book.pdf; Chromium prints it

The notebooks are not run. Their sliders become the stills that they were saved with, predictions become questions, and
every picture keeps its alt text; the rest is Sphinx with MyST-NB.
"""

from __future__ import annotations

import argparse
import base64
import html
import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
import slides
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
SOURCE, BUILD = ROOT / "docs" / "book", ROOT / "docs" / "build"
WIDGET = "application/vnd.jupyter.widget-view+json"
LIVE = (
    "A slider, a pad or a line to write in moves this picture in the notebook: run it with <code>make lab</code>, "
    "or open it on Colab."
)
# **term** (中文) or *term* (中文, and a word in English), where a notebook uses a term first.
TERM = re.compile(r"\*{1,2}([^*\n]+)\*{1,2} [(（]([一-鿿][^)）]*)[)）]")
ROOMS = ("session", "data", "models", "losses", "sampling", "training", "metrics", "teaching", "viz")


def widget_states(notebook: Any) -> dict[str, Any]:
    stored = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    return dict(stored.get("state", {}))


def members(states: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A widget and all that lies in it, in order."""
    own = states.get(name, {"model_name": "", "state": {}})
    inside = [child.removeprefix("IPY_MODEL_") for child in own["state"].get("children", [])]
    return [own, *(member for child in inside for member in members(states, child))]


def question(parts: list[dict[str, Any]]) -> str | None:
    """A prediction as text, or nothing if the widget is none."""
    words = [part["state"].get("value", "") for part in parts if part["model_name"] == "HTMLModel"]
    choices = [part["state"]["_options_labels"] for part in parts if part["model_name"] == "RadioButtonsModel"]
    if not choices:
        return None
    rows = "".join(f"<li>{html.escape(option)}</li>" for option in choices[0])
    return f'<div class="predict"><p>{" ".join(words)}</p><ul>{rows}</ul></div>'


def chapter(path: Path, figures: Path) -> nbformat.NotebookNode:
    """A notebook for reading: stills for widgets, pictures as files beside it."""
    notebook = nbformat.read(path, as_version=4)
    states = widget_states(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"^# NBVAL_CHECK_OUTPUT\n|  # fmt: skip$", "", cell.source, flags=re.MULTILINE)
            lines, tags = len(cell.source.splitlines()), cell.metadata.get("tags", [])
            hide = "remove-input" if "teaching.predict(" in cell.source else "hide-input" if lines > 8 else ""
            cell.metadata["tags"] = [*tags, *([hide] if hide else [])]
            made = [
                page_output(output, f"{path.stem}-{cell.id}-{k}", states, figures)
                for k, output in enumerate(cell.outputs)
            ]
            cell.outputs = [output for output in made if output is not None]
            if any(LIVE in str(output) for output in cell.outputs):  # once for each cell, below its stills
                notes = [output for output in cell.outputs if LIVE in str(output)]
                cell.outputs = [output for output in cell.outputs if output not in notes] + notes[:1]
    return notebook


def page_output(output: Any, name: str, states: dict[str, Any], figures: Path) -> nbformat.NotebookNode | None:
    """One output as HTML or text; nothing for progress bars and for exercises that nobody has done yet."""
    if output.output_type == "stream":
        bar = output.name == "stderr" or re.search(r"\d+%\|", output.text)
        return None if bar or "not attempted yet" in output.text else output
    data = output.get("data", {})
    if "image/png" in data:
        return as_html(figure(data["image/png"], output.metadata.get("image/png", {}), name, figures))
    if WIDGET in data:
        parts = members(states, data[WIDGET]["model_id"])
        if asked := question(parts):
            return as_html(asked)
        if any(part["model_name"] in ("FloatProgressModel", "IntProgressModel") for part in parts):
            return None
        return as_html(f'<p class="live">{LIVE}</p>')
    if "not attempted yet" in str(data.get("text/plain", "")) or str(data.get("text/plain", "")).startswith(
        "<ganutils"
    ):
        return None
    return output


def as_html(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data={"text/html": text})


def figure(picture: str, metadata: dict[str, Any], name: str, figures: Path) -> str:
    """Write a stored picture and return the HTML that shows it."""
    (figures / f"{name}.png").write_bytes(base64.b64decode(picture))
    width = f' width="{metadata["width"]}"' if "width" in metadata else ""
    alt = html.escape(metadata.get("alt", ""), quote=True)
    kind = "output wide" if metadata.get("width", 0) > 600 else "output"  # on a phone it is not squeezed but scrolled
    return f'<figure class="{kind}"><img src="../_figures/{name}.png" alt="{alt}"{width} loading="lazy"></figure>'


def sentence_with(text: str, term: str) -> str:
    """The sentence of a text that holds a term, without marks that would not stand in a table."""
    flat = re.sub(r"\$\$.*?\$\$|<[^>]+>|^#+ .*?$", "", text, flags=re.DOTALL | re.MULTILINE).replace("\n", " ")
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z*])", flat)
    found = next((sentence for sentence in sentences if term in sentence), "")
    return found.strip().removeprefix("- ").replace("|", "\\|")


def glossary(paths: list[Path]) -> str:
    """Every term with its Chinese name, the sentence that brings it in, and the notebook that it stands in."""
    found: dict[str, str] = {}
    for path in paths:
        for cell in nbformat.read(path, as_version=4).cells:
            for term, chinese in TERM.findall(cell.source) if cell.cell_type == "markdown" else []:
                name = term.strip()
                key = name if name[:1].isupper() and name[1:2].isupper() else name[:1].lower() + name[1:]
                short = re.split(r"[,，:：]", chinese)[0]
                where = f"[{path.name[:2]}](notebooks/{path.name})"
                row = f"| {key} | {short} | {sentence_with(cell.source, term)} | {where} |"
                found.setdefault(key.lower(), row)
    head = "# Glossary\n\nTerms in the sentence that brings them in, with their Chinese names (术语表).\n\n"
    return head + "| term | 中文 | | in |\n|---|---|---|---|\n" + "\n".join(found[key] for key in sorted(found)) + "\n"


def guide(paths: list[Path]) -> str:
    """The teacher's guide with the measured times and the notes that end every notebook."""
    measured = json.loads((ROOT / "benchmarks" / "notebooks.json").read_text())["notebooks"]
    times, notes = ["| notebook | one CPU thread | memory |", "|---|--:|--:|"], []
    for path in paths:
        cells = nbformat.read(path, as_version=4).cells
        title, took = cells[0].source.splitlines()[0].removeprefix("# "), measured[path.stem]
        times.append(
            f"| [{title}](notebooks/{path.name}) | {took['seconds']:.0f} s | {took['megabytes'] / 1000:.1f} GB |"
        )
        for cell in cells:
            if cell.id == "teacher":
                note = re.sub(r"</?details>|<summary>.*?</summary>", "", cell.source).strip()
                notes.append(f"### {title}\n\n{note}")
    text = (SOURCE / "guide.md").read_text(encoding="utf-8")
    return text.replace("TIMES", "\n".join(times)).replace("NOTES", "\n\n".join(notes))


def api() -> str:
    """The package, room by room, from its docstrings."""
    parts = ["# The package `ganutils`\n\nWhat the notebooks share. A notebook imports rooms: "
             "`from ganutils import data, losses, training, viz`.\n\n## Its map\n"]  # fmt: skip
    house = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    parts.append(house[house.index("Data flows downwards") : house.index("**Rules that tests hold.**")])
    for room in ROOMS:
        parts.append(
            f"## {room}\n\n```{{eval-rst}}\n.. automodule:: ganutils.{room}\n   :members:\n   :imported-members:\n```\n"
        )
    return "\n".join(parts)


def data_page() -> str:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\(([\w-]+\.png)\)", r"](_figures/\1)", text)


def prepare(folder: Path, paths: list[Path], page: Path | None) -> None:
    """Put everything that Sphinx reads into one folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for inside in ("notebooks", "_extra/_figures", "_figures", "_static"):
        (folder / inside).mkdir(parents=True)
    mathjax = importlib.util.find_spec("sphinx-mathjax-offline")
    assert mathjax is not None
    assert mathjax.origin is not None
    shutil.copy(Path(mathjax.origin).parent / "static" / "mathjax" / "tex-svg.js", folder / "_static")
    shutil.copy(SOURCE / "_static" / "book.css", folder / "_static")
    shutil.copy(SOURCE / "conf.py", folder)
    for picture in (ROOT / "data").glob("*.png"):
        shutil.copy(picture, folder / "_figures")
        shutil.copy(picture, folder / "_extra" / "_figures")
    for path in paths:
        nbformat.write(chapter(path, folder / "_extra" / "_figures"), folder / "notebooks" / path.name)
    if page is not None:
        shutil.copy(page, folder / "_extra" / "page.html")
    slides.write(folder / "_extra" / "slides", ROOT / "notebooks")
    index = (SOURCE / "index.md").read_text(encoding="utf-8")
    pages = {
        "index.md": index.replace("CHAPTERS", "\n".join(f"notebooks/{path.stem}" for path in paths)),
        "play.md": (SOURCE / "play.md").read_text(encoding="utf-8"),
        "guide.md": guide(paths), "glossary.md": glossary(paths), "api.md": api(), "data.md": data_page(),
    }  # fmt: skip
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def build(target: Path, chapters: list[str], page: Path | None, builder: str = "html") -> list[str]:
    """Build the site into `target` ("singlehtml": on one page); return Sphinx's warnings."""
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    if chapters:
        paths = [path for path in paths if path.name.startswith(tuple(chapters))]
    source = target.with_name(f"{target.name}-source")
    prepare(source, paths, page)
    shutil.rmtree(target, ignore_errors=True)
    warnings = target.with_name(f"{target.name}-warnings.txt")
    with docutils_namespace(), warnings.open("w") as heard:
        app = Sphinx(str(source), str(source), str(target), str(target.with_name(f"{target.name}-trees")), builder,
                     status=None, warning=heard)  # fmt: skip
        app.build()
    return [line for line in warnings.read_text().splitlines() if line.strip()]


def print_book(chapters: list[str]) -> Path:
    """One PDF of the whole book, printed by Chromium."""
    from lab_driver import CHROMIUM_FLAGS, chromium
    from playwright.sync_api import sync_playwright

    executable = chromium()
    if executable is None:
        raise SystemExit("Chromium or Chrome prints the book; there is none on this machine.")
    build(BUILD / "print", chapters, None, "singlehtml")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.set_default_timeout(600_000)
        page.goto((BUILD / "print" / "index.html").as_uri())
        page.evaluate("MathJax.startup.promise")
        page.evaluate("""() => Promise.all([...document.images].map((image) => {
          image.loading = "eager";
          image.src = image.getAttribute("src").replace("../_figures", "_figures");  // all chapters are one page here
          return image.decode().catch(() => null);
        }))""")
        page.evaluate("document.querySelectorAll('iframe').forEach((frame) => frame.remove())")
        page.pdf(
            path=BUILD / "book.pdf",
            format="A4",
            margin={"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"},
        )
        browser.close()
    return BUILD / "book.pdf"


def main() -> None:
    """Build the page if it is missing, then the book."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", help="first digits of notebooks; none: all")
    parser.add_argument("--print", action="store_true", help="one PDF instead of the site")
    arguments = parser.parse_args()
    if arguments.print:
        path = print_book(arguments.chapters)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.0f} MB")
        return
    page = BUILD / "page.html"
    if not page.is_file():
        raise SystemExit("docs/build/page.html is missing; `make page` first (`make book` does).")
    warnings = build(BUILD / "book", arguments.chapters, page)
    print(*warnings, sep="\n")
    size = sum(path.stat().st_size for path in (BUILD / "book").rglob("*") if path.is_file())
    print(f"docs/build/book/index.html: {size / 1e6:.0f} MB in all, {len(warnings)} warnings.")


if __name__ == "__main__":
    main()
