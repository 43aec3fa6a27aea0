"""Build the page that needs nothing: one HTML file with the networks inside, for a browser without a network.

    make page                 python tools/page.py        writes docs/build/page.html

The sources lie in `docs/page`: modules that name what they import, joined here one after the other; what they export
must be unique. Weights are rounded to 16 bits, with one scale for each row of a matrix.
`matmul.wasm` is `matmul.wat`, assembled (wat2wasm of the WebAssembly Binary Toolkit, or of wasmtime).
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[1]
SOURCE, TARGET = ROOT / "docs" / "page", ROOT / "docs" / "build" / "page.html"
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, models, sampling

Matrices = dict[str, Tensor]
Network = Any  # an nn.Module; its layers are asked for by name
SERIFS = ("DejaVuSerif", "STIX", "cmr", "cmb", "cmtt")  # how the fonts with serifs begin
LEAST = 0.92  # share of pictures in which a kind of icon must be read, or its word is marked
SLIDERS = ("slant", "weight", "width", "serifs")


def fold(weight: Tensor, bias: Tensor | None, norm: Network) -> tuple[Tensor, Tensor]:
    """A convolution and the batch normalisation after it as one: with running statistics both are linear."""
    scale = (norm.running_var + norm.eps).rsqrt() * (norm.weight if norm.affine else 1)
    shift = (norm.bias if norm.affine else 0) - norm.running_mean * scale
    return weight * scale.view(-1, *[1] * (weight.ndim - 1)), shift if bias is None else bias * scale + shift


def taps(weight: Tensor) -> Tensor:
    """A 3 x 3 kernel (outputs, inputs, 3, 3) as nine matrices below each other, (9 * outputs, inputs)."""
    return weight.permute(2, 3, 0, 1).reshape(-1, weight.shape[1])


def layer(name: str, weight: Tensor, bias: Tensor) -> Matrices:
    return {f"{name}.weight": weight, f"{name}.bias": bias.view(-1, 1)}


def letters() -> tuple[Network, Network]:
    """Notebook 06's long training: the average of its generator, and its discriminator."""
    own = definitions("06_conditional_gan", "setup", "parameters", "discriminator", given={"classes": 26})
    states = models.head_start("06_conditional_gan")[1]
    networks = models.ConditionalGenerator(26), own["ProjectionDiscriminator"]()
    for network, part in zip(networks, ("generator", "discriminator"), strict=True):
        network.load_state_dict(states[part])
        network.eval().requires_grad_(False)
    return networks


def letter_matrices(g: Network, d: Network) -> Matrices:
    layers, look = g.draw.layers, d.look.maps
    spread = nn.BatchNorm1d(64 * 49).eval()  # the first normalisation, for the 49 places of each channel
    norm = layers[2]
    pairs = {
        "running_mean": norm.running_mean,
        "running_var": norm.running_var,
        "weight": norm.weight,
        "bias": norm.bias,
    }
    for name, values in pairs.items():
        getattr(spread, name).data = values.repeat_interleave(49)
    found = {"letters.names": g.names.weight}
    found |= layer("letters.begin", *fold(layers[0].weight, layers[0].bias, spread))
    for name, (convolution, normalise) in {"first": (5, 6), "second": (8, 9)}.items():
        weight, bias = fold(layers[convolution].weight, None, layers[normalise])
        found |= layer(f"letters.{name}", taps(weight), bias)
    found |= layer("letters.paint", taps(layers[12].weight), layers[12].bias)
    for name, place in {"first": 0, "second": 2, "third": 4}.items():
        found |= layer(f"judge.{name}", look[place].weight.flatten(1), look[place].bias)
    head = d.look.head
    return found | {
        "judge.head": head.weight + d.names.weight / d.look.feature_count**0.5,
        "judge.offset": head.bias.view(1, 1),
    }


def icons() -> tuple[Network, Network, list[str], Callable[..., Tensor]]:
    """Notebook 10's words, its best generator, what it knows, and how it counts a sentence."""
    cells = ("setup", "parameters", "icons-data", "vocabulary", "bags", "words", "augmentation", "stage-one")
    own = definitions("10_stackgan", *cells, "conditional-norm")
    words, generator = own["new_words"](), own["StageOne"](straight=True)
    words.load_state_dict(models.head_start("10_stackgan")[1]["words"])
    generator.load_state_dict(models.head_start("10_pairs")[1]["generator"])
    return words.eval().requires_grad_(False), generator.eval().requires_grad_(False), own["vocabulary"], own["bags"]


def icon_matrices(words: Network, generator: Network) -> Matrices:
    cloud = generator.augment.layer
    found = {"icons.words": words.weight.T} | layer("icons.cloud", cloud.weight, cloud.bias)
    for block in ("first", "second", "third", "fourth"):
        told = generator.get_submodule(block)
        weight, bias = fold(told.conv.weight, None, told.norm)
        found |= layer(f"icons.{block}", taps(weight), bias)
        found |= layer(f"icons.{block}.say", told.say.weight, told.say.bias)
    found |= layer("icons.paint", taps(generator.paint.weight), generator.paint.bias)
    return found | layer("icons.begin", generator.begin.weight, generator.begin.bias)


def packed(matrices: Matrices) -> tuple[list[tuple[str, int, int]], str]:
    """Names and sizes, and in base64 the scales of all rows (float32), then all values (int16)."""
    scales, values, table = [], [], []
    for name, matrix in matrices.items():
        assert matrix.ndim == 2, name
        scale = (matrix.abs().amax(dim=1, keepdim=True) / 32767).clamp(min=1e-30)
        table.append((name, *matrix.shape))
        scales.append(scale.flatten())
        values.append((matrix / scale).round().flatten())
    content = torch.cat(scales).numpy().astype("<f4").tobytes() + torch.cat(values).numpy().astype("<i2").tobytes()
    return table, base64.b64encode(content).decode()


def directions(g: Network, hands: int = 400) -> Tensor:
    """Latent directions (4, 64), a unit of each a standard deviation of what the slider is named for.

    What a hand does is measured on its 26 letters: their slant, the thickness of their strokes (twice the ink over the
    length of its edge), their width and their serifs (slant and serifs by notebook 06's ruler, a linear map from pixels
    fitted on drawn letters). Four linear regressions on the latent give four arrows; each direction moves one of the
    four and leaves the other three, to first order.
    """
    own = definitions("06_conditional_gan", "setup", "ruler")
    drawn = data.images("glyphs", count=6000, characters=data.LETTERS, seed=5)
    serif = torch.tensor([font.startswith(SERIFS) for font in data.glyphs.FONTS], dtype=torch.float64)
    z = sampling.latents(hands, 64, seed=3)
    found = torch.zeros(hands, len(SLIDERS), dtype=torch.float64)
    for letter in range(26):
        ruler = own["fit_letter"](drawn.subset((drawn.labels == letter).nonzero().flatten()))
        pictures = sampling.generate(g, z, torch.full((hands,), letter))
        reads = own["pixels_of"](pictures) @ ruler
        bright = (pictures[:, 0].double() + 1) / 2
        edge = bright.diff(dim=1).abs().sum((1, 2)) + bright.diff(dim=2).abs().sum((1, 2))
        ink = bright.sum(1)  # (hands, 28): by column
        place = torch.arange(28, dtype=torch.float64)
        middle = (ink * place).sum(1) / ink.sum(1)
        width = ((ink * (place - middle[:, None]) ** 2).sum(1) / ink.sum(1)).sqrt()
        found += torch.stack([reads[:, 0], 2 * ink.sum(1) / edge, width, reads[:, 4:] @ serif], dim=1)
    found = (found - found.mean(0)) / found.std(0)
    arrows = torch.linalg.lstsq(z.double(), found).solution.T  # (4, 64)
    return torch.linalg.pinv(arrows).T.float()


def rounds(g: Network, d: Network) -> dict[str, Any]:
    """Eighty real letters to judge, and how often the discriminator is right on 2,000 of each sort."""
    real = data.images("glyphs", count=2000, characters=data.LETTERS, seed=99)
    fakes = sampling.generate(g, sampling.latents(2000, 64, seed=99), real.labels)
    with torch.no_grad():
        caught, passed = ((d(x, real.labels) < 0).float().mean().item() for x in (fakes, real[:]))
    pixels = real.pixels[:80].contiguous().numpy().tobytes()
    return {
        "pixels": base64.b64encode(pixels).decode(), "letters": real.labels[:80].tolist(),
        "sensitivity": round(caught, 3), "specificity": round(1 - passed, 3),
    }  # fmt: skip


@torch.no_grad()
def weak_kinds(words: Network, generator: Network, bags: Callable[..., Tensor], count: int = 48) -> list[str]:
    """Kinds of icons that the judge of notebook 10 reads rightly too seldom; people are stricter still."""
    judge, found = models.pretrained("classifier-icons"), []
    colours, random = list(data.icons.COLOURS), torch.Generator().manual_seed(5)
    for k, kind in enumerate(data.icons.KINDS):
        sizes, grounds = ("large", "large", "small"), ("white", "cream")
        sentences = [f"a {sizes[n % 3]} {colours[n % 8]} {kind}, on {grounds[n % 2]}" for n in range(count)]
        e = words(bags(sentences))
        read = judge(generator(torch.randn(count, 32, generator=random), e))[:, : len(data.icons.KINDS)].argmax(1)
        found += [kind] if (read == k).double().mean() < LEAST else []
    return found


@torch.no_grad()
def content() -> dict[str, Any]:
    """All that the page's script is given."""
    with contextlib.redirect_stdout(io.StringIO()):  # cells of notebooks print
        (g, d), (words, generator, vocabulary, bags) = letters(), icons()
        ways, weak = directions(g).tolist(), weak_kinds(words, generator, bags)
    table, values = packed(letter_matrices(g, d) | icon_matrices(words, generator))
    return {
        "table": table, "values": values, "vocabulary": vocabulary, "weak": weak, "judge": rounds(g, d),
        "kernel": base64.b64encode((SOURCE / "matmul.wasm").read_bytes()).decode(),
        "sliders": {name: [round(v, 4) for v in way] for name, way in zip(SLIDERS, ways, strict=True)},
    }  # fmt: skip


def script() -> str:
    """The modules in an order in which each comes after those that it imports, without their imports and exports."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted((SOURCE / "scripts").glob("*.js"))}
    joined: list[str] = []

    def add(name: str) -> None:
        if name in joined:
            return
        for needed in re.findall(r'^import .* from "\./(.+)";$', sources[name], re.MULTILINE):
            add(needed)
        joined.append(name)

    for name in sources:
        add(name)
    return "\n".join(map(closed, joined, (sources[name] for name in joined)))


def closed(name: str, source: str) -> str:
    """A module as a function that is called at once and gives back what it exports: its other names stay its own."""
    exported = re.findall(r"^export (?:function|class|const) (\w+)", source, flags=re.MULTILINE)
    inside = re.sub(r"^import [^;]*;\n|^export ", "", source, flags=re.MULTILINE)
    names = "" if not exported else f"const {{ {', '.join(exported)} }} = "
    return f"{names}(() => {{ // {name}\n{inside}return {{ {', '.join(exported)} }};\n}})();"


def build(target: Path = TARGET) -> int:
    """Write the page; return its size in bytes."""
    page = (SOURCE / "index.html").read_text(encoding="utf-8")
    parts = {"style": (SOURCE / "style.css").read_text(encoding="utf-8"), "script": script()}
    parts["data"] = json.dumps(content(), separators=(",", ":"))
    for name, text in parts.items():
        assert page.count(f"/* {name} */") == 1, name
        page = page.replace(f"/* {name} */", text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    return len(page.encode())


def main() -> None:
    """Build the page."""
    torch.set_num_threads(1)
    print(f"{TARGET.relative_to(ROOT)}: {build() / 1e6:.2f} MB; open it with a double click.")


if __name__ == "__main__":
    main()
