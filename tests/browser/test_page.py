"""The page that needs nothing: opened from a file, with the network off, by keyboard, in two languages."""

from __future__ import annotations

import io
import itertools
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

pytest.importorskip("playwright", reason="playwright is not installed; `make test` installs it")

import page as page_tool
from lab_driver import CHROMIUM_FLAGS, ROOT, required_chromium
from playwright.sync_api import Browser, Page, sync_playwright

from ganutils import models

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("GANUTILS_SCREENSHOTS")
SVG = "http://www.w3.org/2000/svg"  # a name, not an address: nothing is ever loaded from there
SENTENCES = [
    "a large red heart, on cream", "a small outlined blue star, tilted to the left, on navy",
    "a green cat, small, on a white background", "on grey, a large moon in yellow",
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "page.html"
    page_tool.build(target)
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=required_chromium(), args=CHROMIUM_FLAGS)
        yield running
        running.close()


@contextmanager
def opened(browser: Browser, built: Path, *, query: str = "", **settings: Any) -> Iterator[Page]:
    """The page, as a visitor has it; it may ask for nothing and complain of nothing."""
    context = browser.new_context(offline=True, **settings)
    page, asked, complaints = context.new_page(), list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda note: complaints.append(note.text) if note.type in ("error", "warning") else None)
    page.goto(built.as_uri() + query)
    page.wait_for_function("window.ganutils !== undefined")
    yield page
    ours = "willReadFrequently"  # the tests read pixels; the page does not
    assert [complaint for complaint in complaints if ours not in complaint] == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


@pytest.fixture(scope="module")
def page(browser: Browser, built: Path) -> Iterator[Page]:
    with opened(browser, built, viewport={"width": 1280, "height": 900}, locale="en-GB") as visited:
        yield visited


def drawn(page: Page) -> None:
    """Wait until the frame that was asked for is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pixels(page: Page, canvas: str) -> list[int]:
    """What a canvas shows."""
    drawn(page)
    return page.evaluate(
        "(id) => { const c = document.getElementById(id);"
        " return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data] }",
        canvas,
    )


def test_one_small_file_without_a_foreign_address(built: Path) -> None:
    text = built.read_text(encoding="utf-8")
    assert len(text.encode()) <= 3_000_000
    assert set(re.findall(r"\bhttps?://[^\s\"'<>`]+", text)) <= {SVG}
    assert not re.search(r"<(?:link|iframe|script[^>]+src)|@import|url\((?!data:)", text)
    assert "default-src 'none'" in text, "the page's own rules forbid every request"


def test_it_is_all_there_before_anybody_touches_it(browser: Browser, built: Path) -> None:
    for width in (390, 1280):
        with opened(browser, built, viewport={"width": width, "height": 844}, locale="en") as page:
            for canvas in (
                "write-canvas",
                "walk-canvas",
                "walk-slant-low",
                "ask-canvas",
                "judge-canvas",
                "train-canvas",
            ):
                assert len(set(pixels(page, canvas))) > 3, f"{canvas} is empty at {width} pixels"


def test_its_own_rules_let_nothing_out(browser: Browser, built: Path) -> None:
    with browser.new_context() as context:  # on the network, if there is one
        page = context.new_page()
        page.goto(built.as_uri())
        assert page.evaluate("fetch('data:text/plain,x').then(() => false, () => true)")


def drawn_from_cloud(layer: Any, e: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Notebook 10's augmentation with noise that is given."""
    mean, log_variance = layer(F.layer_norm(e, (128,))).chunk(2, dim=1)
    return mean + (log_variance / 2).exp() * noise


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """What PyTorch makes of a hundred latents, and of eight sentences."""
    g, d = page_tool.letters()
    words, generator, _, bags = page_tool.icons()
    random = torch.Generator().manual_seed(0)
    z, y = torch.randn(100, 64, generator=random), torch.arange(100) % 26
    sentences, numbers = 2 * SENTENCES, torch.randn(8, 80, generator=random)  # a latent and a place in a cloud
    generator.augment.forward = lambda e: drawn_from_cloud(generator.augment.layer, e, numbers[:, 32:])
    with torch.no_grad():
        letters, e = g(z, y), words(bags(sentences))
        return {
            "given": [*(x.flatten().tolist() for x in (z, y, letters, numbers)), sentences],
            "letters": letters, "logits": d(letters, y), "icons": generator(numbers[:, :32], e),
        }  # fmt: skip


@pytest.mark.parametrize("kernel", ["WebAssembly", "JavaScript"])
def test_its_networks_are_those_of_the_notebooks(page: Page, truth: dict[str, Any], kernel: str) -> None:
    found = page.evaluate(
        """([kernel, z, y, letters, numbers, sentences]) => {
          const own = kernel === "JavaScript" ? ganutils.networks(null) : ganutils;
          if (!own.letters.space.kernel !== (kernel === "JavaScript")) throw new Error("another kernel");
          return {letters: [...own.letters.draw(Float32Array.from(z), y)],
                  logits: own.letters.judge(Float32Array.from(letters), y),
                  icons: [...own.icons.draw(Float32Array.from(numbers), sentences)]};
        }""",
        [kernel, *truth["given"]],
    )
    for name, values in found.items():
        assert (torch.tensor(values) - truth[name].flatten()).abs().max() < 1e-3, name


def test_both_kernels_multiply(page: Page) -> None:
    """Sizes as the layers have them, odd inner ones too, against float64; and WebAssembly is worth its bytes."""
    worst, faster = page.evaluate("""() => {
      const [quick, plain] = [ganutils.letters, ganutils.networks(null).letters].map((n) => n.space);
      let worst = 0;
      for (const [m, k, n] of [[4, 1, 8], [8, 3, 16], [12, 27, 8], [108, 24, 64]]) {
        const numbers = (count) => Float32Array.from({length: count}, () => Math.random() - 0.5);
        const [a, b] = [numbers(m * k), numbers(k * n)];
        for (const space of [quick, plain]) {
          space.reset();
          const [x, y] = [a, b].map((v) => { const t = space.take(v.length); t.set(v); return t; });
          const c = space.multiply(x, y, m, k, n);
          for (let i = 0; i < m; i += 1) for (let j = 0; j < n; j += 1) {
            let sum = 0;
            for (let p = 0; p < k; p += 1) sum += a[i * k + p] * b[p * n + j];
            worst = Math.max(worst, Math.abs(sum - c[i * n + j]));
          }
        }
      }
      const least = (space) => {
        space.reset();
        const [a, b] = [space.take(288 * 64).fill(1), space.take(64 * 784).fill(1)];
        const times = Array.from({length: 12}, () => {
          const began = performance.now();
          space.multiply(a, b, 288, 64, 784);
          space.used -= 4 * 288 * 784;
          return performance.now() - began;
        });
        return Math.min(...times);
      };
      return [worst, least(plain) / least(quick)];
    }""")
    assert worst < 1e-5
    assert faster > 1.5


def test_words_are_written_in_a_hand_that_stays(page: Page) -> None:
    page.fill("#write-word", "")
    page.locator("#write-word").press_sequentially("Hallo 3!")
    assert "3 !" in page.inner_text("#write-note")
    page.fill("#write-word", "ab")
    first = pixels(page, "write-canvas")
    page.fill("#write-word", "abc")
    assert pixels(page, "write-canvas") != first
    page.fill("#write-word", "ab")
    assert pixels(page, "write-canvas") == first, "the same hand again"
    page.press("#write-word", "Enter")
    page.wait_for_timeout(600)
    assert pixels(page, "write-canvas") != first, "another hand"
    page.fill("#write-number", "20")
    page.press("#write-number", "Tab")
    page.wait_for_timeout(600)
    assert pixels(page, "write-canvas") == first, "a number brings its hand back"
    page.fill("#write-word", "Ä b")
    assert page.get_attribute("#write-canvas", "aria-label").startswith("A B"), "accents are taken off"
    page.fill("#write-word", "ab")
    assert "ab" in page.get_attribute("#write-canvas", "aria-label").lower()


def test_what_was_written_can_be_kept(page: Page, tmp_path: Path) -> None:
    page.fill("#write-word", "TYPE")
    kept = {}
    for kind in ("svg", "png"):
        with page.expect_download() as download:
            page.click(f"#write-{kind}")
        kept[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(kept[kind])
    tree = ElementTree.parse(kept["svg"]).getroot()
    (path,) = tree.findall(f"{{{SVG}}}path")
    assert len(path.get("d", "").split("M")) - 1 >= 5, "four letters, and the hole of the P"
    picture = Image.open(io.BytesIO(kept["png"].read_bytes())).convert("L")
    dark = sum(picture.histogram()[:80]) / (picture.width * picture.height)
    assert picture.width > 1500
    assert 0.05 < dark < 0.6, "ink on paper"


def test_every_slider_moves_what_it_is_named_for(page: Page) -> None:
    """On each of 26 letters in twenty hands, from -2 to 2: leaning, ink, width; and the neighbours less than itself."""
    moved = page.evaluate("""() => {
      const {letters, given} = ganutils;
      const count = 20, z = Float32Array.from({length: count * 64}, (_, i) => 1.6 * Math.sin(7.3 * i * i + i));
      const measure = (picture) => {
        let [ink, mx, my] = [0, 0, 0];
        const each = (use) => picture.forEach((v, i) => use((v + 1) / 2, i % 28, Math.floor(i / 28)));
        each((v, x, y) => { ink += v; mx += v * x; my += v * y; });
        let [xx, xy, yy] = [0, 0, 0];
        each((v, x, y) => {
          const [a, b] = [x - mx / ink, y - my / ink];
          xx += v * a * a; xy += v * a * b; yy += v * b * b;
        });
        return {slant: -xy / yy, weight: ink, width: Math.sqrt(xx / ink)};
      };
      const found = {};
      for (const [name, way] of Object.entries(given.sliders)) {
        found[name] = [];
        for (let letter = 0; letter < 26; letter += 1) {
          const ends = [-2, 2].map((end) => {
            const pictures = letters.draw(z.map((v, i) => v + end * way[i % 64]), new Array(count).fill(letter));
            return Array.from({length: count}, (_, n) => measure(pictures.subarray(n * 784, (n + 1) * 784)));
          });
          found[name].push(Object.fromEntries(["slant", "weight", "width"].map((key) =>
            [key, ends[1].map((m, n) => m[key] - ends[0][n][key])])));
        }
      }
      return found;
    }""")
    spread = {key: torch.tensor([row[key] for row in moved[key]]).mean() for key in ("slant", "weight", "width")}
    for key, own in spread.items():
        gains = torch.tensor([row[key] for row in moved[key]])
        assert (gains > 0).double().mean() > 0.9, f"{key} hardly ever moves the other way"
        others = [torch.tensor([row[key] for row in moved[name]]).mean() for name in moved if name != key]
        assert max(abs(other) for other in others) < 0.4 * own, f"{key} is left alone by the other sliders"


def test_sliders_letters_and_hands_redraw(page: Page) -> None:
    seen = [pixels(page, "walk-canvas")]
    for name in ("slant", "weight", "width", "serifs"):
        page.focus(f"#walk-{name}")
        for _ in range(8):
            page.keyboard.press("ArrowRight")
        seen.append(pixels(page, "walk-canvas"))
    page.click("#walk-letters button:nth-child(1)")
    seen.append(pixels(page, "walk-canvas"))
    page.click("#walk-other")
    seen.append(pixels(page, "walk-canvas"))
    page.click("#walk-back")
    seen.append(pixels(page, "walk-canvas"))
    assert all(before != after for before, after in itertools.pairwise(seen))
    low, high = (pixels(page, f"walk-weight-{end}") for end in ("low", "high"))
    assert sum(high) < sum(low), "dark ink on light paper: the heavy end is the darker one"


def test_a_sentence_becomes_an_icon(page: Page) -> None:
    page.fill("#ask-sentence", "a large green triangle, on white")
    green = pixels(page, "ask-canvas")
    page.click('#ask-words button[data-word="star"]')
    page.click('#ask-words button[data-word="blue"]')
    assert page.input_value("#ask-sentence") == "a large blue star, on white", "what was written is kept, word by word"
    assert pixels(page, "ask-canvas") != green
    page.fill("#ask-sentence", "a large blue unicorn")
    drawn(page)
    assert "unicorn" in page.inner_text("#ask-note")
    assert page.is_hidden("#ask-canvas"), "nothing is drawn for nothing"
    page.fill("#ask-sentence", "a star")
    drawn(page)
    assert "black, white, large" in page.inner_text("#ask-note")
    assert page.is_visible("#ask-canvas")
    page.fill("#ask-sentence", "")
    page.locator("#ask-sentence").press_sequentially("a large pur")
    assert page.locator("#ask-offers button").all_inner_texts() == ["purple"]
    page.click("#ask-offers button")
    assert page.input_value("#ask-sentence") == "a large purple "
    assert page.locator("#ask-offers button").count() == 0
    judge = models.pretrained("classifier-icons")
    made = page.evaluate("""() => [...ganutils.icons.draw(
      Float32Array.from({length: 12 * 80}, (_, i) => 1.5 * Math.sin(3.7 * i * i + i)),
      new Array(12).fill("a large red heart, on cream"))]""")
    icons = torch.tensor(made).view(12, 3, 32, 32)
    kinds, colours, *_ = judge(icons).split([32, 8, 4, 2], dim=1)
    assert (kinds.argmax(1) == 0).sum() >= 11, "hearts"
    assert (colours.argmax(1) == 0).sum() >= 11, "red ones"


def test_twenty_rounds_by_keyboard(page: Page) -> None:
    page.click("#judge-begin")
    assert page.inner_text("#judge-question").startswith("Round 1 of 20")
    for _ in range(20):  # the keys are heard at once, without another click
        page.keyboard.press("r")
    cells = page.locator("#judge-result tbody tr").first.locator("td")
    assert cells.all_inner_texts() == ["0\u00a0%", "100\u00a0%", "50\u00a0%"], (
        "who lets everything through catches nothing"
    )
    assert page.locator("#judge-result tbody tr").count() == 3
    assert page.is_disabled("#judge-real")
    page.click("#judge-begin")
    page.click("#judge-generated")
    assert page.inner_text("#judge-question").startswith("Round 2 of 20")
    assert "logit" in page.inner_text("#judge-verdict")


def test_the_gradients_of_the_small_game_are_right(page: Page) -> None:
    """Both networks' slopes against differences, one weight of each matrix and bias at a time."""
    worst = page.evaluate("""() => {
      let seed = 1;
      const uniform = () => { seed = (16807 * seed) % 2147483647; return seed / 2147483647; };
      const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
      const game = new ganutils.Game(normal, () => new Float32Array(0), {});
      const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      const z = game.noise(24);
      const loss = () => game.d.forward(game.g.forward(z, 24), 24).reduce((sum, l) => sum + softplus(-l), 0);
      loss();
      const logits = game.d.kept.at(-1);
      const pull = game.d.backward(logits.map((l) => -1 / (1 + Math.exp(l))), 24);
      game.g.backward(pull, 24);
      let worst = 0;
      const layers = [...game.g.layers, ...game.d.layers];
      for (const {values, slope} of layers.flatMap(({weight, bias}) => [weight, bias])) {
        const i = slope.reduce((best, v, k) => (Math.abs(v) > Math.abs(slope[best]) ? k : best), 0);
        const claimed = slope[i], kept = values[i];
        values[i] = kept + 2e-3; const high = loss();
        values[i] = kept - 2e-3; const low = loss();
        values[i] = kept;
        worst = Math.max(worst, Math.abs((high - low) / 4e-3 - claimed) / Math.abs(claimed));
      }
      return worst;
    }""")
    assert worst < 0.03


def test_the_game_learns_collapses_and_is_cured(page: Page, seed: int) -> None:
    """Equal rates find the ring; a D ten times slower does not; equal rates again mend it."""
    modes = page.evaluate(
        """(seed) => {
          const {Game, small} = ganutils;
          const run = (share, after) => {
            const uniform = small.uniform(seed + 1), normal = () => small.normals(1, uniform)[0];
            const point = () => small.SETS.ring(uniform, normal);
            const sample = (n) => Float32Array.from(Array.from({length: n}, point).flat());
            const game = new Game(normal, sample, {}), probe = game.noise(400), found = [];
            for (const rate of [share, after]) {
              game.share = rate;
              for (let s = 0; s < 2400; s += 1) {
                game.both();
                if (s % 200 === 199 && s > 1400) found.push(small.modesCovered(game.pulled(probe).fakes));
              }
            }
            const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
            return [middle(found.slice(0, 5)), middle(found.slice(5))];
          };
          return run(0.1, 1);
        }""",
        seed,
    )
    assert modes[0] <= 3, "a slow D: the fakes crowd together"
    assert modes[1] >= 5, "cured"


def test_the_game_on_the_screen(page: Page) -> None:
    page.click("#train-reset")
    before = pixels(page, "train-canvas")
    page.click("#train-d")
    page.click("#train-g")
    assert pixels(page, "train-canvas") != before
    page.click("#train-collapse")
    page.wait_for_timeout(400)
    page.click("#train-play")
    assert "ten times more slowly" in page.inner_text("#train-state")
    assert page.input_value("#train-rate") == "0.1"
    page.click("#train-cure")
    page.click("#train-play")
    assert page.input_value("#train-rate") == "1"
    page.select_option("#train-data", "own")
    page.click("#train-play")
    assert page.inner_text("#train-play") == "Train", "there is nothing to learn from yet"
    empty = pixels(page, "train-canvas")
    page.focus("#train-canvas")
    for key in ("ArrowRight", "ArrowUp", " ", "ArrowRight", " "):
        page.keyboard.press(key)
    assert pixels(page, "train-canvas") != empty, "drawn by keyboard"
    box = page.locator("#train-canvas").bounding_box()
    assert box is not None
    before_mouse = pixels(page, "train-canvas")
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 90, steps=5)
    page.mouse.up()
    assert pixels(page, "train-canvas") != before_mouse, "drawn by mouse"


def test_both_languages_say_everything(browser: Browser, built: Path) -> None:
    with opened(browser, built, locale="zh-CN", viewport={"width": 390, "height": 844}) as page:
        assert page.get_attribute("html", "lang") == "zh-Hans"
        texts = page.evaluate("ganutils.TEXTS")
        for key, (english, chinese) in texts.items():
            assert english, key
            assert re.search(r"[一-鿿]", chinese) or key == "language", key
            assert sorted(re.findall(r"\{\d\}", english)) == sorted(re.findall(r"\{\d\}", chinese)), key
        assert page.locator("[data-t]:not(noscript *)").evaluate_all("(all) => all.every((e) => e.textContent.trim())")
        page.click("#language")
        assert page.get_attribute("html", "lang") == "en"
        assert page.inner_text("h1") == "How machines make images"
        for panel in ("write", "walk", "ask", "judge", "train"):
            line = page.inner_text(f"#{panel} .book")
            for number in re.findall(r"\b\d\d\b", line):
                assert list((ROOT / "notebooks").glob(f"{number}_*.ipynb")), line
            assert re.search(r"\b\d\d\b", line), f"{panel} does not say which notebook explains it"
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / "page-390.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_readable_reachable_and_named(browser: Browser, built: Path, scheme: str, width: int) -> None:
    with opened(browser, built, color_scheme=scheme, locale="en", viewport={"width": width, "height": 844}) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
        for ink, ground in (("ink", "paper"), ("ink", "card"), ("quiet", "paper"), ("quiet", "card"),
                            ("accent", "card"), ("on-accent", "accent"), ("warning", "card")):  # fmt: skip
            assert contrast(page, ink, ground) >= 4.5, (ink, ground)
        for part in ("real", "fake", "believes-line"):
            assert contrast(page, part, "plane") >= 3, part
        nameless = page.locator("button, input, select, canvas").evaluate_all(
            """(all) => all.filter((e) => !e.closest("[aria-hidden=true]") && !(
              e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.closest(".slider")
            )).map((e) => e.id)"""
        )
        assert nameless == []
        low = page.locator("button:visible, select:visible, input:visible").evaluate_all(
            "(all) => all.filter((e) => e.getBoundingClientRect().height < 24).map((e) => e.id || e.textContent)"
        )
        assert low == [], "too small for a finger"
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"page-{width}-{scheme}.png", full_page=True)


def contrast(page: Page, first: str, second: str) -> float:
    """The WCAG's contrast of two colours of the style sheet."""
    lights = []
    for name in (first, second):
        text = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_without_webassembly_it_says_so_and_works(browser: Browser, built: Path) -> None:
    with opened(browser, built, query="?plain", locale="en", viewport={"width": 800, "height": 800}) as page:
        assert "no WebAssembly" in page.inner_text("#engine")
        assert any(pixels(page, "walk-canvas"))
