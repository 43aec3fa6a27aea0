import io
import warnings

import IPython.display
import numpy as np
import pytest
import torch
from PIL import Image

from ganutils.training import GanStep
from ganutils.viz import diagram, figures


def test_numbers_become_pixels_exactly_and_are_clamped() -> None:
    images = torch.tensor([-1.0, 0.0, 1.0, 7.0]).view(4, 1, 1, 1).expand(4, 1, 2, 2)
    pixels = np.asarray(figures.tile(images, columns=4, gap=0))
    assert pixels.shape == (2, 8)
    assert pixels[0, ::2].tolist() == [0, 128, 255, 255]


def test_tiles_keep_their_order_and_pad_the_last_row() -> None:
    images = torch.linspace(-1, 1, 5).view(5, 1, 1, 1)
    pixels = np.asarray(figures.tile(images, columns=3, gap=0))
    assert pixels.tolist() == [[0, 64, 128], [191, 255, 0]]


def test_colour_and_scale() -> None:
    picture = figures.tile(torch.zeros(4, 3, 5, 6), columns=2, scale=3)
    assert picture.mode == "RGB"
    assert picture.size == (3 * (2 * 7 - 1), 3 * (2 * 6 - 1))


@pytest.mark.parametrize("shape", [(4, 2, 8, 8), (4, 8, 8), (0, 1, 8, 8)])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Pictures must be of shape"):
        figures.tile(torch.zeros(shape))


def test_smoothing_is_a_running_mean() -> None:
    assert figures.smooth([1.0, 3.0, 5.0, 7.0, 9.0, 11.0], 2).tolist() == [1.0, 3.0, 5.0, 7.0, 8.0, 10.0]


def test_a_large_first_value_leaves_the_mean_at_once_and_not_where_the_window_is_full() -> None:
    assert (figures.smooth([1000.0] + [1.0] * 99, 50)[4:] == 1).all()


def test_helpers_return_axes_with_titles_and_labels() -> None:
    made, axes = figures.figure(3)
    history = [GanStep(i, 1.0, 2.0, 0.5, -0.5) for i in range(1, 5)]
    for ax in (
        figures.curves(history, "d_loss", "g_loss", ax=axes[0]),
        figures.points(torch.randn(9, 2), torch.randn(9, 2), title="Points", ax=axes[1]),
    ):
        assert ax.get_title()
        assert ax.get_xlabel()
        assert ax.get_ylabel()
    assert figures.image_grid(torch.zeros(4, 1, 8, 8), title="Grid", ax=axes[2]).get_title() == "Grid"
    assert Image.open(io.BytesIO(figures.png(made))).width > 500


@pytest.mark.parametrize(
    ("first", "level", "scale"), [(60.0, 1.0, "log"), (5.0, 1.0, "linear"), (60.0, -1.0, "linear")]
)
def test_the_axis_of_losses_is_logarithmic_where_the_first_steps_would_flatten_the_rest(
    first: float, level: float, scale: str
) -> None:
    history = [GanStep(step, first if step < 20 else level, 1.0, 0.5, -0.5) for step in range(1, 400)]
    _, ax = figures.figure()
    assert figures.curves(history, "d_loss", ax=ax).get_yscale() == scale


def test_the_legend_of_points_stands_clear_of_the_label_of_small_axes() -> None:
    made, axes = figures.figure(4, rows=2, width=8.4, height=4.2)
    ax = figures.points(torch.randn(9, 2), torch.randn(9, 2), title="Points", ax=axes[1, 1])
    made.canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    assert not legend.get_window_extent().overlaps(ax.xaxis.label.get_window_extent())


def test_a_name_stands_over_the_middle_of_its_column() -> None:
    _, ax = figures.figure()
    figures.image_grid(torch.zeros(6, 1, 8, 8), title="Named", ax=ax, columns=3, column_names="ABC")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["A", "B", "C"]
    assert ax.get_xticks().tolist() == [3.5, 12.5, 21.5]  # each column is 8 pixels and a gap of 1; pixel 0 spans ±0.5


def test_greys_beside_a_colourful_map_stay_grey() -> None:
    made, axes = figures.figure(2)
    ramp = torch.linspace(-1, 1, 256).view(1, 1, 16, 16)
    figures.image_grid(ramp, title="Grey", ax=axes[0])
    axes[1].imshow(torch.linspace(-1, 1, 400).view(20, 20).numpy(), cmap="PuOr")
    pixels = np.asarray(Image.open(io.BytesIO(figures.png(made))).convert("RGB")).astype(int)
    half = pixels[:, : pixels.shape[1] // 2]
    assert np.ptp(half, axis=-1).max() == 0
    assert len(np.unique(half)) > 8, "and more than black and white is left of them"
    assert np.ptp(pixels, axis=-1).max() > 100, "colours stay colours"


def test_black_text_stays_black_above_a_picture_of_many_dark_colours() -> None:
    random = np.random.default_rng(0)
    pixels = np.full((100, 400, 3), 255, np.uint8)
    pixels[40:] = random.integers(0, 256, (60, 400, 3)) // np.array([3, 1, 2])  # noise, much of it nearly black
    pixels[10:12, 10:40] = 0
    after = np.asarray(figures.few_colours(Image.fromarray(pixels)).convert("RGB"))
    assert (after[10:12, 10:40] < 30).all()
    assert (after[:10] > 225).all()


def test_faint_greys_beside_colours_do_not_overflow() -> None:
    """Their range is less than 32, and whole numbers of eight bits have no sign."""
    down, across = np.mgrid[:64, :64]
    pixels = np.stack([4 * across, 4 * down, 255 - 4 * across], axis=-1).astype(np.uint8)
    pixels[:8] = np.linspace(245, 255, 64).round().astype(np.uint8)[None, :, None]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.few_colours(Image.fromarray(pixels))


def test_pale_colours_beside_strong_ones_stay_pale_and_apart() -> None:
    """A map of a discriminator's doubts: pale purple and pale green once became one pale blue."""
    made, axes = figures.figure(4, width=10.4, height=3)
    ramp, random = np.linspace(0, 1, 60), np.random.default_rng(0)
    for strength, ax in enumerate(axes, start=1):
        doubts = (0.5 + 0.2 * strength * np.outer(ramp - 0.5, ramp)).clip(0, 1).round(1)
        ax.imshow(doubts, cmap="PRGn", alpha=0.7, vmin=0, vmax=1)
        ax.scatter(*random.uniform(0, 59, (2, 300)), s=6, color=figures.FAKE)
        ax.scatter(*random.uniform(0, 59, (2, 8)), s=60, facecolors="none", edgecolors=figures.REAL)
    buffer = io.BytesIO()
    made.savefig(buffer, format="png", dpi=130)
    before = Image.open(buffer).convert("RGB")
    after = figures.few_colours(before).convert("RGB")
    away = np.abs(np.asarray(before).astype(int) - np.asarray(after)).max(axis=-1)
    assert (away > 12).mean() < 0.02


def test_show_carries_the_alt_text_and_insists_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = figures.figure()
    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda content, **options: shown.append((content, options)))
    figures.show(made, "A figure that shows nothing.")
    ((content, options),) = shown
    assert options["metadata"]["image/png"]["alt"] == "A figure that shows nothing."
    assert content["text/plain"] == "A figure that shows nothing."
    with pytest.raises(ValueError, match="alt text"):
        figures.show(made, "  ")


def test_a_diagram_draws_every_block_and_refuses_arrows_to_nowhere() -> None:
    _, ax = figures.figure()
    blocks = {"G": (0.0, 0.0), "D": (1.0, 0.0)}
    diagram(blocks, [("G", "D")], title="Game", ax=ax, backward=[("D", "G")], cut=[("D", "G")])
    texts = [text.get_text() for text in ax.texts]
    assert {"G", "D", "✂"} <= set(texts)
    assert texts.count("") == 3, "one arrow for each pair"
    with pytest.raises(ValueError, match="There is no block 'E'; the blocks are G, D"):
        diagram(blocks, [("G", "E")], title="Game", ax=ax)


def test_captioned_pictures_stand_below_their_own_sentences() -> None:
    shades = torch.linspace(-1, 1, 5).view(5, 1, 1, 1).expand(5, 3, 8, 8)
    sentences = [f"a picture whose number in the row is {k}, with more words than fit in one line" for k in range(5)]
    axes = figures.captioned(shades, sentences, columns=3, width=6.0).axes
    assert len(axes) == 6
    for k, (ax, sentence) in enumerate(zip(axes, sentences, strict=False)):
        assert ax.get_title().replace("\n", " ") == sentence
        assert "\n" in ax.get_title()
        assert np.asarray(ax.images[0].get_array())[0, 0].tolist() == [[0, 64, 128, 191, 255][k]] * 3
    assert not axes[5].images
    assert not axes[5].axison
