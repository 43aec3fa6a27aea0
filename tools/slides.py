"""Slides of three lectures, from the cells of notebooks that are tagged "slide" (`make book` puts them into the book).

A slide begins with a tagged text: its headings, formulas, tables, lists, and the opening of each paragraph. The
pictures of the tagged code cells that follow stand below it. One HTML file a lecture, without foreign scripts: arrow
keys or scrolling go on, printing gives one page a slide. (nbconvert's slides need four scripts from the network.)
"""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

LECTURES = ("01_minimax", "02_gan", "06_conditional_gan")
STYLE = """
:root { --paper: #fffdf8; --ink: #1d1b18; --quiet: #6b655c; --accent: #0b6aa8; }
@media (prefers-color-scheme: dark) { :root { --paper: #16171a; --ink: #ece7dd; --quiet: #a49d92; --accent: #6db7e8; } }
* { box-sizing: border-box; }
html { scroll-snap-type: y proximity; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: clamp(1rem, 2.1vw, 1.75rem)/1.4 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
section { min-height: 100vh; padding: 5vh 7vw; display: flex; flex-direction: column; justify-content: center;
  scroll-snap-align: start; position: relative; border-bottom: 1px solid var(--quiet); }
section::after { content: attr(data-place); position: absolute; right: 2vw; bottom: 2vh; color: var(--quiet);
  font-size: 0.6em; }
h1, h2 { font-size: 1.7em; line-height: 1.15; margin: 0 0 0.5em; }
p, ul, ol { margin: 0 0 0.6em; max-width: 46em; }
img { max-width: 100%; max-height: 62vh; background: #fff; align-self: center; object-fit: contain; }
table { border-collapse: collapse; } th, td { padding: 0.15em 0.8em 0.15em 0; text-align: left; }
mjx-container[display="true"] { overflow-x: auto; overflow-y: hidden; }
mjx-assistive-mml { display: none !important; }
@media print { section { min-height: 0; height: 100vh; break-after: page; border: 0; } }
"""
SCRIPT = """
const slides = [...document.querySelectorAll("section")];
const here = () => slides.findIndex((slide) => slide.getBoundingClientRect().bottom > innerHeight / 2);
addEventListener("keydown", (event) => {
  const step = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  slides[Math.max(0, Math.min(slides.length - 1, here() + step))].scrollIntoView();
});
"""


def opening(paragraph: str, words: int = 34) -> str:
    """The first sentence of a paragraph, and those after it that fit into so many words."""
    sentences = re.split(r"(?<=[a-z)$*][.?!:])\s+(?=[A-Z*\"($])", paragraph.replace("\n", " "))
    kept = sentences[:1]
    for sentence in sentences[1:]:
        if len(" ".join([*kept, sentence]).split()) > words:
            break
        kept.append(sentence)
    return " ".join(kept)


def condensed(text: str) -> str:
    """A text as it stands on a slide: the opening of each paragraph, and all that is no paragraph."""
    text = re.sub(
        r"<!-- measured:start -->.*?<!-- measured:end -->|<details>.*?</details>|<!--.*?-->", "", text, flags=re.S
    )
    blocks = re.split(r"\n\s*\n", text.strip())
    whole = [block.startswith(("#", "$$", "|", "- ", "1. ")) or "$$" in block for block in blocks]
    kept = [block if all_of_it else opening(block) for block, all_of_it in zip(blocks, whole, strict=True)]
    return "\n\n".join(block for block in kept if block.strip())


def markdown() -> MarkdownIt:
    def formula(content: str, options: dict[str, Any]) -> str:
        left, right = (r"\[", r"\]") if options.get("display_mode") else (r"\(", r"\)")
        return left + html.escape(content) + right

    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=formula)


def pictures(cell: Any) -> list[str]:
    found = []
    for output in cell.outputs:
        if picture := output.get("data", {}).get("image/png"):
            alt = html.escape(output.metadata.get("image/png", {}).get("alt", ""), quote=True)
            packed = base64.b64encode(base64.b64decode(picture)).decode()  # without line breaks
            found.append(f'<img src="data:image/png;base64,{packed}" alt="{alt}">')
    return found


def lecture(path: Path) -> str:
    """The slides of one notebook as HTML."""
    render, slides = markdown(), list[list[str]]()
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        if "slide" in cell.metadata.get("tags", []):
            if cell.cell_type == "markdown":
                slides.append([render.render(condensed(cell.source))])
            else:  # the first picture stands below the text, others on slides of their own
                first, *others = pictures(cell)
                alone = any("<img" in part for part in slides[-1])
                slides += [[first]] if alone else []
                slides[-1] += [] if alone else [first]
                slides += [[other] for other in others]
    title = html.escape(cells[0].source.splitlines()[0].removeprefix("# "))
    sections = "\n".join(
        f'<section data-place="{number} / {len(slides)}">\n{"".join(parts)}</section>'
        for number, parts in enumerate(slides, start=1)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n'
        f'<script defer src="../_static/tex-svg.js"></script></head>\n'
        f"<body>\n{sections}\n<script>{SCRIPT}</script>\n</body></html>\n"
    )


def write(folder: Path, notebooks: Path) -> list[str]:
    """Write every lecture into a folder; return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in LECTURES:
        (folder / f"{name}.html").write_text(lecture(notebooks / f"{name}.ipynb"), encoding="utf-8")
    return list(LECTURES)
