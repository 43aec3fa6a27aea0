"""Own pictures: what phones, scanners and the web put into a folder, and a clear sentence for what cannot be used."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganutils import data
from ganutils.data import own_pictures


def save(path: Path, size: tuple[int, int], grey: int = 128) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), grey, np.uint8)).save(path)


def test_a_folder_with_classes(tmp_path: Path) -> None:
    save(tmp_path / "cats" / "a.png", (40, 30), grey=0)
    save(tmp_path / "dogs" / "b.jpg", (30, 50), grey=255)
    images = data.folder(tmp_path, size=16)
    assert images.pixels.shape == (2, 3, 16, 16)
    assert images.classes == ("cats", "dogs")
    assert images.labels.tolist() == [0, 1]
    assert images[1].min() > 0.98
    assert data.folder(tmp_path, size=16, colour=False).pixels.shape == (2, 1, 16, 16)


def test_a_flat_folder_of_one_size_needs_no_size(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (12, 20))
    save(tmp_path / "b.png", (12, 20))
    assert data.folder(tmp_path).pixels.shape == (2, 3, 20, 12)


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(data.DataError, match="There is no folder"):
        data.folder(tmp_path / "nowhere")
    with pytest.raises(data.DataError, match="holds no pictures"):
        data.folder(tmp_path)
    save(tmp_path / "a.png", (10, 10))
    save(tmp_path / "b.png", (20, 10))
    with pytest.raises(data.DataError, match=r"2 sizes .*pass size=64"):
        data.folder(tmp_path)


def test_a_phone_picture_is_turned_upright(tmp_path: Path) -> None:
    lying = np.zeros((20, 40, 3), np.uint8)
    lying[:, :20] = 255  # bright on the left; EXIF 6: turn a quarter clockwise, so bright on top
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(lying).save(tmp_path / "phone.jpg", exif=exif, quality=95)
    (picture,) = data.folder(tmp_path).pixels.float()
    assert picture.shape == (3, 40, 20)
    assert picture[:, :18].mean() > 250
    assert picture[:, 22:].mean() < 5


def test_sixteen_bits_keep_their_shades(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "scan.png")
    pixels = data.folder(tmp_path, colour=False).pixels.flatten()
    torch.testing.assert_close(pixels, torch.arange(256, dtype=torch.uint8), atol=1, rtol=0)


@pytest.mark.parametrize("largest", [1, 255, 4096])
def test_floating_point_pictures_keep_their_shades(tmp_path: Path, largest: int) -> None:
    Image.fromarray(np.linspace(0, largest, 256, dtype=np.float32).reshape(16, 16)).save(tmp_path / "scan.tiff")
    pixels = data.folder(tmp_path, colour=False).pixels.flatten()
    torch.testing.assert_close(pixels, torch.arange(256, dtype=torch.uint8), atol=1, rtol=0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_the_background(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGBA", (10, 10), (0, 0, 0, 0))  # an icon: black ink, nothing around it
    picture.paste((0, 0, 0, 255), (0, 0, 10, 5))
    if mode == "P":
        picture.quantize(4).save(tmp_path / "icon.png", transparency=picture.quantize(4).getpixel((9, 9)))
    else:
        picture.convert(mode).save(tmp_path / "icon.png")
    assert data.folder(tmp_path).pixels[0, 0, :, 0].tolist() == [0] * 5 + [255] * 5
    black = data.folder(tmp_path, background="#ff0000").pixels[0, :, 9, 9]
    assert black.tolist() == [255, 0, 0]


def test_hidden_files_and_folders_are_no_classes(tmp_path: Path) -> None:
    for name in ("cats/a.png", ".thumbnails/b.png", "cats/.cache/c.png", "cats/._a.png"):
        save(tmp_path / name, (8, 8))
    (tmp_path / "folder.png").mkdir()  # a folder that is called like a picture
    images = data.folder(tmp_path)
    assert len(images) == 1
    assert images.classes == ("cats",)


def test_names_with_spaces_and_chinese_characters(tmp_path: Path) -> None:
    save(tmp_path / "mes photos" / "猫 咪" / "图 1.png", (8, 8))
    assert data.folder(tmp_path / "mes photos").classes == ("猫 咪",)


def bomb(path: Path, side: int) -> None:
    """A PNG of a few kilobytes that claims side x side pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


@pytest.mark.parametrize("side", [11_000, 60_000])  # above our limit; above Pillow's own
def test_a_decompression_bomb_is_named(tmp_path: Path, side: int) -> None:
    bomb(tmp_path / "bomb.png", side)
    with pytest.raises(data.DataError, match=r"bomb\.png (has .* too many|cannot be read)"):
        data.folder(tmp_path, size=8)


@pytest.mark.parametrize("content", [b"this is no picture", b"", b"GIF89a", b"\x89PNG\r\n\x1a\nIHDR", b"\xff\xd8\xff"])
@pytest.mark.parametrize("ending", sorted(own_pictures.PICTURE_ENDINGS))
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes, ending: str) -> None:
    (tmp_path / f"c{ending}").write_bytes(content)
    with pytest.raises(data.DataError, match=rf"c\{ending} cannot be read as a picture; remove it"):
        data.folder(tmp_path, size=8)


@pytest.mark.filterwarnings("ignore")
def test_damaged_pictures_of_every_format_are_named_or_read(tmp_path: Path) -> None:
    """Pillow's readers raise SyntaxError, struct.error and others for bytes that went wrong on the way."""
    random = np.random.default_rng(0)
    noise = Image.fromarray(random.integers(0, 255, (24, 24, 3), dtype=np.uint8))
    for ending in sorted(own_pictures.PICTURE_ENDINGS):
        file = tmp_path / f"p{ending}"
        noise.save(file)
        content = file.read_bytes()
        for _ in range(40):
            broken = bytearray(content[: random.integers(8, len(content) + 1)])
            for place in random.integers(0, len(broken), 6):
                broken[place] = random.integers(256)
            file.write_bytes(broken)
            try:
                assert data.folder(tmp_path, size=8).pixels.shape == (1, 3, 8, 8)
            except data.DataError as error:
                assert file.name in str(error)  # noqa: PT017
        file.unlink()


def test_settings_that_are_none_are_named(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (8, 8))
    with pytest.raises(data.DataError, match="'wihte' is no colour"):
        data.folder(tmp_path, background="wihte")
    with pytest.raises(data.DataError, match="1 at least, not 0"):
        data.folder(tmp_path, size=0)


def test_this_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "mine" / "a.png", (8, 8))
    monkeypatch.chdir(tmp_path / "mine")
    assert data.folder(".").classes == ("mine",)


def test_pictures_that_are_left_out_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "a.png", (8, 8))
    (tmp_path / "phone.HEIC").write_bytes(b"...")
    assert len(data.folder(tmp_path)) == 1
    assert "ending in .heic are left out" in capsys.readouterr().out
