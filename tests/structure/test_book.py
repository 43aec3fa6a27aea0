"""The book, built from two chapters (all of them with --all-seeds): complete, offline, every link alive."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

pytest.importorskip("sphinx_book_theme", reason="sphinx is not installed; `make test` installs it")

import book as book_tool
import slides

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ("00", "06")


class Links(HTMLParser):
    """Everything that a page loads or leads to, its anchors, and its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.loads, self.leads, self.anchors, self.pictures = list[str](), list[str](), set[str](), list[str | None]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("id", "name"):
            if value := given.get(name):
                self.anchors.add(value)
        if tag in ("script", "img", "iframe", "source") and (address := given.get("src")):
            self.loads.append(address)
        if tag == "link" and (address := given.get("href")) and given.get("rel") in ("stylesheet", "preload", "icon"):
            self.loads.append(address)
        if tag == "a" and (address := given.get("href")):
            self.leads.append(address)
        if tag == "img":
            self.pictures.append(given.get("alt"))


def read(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


@pytest.fixture(scope="module")
def chapters(request: pytest.FixtureRequest) -> list[str]:
    return [] if request.config.getoption("--all-seeds") else list(CHAPTERS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, chapters: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("book")
    (folder / "page.html").write_text("<!doctype html><title>the page</title>", encoding="utf-8")
    warnings = book_tool.build(folder / "book", chapters, folder / "page.html")
    if chapters:  # links to chapters that are left out
        warnings = [line for line in warnings if "xref_missing" not in line and "notebooks/" not in line]
    assert warnings == []
    return folder / "book"


def test_nothing_is_loaded_from_elsewhere_and_every_link_leads_somewhere(built: Path, chapters: list[str]) -> None:
    pages = {path: read(path) for path in built.rglob("*.html") if "_static" not in path.parts}
    assert len(pages) > 8
    for path, links in pages.items():
        for address in links.loads:
            assert not urlsplit(address).netloc, f"{path.name} loads {address}"
        for address in links.loads + links.leads:
            parts = urlsplit(address)
            if chapters and ".ipynb" in address:  # a chapter that was left out
                continue
            if parts.scheme or parts.netloc or parts.path.startswith("mailto"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.exists(), f"{path.name} leads to {address}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].anchors, f"{path.name} leads to {address}"
    for style in built.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")), style.name


@pytest.mark.parametrize("number", CHAPTERS)
def test_a_chapter_keeps_its_pictures_texts_and_solutions(built: Path, number: str) -> None:
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    page = (built / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    alts = [o.metadata["image/png"]["alt"] for o in outputs if "image/png" in o.get("data", {})]
    shown = read(built / "notebooks" / f"{path.stem}.html").pictures
    assert None not in shown
    assert sorted(set(alts)) == sorted({alt for alt in shown if alt} & set(alts)), (
        "every stored picture, with its alt text"
    )
    assert "NBVAL_CHECK_OUTPUT" not in page
    folded = sum(cell.source.count("<details>") for cell in cells if cell.cell_type == "markdown")
    assert page.count("<details") >= folded > 0, "solutions stay folded"
    assert "widget-view" not in page
    assert "not attempted yet" not in page
    asked = [cell for cell in cells if cell.cell_type == "code" and "teaching.predict(" in cell.source]
    assert page.count('class="predict"') == len(asked) > 0, "a prediction is a question with its choices"
    assert page.count(book_tool.LIVE) >= 1, "a still says how to get it live"


def test_terms_guide_and_package_are_in(built: Path) -> None:
    words = html.unescape((built / "glossary.html").read_text(encoding="utf-8"))
    for term in ("latent", "潜变量", "seed", "随机种子"):
        assert term in words
    guide = (built / "guide.html").read_text(encoding="utf-8")
    assert all(plan in guide for plan in ("One lesson", "One day", "One term"))
    assert re.search(r"\d+ s</p></td>|\d+ s</td>", guide), "measured times"
    assert not re.search("TIMES|NOTES", guide)
    package = (built / "api.html").read_text(encoding="utf-8")
    for name in ("frechet_distance", "latent_sliders", "gan_steps", "restore_checkpoint", "pretrained"):
        assert name in package, name


@pytest.mark.parametrize("lecture", slides.LECTURES)
def test_a_lecture_has_its_slides(built: Path, lecture: str) -> None:
    text = (built / "slides" / f"{lecture}.html").read_text(encoding="utf-8")
    assert 10 <= text.count("<section") <= 30
    assert text.count("<img") >= 4
    assert not re.search(r'<img(?![^>]*alt="[^"]+)', text), "a picture without alt text"
    visible = re.sub(r"<script.*?</script>|<style.*?</style>|src=\"[^\"]*\"", "", text, flags=re.DOTALL)
    assert "**" not in visible, "half of a bold word"
    assert "measured" not in visible.split("</section>")[0], "times are no slide"


def test_a_slide_is_the_opening_of_its_text() -> None:
    text = "## A title\n\nFirst words. " + "Many more words follow here. " * 9 + "\n\n$$x = 1.$$\n\n- one\n- two"
    text += "\n\n<details>folded</details>"
    made = slides.condensed(text)
    assert made.startswith("## A title\n\nFirst words.")
    assert len(made.split()) < 50
    assert made.endswith("$$x = 1.$$\n\n- one\n- two")


@pytest.mark.browser
def test_formulas_search_and_the_page_work_from_a_folder(built: Path) -> None:
    pytest.importorskip("playwright")
    from lab_driver import CHROMIUM_FLAGS, required_chromium
    from playwright.sync_api import sync_playwright

    executable = required_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        context = browser.new_context(offline=True, viewport={"width": 390, "height": 844})
        page, asked = context.new_page(), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.goto((built / "notebooks" / "06_conditional_gan.html").as_uri())
        page.wait_for_selector("mjx-container svg")
        assert page.locator("mjx-container").count() > 20
        assert page.locator("[data-mjx-error]").count() == 0, "every formula is understood"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out on a phone"
        contents = page.locator(".bd-sidebar-primary a", has_text="Start here").first
        assert not contents.is_visible()
        page.locator("button.primary-toggle:visible").first.click()
        contents.wait_for(state="visible")
        page.goto((built / "search.html").as_uri() + "?q=projection")
        page.wait_for_selector("#search-results li")
        assert "Conditional GAN" in page.inner_text("#search-results")
        page.goto((built / "play.html").as_uri())
        assert any(frame.url.endswith("page.html") for frame in page.frames)
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        browser.close()
