import base64
import io

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from ganutils.viz import pad


class Plane(nn.Module):
    """Draws its two latents as the brightness of the left and of the right half."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.25))

    def forward(self, z: Tensor) -> Tensor:
        if z.shape[1] != 2:
            raise RuntimeError("two latents, please")
        return (self.scale * z).view(-1, 1, 1, 2).repeat_interleave(4, 3).expand(-1, 1, 8, 8)


def pixels(address: str) -> Image.Image:
    kind, data = address.split(",")
    assert kind == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("L")


def test_the_picture_follows_the_place() -> None:
    latent_pad = pad.LatentPad(Plane(), title="halves")
    first = pixels(latent_pad.widget.picture)
    assert first.size == (8, 8)
    assert first.getpixel((0, 0)) == first.getpixel((7, 0)) == 128
    latent_pad.widget.place = [2.0, -2.0]
    moved = pixels(latent_pad.widget.picture)
    assert moved.getpixel((0, 0)) == 191
    assert moved.getpixel((7, 0)) == 64


def test_the_map_runs_to_the_right_and_upwards() -> None:
    drawn = pixels(pad.LatentPad(Plane(), extent=3.0, tiles=3, title="halves").widget.map)
    assert drawn.size == (24, 24)
    assert drawn.getpixel((0, 0)) < drawn.getpixel((16, 0)), "the first latent grows to the right"
    assert drawn.getpixel((7, 16)) < drawn.getpixel((7 + 16, 0)), "the second grows upwards"


def test_later_training_does_not_reach_the_pad() -> None:
    decoder = Plane()
    latent_pad = pad.LatentPad(decoder, title="halves")
    with torch.no_grad():
        decoder.scale.zero_()
    latent_pad.widget.place = [2.0, 2.0]
    assert pixels(latent_pad.widget.picture).getpixel((0, 0)) == 191
    assert decoder.scale.requires_grad


def test_a_decoder_of_other_latents_is_refused() -> None:
    class Three(Plane):
        def forward(self, z: Tensor) -> Tensor:
            return super().forward(z.repeat(1, 2))

    with pytest.raises(ValueError, match=r"latents \(n, 2\)"):
        pad.LatentPad(Three(), title="wrong")
