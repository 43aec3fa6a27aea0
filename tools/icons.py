"""Draw data/icons.png, a sheet of icons with captions: python tools/icons.py."""

from pathlib import Path

from ganutils import data, viz


def main() -> None:
    """Six rows of 64 px, as they come from seed 1."""
    icons = data.images("icons", count=96, size=64, seed=1)
    figure, ax = viz.figure(width=13, height=5.2)
    viz.image_grid(icons[:], ax=ax, columns=16, title=f'Icons. The first: "{(icons.captions or ("",))[0]}"')
    figure.savefig(Path(__file__).resolve().parents[1] / "data" / "icons.png", dpi=100)


if __name__ == "__main__":
    main()
