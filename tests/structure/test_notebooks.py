"""What nbval cannot see: order, errors, ids, sizes, alt texts, dead prose, and that the network really is blocked."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from smoke import smoke_copy

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


def cells(path: Path, kind: str = "code") -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def code_lines(cell: nbformat.NotebookNode) -> int:
    return len([line for line in cell.source.splitlines() if line.strip()])


def test_notebooks_are_numbered_without_a_gap() -> None:
    assert [path.name[:2] for path in PATHS] == [f"{number:02}" for number in range(len(PATHS))]


@EACH
def test_executed_once_from_top_to_bottom_without_errors(path: Path) -> None:
    code = cells(path)
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell.outputs:
            assert output.output_type != "error", f"{cell.id} ended in an error"
            assert output.get("name") != "stderr", f"{cell.id} wrote to stderr: {output.get('text')}"
            assert "UsageError" not in str(output.get("text", "")), f"{cell.id} has an unknown magic"


@EACH
def test_file_is_valid_small_and_diffable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    nbformat.validate(json.loads(text))
    assert len(text.encode()) < 600_000
    assert text.count("\n") > 200, "one-line JSON loses a teacher's changes on conflict"
    ids = [cell["id"] for cell in json.loads(text)["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in ids), "ids are words, so that tests can name cells"
    assert str(ROOT) not in text, "a path of this machine"


@EACH
def test_widgets_are_stored_with_their_state(path: Path) -> None:
    metadata = nbformat.read(path, as_version=4).metadata
    if "widgets" in metadata:  # without a state GitHub shows no notebook at all
        assert metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]


@EACH
def test_code_cells_are_short(path: Path) -> None:
    lengths = [code_lines(cell) for cell in cells(path)]
    assert statistics.median(lengths) <= 6
    assert max(lengths) <= 25
    to_read = [code_lines(cell) for cell in cells(path) if "exercise" not in cell.metadata.get("tags", [])]
    assert sum(to_read) <= 330, "the reader's code; stubs of exercises are the student's"


@EACH
def test_prose_is_short_and_there_is_some(path: Path) -> None:
    # Code and what is folded away (hints, solutions, the teacher's notes) is not read on the way through.
    apart = re.compile(r"```.*?```|<details>.*?</details>", re.DOTALL)
    prose = {cell.id: apart.sub("", cell.source) for cell in cells(path, "markdown")}
    words = {name: len(text.split()) for name, text in prose.items()}
    assert all(count <= 200 for count in words.values()), {k: v for k, v in words.items() if v > 200}
    assert 600 <= sum(words.values()) <= 2600


@EACH
def test_every_figure_has_an_alt_text(path: Path) -> None:
    figures = [
        (cell.id, output) for cell in cells(path) for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    assert len(figures) >= 4
    for name, output in figures:
        alt = output.metadata.get("image/png", {}).get("alt", "")
        assert len(alt.split()) >= 5, f"the figure of {name} needs an alt text"


@EACH
def test_the_anatomy(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    first = notebook.cells[0].source
    assert first.startswith(f"# {path.name[:2]} · ")
    assert re.search(r"measured:start -->\n\n\*\*\d+ minutes? on one CPU thread\*\* ", first), "run `make bench`"
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("parameters") == 1
    assert tags.count("exercise") >= 4
    assert not any("skip" in tag.lower() for tag in tags)
    headings = re.findall(r"^## (.+)$", "\n".join(cell.source for cell in cells(path, "markdown")), re.MULTILINE)
    for heading in ("You will be able to", "Break one thing", "Exercises", "What you saw", "References"):
        assert heading in headings


@EACH
def test_closed_forms_are_compared_by_nbval(path: Path) -> None:
    compared = [cell for cell in cells(path) if "NBVAL_CHECK_OUTPUT" in cell.source]
    assert len(compared) >= 3
    for cell in compared:
        text = "".join(output.get("text", "") for output in cell.outputs)
        assert text.strip(), f"{cell.id} compares nothing"
    source = "\n".join(cell.source for cell in cells(path))
    assert not re.search(r"NBVAL_(SKIP|IGNORE_OUTPUT|RAISES_EXCEPTION)", source)


@EACH
def test_it_can_be_run_in_smoke_and_promises_are_not_bare_asserts(path: Path) -> None:
    copy = smoke_copy(path)
    assert copy.cells[0].source == nbformat.read(path, as_version=4).cells[0].source, "nothing else is changed"
    for cell in cells(path):
        assert not re.search(r"^\s*assert ", cell.source, re.MULTILINE), f"{cell.id}: use teaching.expect"


@EACH
def test_headers_are_read_as_markdown(path: Path) -> None:
    """A paragraph that begins with an HTML comment is passed through as it stands, asterisks and all."""
    for cell in cells(path, "markdown"):
        page = re.sub(r"<code.*?</code>|\$\$.*?\$\$|\$.*?\$", "", MarkdownIt().render(cell.source), flags=re.DOTALL)
        assert not re.findall(r"^.*\*\*.*$", page, re.MULTILINE), cell.id


@pytest.fixture(scope="module")
def kernel() -> Iterator[RunningKernel]:
    """A kernel as nbval starts it for a notebook: the same class, folder and environment."""
    running = RunningKernel(CURRENT_ENV_KERNEL_NAME, cwd=str(ROOT / "notebooks"), startup_timeout=600)
    yield running
    running.stop()


def ends(kernel: RunningKernel, code: str) -> str:
    """What a kernel says to a piece of code: "ok", or the error's message."""
    reply = kernel.kc.execute_interactive(code, timeout=600, output_hook=lambda message: None)["content"]
    return "ok" if reply["status"] == "ok" else reply["evalue"]


def test_notebooks_run_without_a_network(kernel: RunningKernel) -> None:
    """Were the block missing in the kernels, as it once was, these would time out or succeed."""
    attempts = (
        "import socket; s = socket.socket(); s.settimeout(1); s.connect(('192.0.2.1', 80))",
        "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('192.0.2.1', 80))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 80))",
        "import socket; socket.gethostbyname('example.org')",
        "import urllib.request; urllib.request.urlopen('http://example.org')",
        "import os; os.environ['GANUTILS_DATA'] = '/nowhere'; from ganutils import data; data.images('mnist')",
    )
    for code in attempts:
        assert "the network is blocked in this test" in ends(kernel, code), code
    local = "s = socket.create_server(('127.0.0.1', 0)); _ = socket.create_connection(s.getsockname())"
    assert ends(kernel, local) == "ok", "Jupyter itself talks to its kernels"
    again = "s = socket.create_server(('127.0.0.1', 0)); assert socket.socket().connect_ex(s.getsockname()) == 0"
    assert ends(kernel, again) == "ok"
