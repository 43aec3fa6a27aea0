"""A private JupyterLab and a page that drives it, for the browser tests and the slider benchmark."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, sync_playwright
from smoke import smoke_copy

# Nothing is judged by the clock: this only ends a test that would never end, also beside a busy neighbour.
PATIENCE = 1800.0
KEY_PATIENCE = 600.0  # after which a key that moves no pixel is taken for one that never will
ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
OVERRIDES = {
    # Cells far below are otherwise not in the page, and the tests could not see them.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "scrollPastEnd": False},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
PAGE_SIDE = """
window.driver = {
  panel: () => [...(window.jupyterapp?.shell?.widgets('main') ?? [])].find((w) => w.sessionContext && w.content?.model),
  cells() {
    return [...this.panel().content.model.cells].map((cell) => ({
      id: cell.id, code: cell.type === 'code', running: cell.executionState === 'running',
      count: cell.executionCount ?? null, outputs: cell.type === 'code' ? cell.outputs.toJSON() : [],
    }));
  },
  idle() {
    const session = this.panel()?.sessionContext;
    return session?.isReady && session.session?.kernel?.status === 'idle';
  },
  pending: 0,
  start(command, ids) {  // an earlier run's outputs and counts must not be taken for this one's
    for (const cell of this.panel().content.model.cells) {
      if (cell.type === 'code' && (!ids || ids.includes(cell.id))) cell.clearExecution();
    }
    this.pending += 1;
    window.jupyterapp.commands.execute(command).finally(() => { this.pending -= 1; });
  },
  async value(expression) {  // asked of the notebook's own kernel
    const request = {code: '', store_history: false, user_expressions: {value: expression}};
    const reply = await this.panel().sessionContext.session.kernel.requestExecute(request).done;
    return reply.content.user_expressions.value.data?.['text/plain'];
  },
  async ping() {
    const sent = performance.now();
    await this.panel().sessionContext.session.kernel.requestExecute({code: '', store_history: false}).done;
    return performance.now() - sent;
  },
  finished() { return this.pending === 0 && !this.cells().some((cell) => cell.running) && this.idle(); },
  select(id) {
    const notebook = this.panel().content;
    notebook.activeCellIndex = [...notebook.model.cells].findIndex((cell) => cell.id === id);
    notebook.deselectAll(); notebook.mode = 'command'; notebook.node.focus();
  },
  pixels(img) {
    const canvas = new OffscreenCanvas(img.naturalWidth, img.naturalHeight);
    const ink = canvas.getContext('2d', {willReadFrequently: true});
    ink.drawImage(img, 0, 0);
    const words = new Uint32Array(ink.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return words.reduce((hash, word) => Math.imul(hash ^ word, 16777619) >>> 0, 2166136261);
  },
  async shown(img) {  // the same, of a picture that may be on its way: between two of them there is none to read
    for (const end = performance.now() + PATIENCE; performance.now() < end;) {
      if (await img.decode().then(() => img.naturalWidth > 0, () => false)) return this.pixels(img);
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error('no picture comes');
  },
  painted: () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done; channel.port2.postMessage(null);
  })),
  other: (img, seen) => new Promise((done) => {
    if (img.src !== seen) { done(); return; }
    const watcher = new MutationObserver(() => { watcher.disconnect(); done(); });
    watcher.observe(img, {attributes: true, attributeFilter: ['src']});
  }),
  async change(img, before) {  // milliseconds from the next key to other pixels on the screen
    let seen = img.src;
    const pressed = await new Promise((done) => window.addEventListener(
      'keydown', (event) => done(event.timeStamp), {capture: true, once: true}));
    for (;;) {
      await this.other(img, seen);
      seen = img.src;
      this.arrived = performance.now() - pressed;
      if (!await img.decode().then(() => true, () => false)) continue;  // replaced meanwhile: the newer one counts
      await this.painted();
      const milliseconds = performance.now() - pressed;
      if (await this.shown(img) !== before) return milliseconds;
    }
  },
  async arm(img) {
    const before = await this.shown(img);
    const late = new Promise((done) => setTimeout(() => done(Infinity), PATIENCE));
    this.armed = Promise.race([this.change(img, before), late]);
  },
  height() {
    const outer = this.panel().node.querySelector('.jp-WindowedPanel-outer');
    outer.scrollTop = 0;
    const last = this.panel().content.widgets.at(-1).node.getBoundingClientRect().bottom;
    return Math.ceil(window.innerHeight + last - outer.getBoundingClientRect().bottom + 24);
  },
};
"""


def chromium() -> str | None:
    """The system's Chromium or Chrome, if there is one."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def required_chromium() -> str:
    """The same for a test: without one it is skipped, or fails where GANUTILS_REQUIRE_BROWSER is set."""
    executable = chromium()
    if executable is None:
        reason = "no Chromium or Chrome on this machine; install one to test in a browser"
        if os.environ.get("GANUTILS_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return executable


@dataclass
class Notebook:
    """One open notebook in the browser."""

    page: Page

    def ask(self, call: str) -> Any:
        return self.page.evaluate(f"driver.{call}")

    def wait(self, expression: str, seconds: float) -> None:
        self.page.wait_for_function(expression, timeout=1000 * seconds, polling=50)

    def wait_finished(self, seconds: float = PATIENCE) -> None:
        self.wait("driver.finished()", seconds)

    def problems(self) -> list[str]:
        """Cells with an error in the output, and code cells that did not run."""
        found = []
        for cell in self.ask("cells()"):
            found += [f"{cell['id']}: {o['ename']}" for o in cell["outputs"] if o["output_type"] == "error"]
            found += [f"{cell['id']}: not run"] if cell["code"] and cell["count"] is None else []
        return found

    def run_all(self, seconds: float = PATIENCE) -> list[str]:
        self.ask("start('notebook:run-all-cells')")
        self.wait_finished(seconds)
        return self.problems()

    def start_cell(self, cell: str) -> None:
        self.ask(f"select({cell!r})")
        self.ask(f"start('notebook:run-cell', [{cell!r}])")

    def text(self, cell: str) -> str:
        outputs = next(c["outputs"] for c in self.ask("cells()") if c["id"] == cell)
        return "".join("".join(o["text"]) for o in outputs if "text" in o)

    def value(self, expression: str) -> str:
        """What a Python expression is in the notebook's kernel, as text."""
        return str(self.page.evaluate("(expression) => driver.value(expression)", expression))

    def wait_pixels(self, image: Locator, seen: int, *, equal: bool = True, seconds: float = PATIENCE) -> None:
        """Wait until a picture's pixels are those that were seen, or are others."""
        image.evaluate(
            """async (img, [seen, equal, limit]) => {
              const end = performance.now() + limit;
              while ((await driver.shown(img) === seen) !== equal) {
                if (performance.now() > end) throw new Error(equal ? "the picture stays another" : "nothing moves");
                await new Promise((done) => setTimeout(done, 20));
              }
            }""",
            [seen, equal, 1000 * seconds],
        )

    def outputs(self, cell: str) -> Locator:
        """The output area of one cell."""
        index = [c["id"] for c in self.ask("cells()")].index(cell)
        return self.page.locator(".jp-Cell").nth(index).locator(".jp-OutputArea")

    def press(self, handle: Locator, image: Locator, key: str) -> float:
        """Press a key on a slider; milliseconds until its picture has changed on the screen."""
        image.evaluate("(img) => driver.arm(img)")
        handle.press(key)
        milliseconds = float(self.page.evaluate("driver.armed"))
        self.wait_finished()
        return milliseconds

    def ping(self) -> float:
        """Milliseconds to the kernel and back, with nothing to do there."""
        return float(self.page.evaluate("driver.ping()"))

    def milliseconds(self, call: str, *, clock: str = "perf_counter") -> float:
        """What a call takes in the notebook's kernel, the best of five, by one of the clocks of `time`."""
        repeat = f"{call}, timer=__import__('time').{clock}, number=1, repeat=5"
        return 1000 * float(self.value(f"min(__import__('timeit').repeat({repeat}))"))

    def set(self, **values: Any) -> None:
        """Assign names in the notebook's kernel."""
        self.value(f"globals().update({', '.join(f'{name}={value!r}' for name, value in values.items())})")

    def raw_marks(self) -> list[str]:
        """Lines of rendered Markdown cells in which a mark is left as it was typed."""
        text = "\n".join(self.page.locator(".jp-RenderedMarkdown").all_inner_texts())
        return [line for line in text.splitlines() if "**" in line or "](" in line]

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):  # a taller window lays the cells out anew
            self.page.set_viewport_size({"width": 1280, "height": min(int(self.ask("height()")), 15_000)})
            self.ask("painted()")
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").screenshot(path=path)
        self.page.set_viewport_size({"width": 1280, "height": 900})


@dataclass
class Lab:
    """A running JupyterLab over a copy of the notebooks."""

    url: str
    token: str
    page: Page

    def _call(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}api/{path}", method=method, headers=headers)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=PATIENCE) as reply:
            return json.loads(reply.read() or b"null")

    def stop_kernels(self) -> None:
        """A kernel outlives its page; stop them all."""
        for session in self._call("GET", "sessions"):
            self._call("DELETE", f"sessions/{session['id']}")

    @contextmanager
    def opened(self, name: str) -> Iterator[Notebook]:
        """Open a notebook in a workspace of its own and wait for its kernel."""
        self.page.goto(f"{self.url}doc/workspaces/{secrets.token_hex(4)}/tree/{name}")
        notebook = Notebook(self.page)
        notebook.wait("window.driver?.idle()", PATIENCE)
        self.page.bring_to_front()
        try:
            yield notebook
        finally:
            self.stop_kernels()


def _environment(base: Path) -> dict[str, str]:
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    folders = {name: base / name.lower() for name in names}
    for folder in folders.values():
        folder.mkdir(parents=True)
    settings = folders["JUPYTER_CONFIG_DIR"] / "labconfig"
    settings.mkdir()
    (settings / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES))
    (settings / "page_config.json").write_text(json.dumps({"buildCheck": False}))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON"))}
    return kept | {name: str(folder) for name, folder in folders.items()}


@contextmanager
def running_lab(base: Path, executable: str, *, smoke: bool = False) -> Iterator[Lab]:
    """Start JupyterLab on a free port over a copy of `notebooks/`, and a page of headless Chromium.

    The folder's name is one that students have: with a space and Chinese characters.
    """
    root, token, log = base / "课程 notebooks", secrets.token_hex(16), base / "server.log"
    shutil.copytree(ROOT / "notebooks", root, ignore=shutil.ignore_patterns("runs", ".*"))
    for path in root.glob("[0-9]*.ipynb") if smoke else ():
        nbformat.write(smoke_copy(path), path)
    environment = _environment(base)
    options = {
        "ServerApp.port": "0", "ServerApp.allow_root": "True", "ServerApp.open_browser": "False",
        "ServerApp.root_dir": str(root), "IdentityProvider.token": token, "LabApp.expose_app_in_browser": "True",
        "ServerApp.shutdown_no_activity_timeout": "900",
        "ServerApp.kernel_websocket_connection_class": "ganutils.server.PromptConnection",  # as `make lab`
    }  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    with log.open("wb") as sink:
        server = subprocess.Popen(command, env=environment, cwd=root, stdout=sink, stderr=sink)
    try:
        info = _announced(Path(environment["JUPYTER_RUNTIME_DIR"]), server, log)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=executable, args=CHROMIUM_FLAGS, env={**os.environ, "HOME": str(base / "home")}
            )
            headers = {"Authorization": f"token {token}"}
            context = browser.new_context(viewport={"width": 1280, "height": 900}, extra_http_headers=headers)
            context.add_init_script(PAGE_SIDE.replace("PATIENCE", str(1000 * KEY_PATIENCE)))
            context.set_default_timeout(1000 * PATIENCE)
            context.set_default_navigation_timeout(1000 * PATIENCE)
            lab = Lab(info["url"], token, context.new_page())
            try:
                yield lab
            finally:
                lab.stop_kernels()
                browser.close()
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


def _announced(runtime: Path, server: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """What the server writes about itself once it runs: its port, among others."""
    for _ in range(round(10 * PATIENCE)):
        if server.poll() is not None:
            break
        for path in runtime.glob("jpserver-*.json"):
            try:
                return dict(json.loads(path.read_text()))
            except ValueError:  # half written; look again
                continue
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
