"""Hostile and odd pictures through /animate: a clear sentence and nothing spent, or a clip."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image

from sandbox.discord.model import UploadedFile
from tests.e2e.clips import decoded
from tests.pace import eventually
from tests.unit import picture_files as made

pytestmark = pytest.mark.asyncio(loop_scope="session")

RED, GREEN, BLUE, WHITE = made.RED, made.GREEN, made.BLUE, (255, 255, 255)


def heic():
    target = io.BytesIO()
    pillow_heif.from_pillow(made.scene()).save(target, quality=90)
    return target.getvalue()


def grey_of_16_bits():
    """Dark at the left, light at the right; white all over where the bits are cut, not scaled."""
    row = (0x4000).to_bytes(2, "little") * 160 + (0xC000).to_bytes(2, "little") * 160
    return made.encoded(Image.frombytes("I;16", (320, 240), row * 240), "PNG")


def cmyk():
    return made.encoded(made.scene().convert("CMYK"), "JPEG", quality=95)


GOOD = {
    "cmyk": ("photo.jpg", "image/jpeg", cmyk),
    "heic": ("IMG_0042.HEIC", "image/heic", heic),
    "jpeg as browsers name it": ("photo.jfif", "image/jpeg", lambda: made.turned(6)),
    "avif without ending and type": ("image", None, lambda: made.encoded(made.scene(), "AVIF")),
    "animated gif": ("dance.gif", "image/gif", lambda: made.animated("GIF")),
    "animated webp": ("dance.webp", "image/webp", lambda: made.animated("WEBP", lossless=True)),
    "mirrored by exif": ("photo.jpeg", "image/jpeg", lambda: made.turned(2)),
    "png called jpg": ("photo.jpg", "image/jpeg", lambda: made.encoded(made.scene(), "PNG")),
}


@pytest.mark.parametrize(("name", "kind", "build"), GOOD.values(), ids=GOOD.keys())
async def test_odd_pictures_work_and_the_clip_shows_them_upright(theatre, name, kind, build):
    ordered = await theatre.order(image=UploadedFile(name, kind, build()))
    first = decoded(await ordered.settled_once()).frames[0]
    seen = made.quarters(first)
    for colour, expected in zip(seen, (RED, GREEN, BLUE, WHITE), strict=True):
        assert made.close(colour, expected, within=60), seen


async def test_the_shape_follows_a_telephone_s_portrait(theatre):
    upright = made.turned_back(made.scene(600, 800), 6, "HEIF", quality=90)
    image = UploadedFile("IMG_0042.hif", "application/octet-stream", upright)
    # The last frame is of another shape, so what is to be seen of it is its middle.
    end = Image.new("RGB", (640, 360), (200, 30, 30))
    end.paste((30, 60, 200), (220, 0, 420, 360))
    last = UploadedFile("end.png", "image/png", made.encoded(end, "PNG"))
    ordered = await theatre.order(image=image, last_frame=last, preset="HD", frames=17)
    clip = decoded(await ordered.settled_once())
    assert clip.size == (480, 832)
    seen = made.quarters(clip.frames[0])
    for colour, expected in zip(seen, (RED, GREEN, BLUE, WHITE), strict=True):
        assert made.close(colour, expected, within=60), seen
    for colour in made.quarters(clip.frames[-1]):
        assert made.close(colour, (30, 60, 200), within=60), colour


def good_png():
    return made.encoded(made.scene(), "PNG")


def huge():
    return made.one_bit_png(30_000, 30_000)


UNREADABLE = "That file is not a picture I can read"
BAD = {
    "text called png": ("notes.png", "image/png", lambda: b"just some text\n" * 40, UNREADABLE),
    "truncated jpeg": (
        "photo.jpg", "image/jpeg", lambda: made.encoded(made.scene(), "JPEG")[:-900], UNREADABLE,
    ),
    "svg called png": (
        "logo.png", "image/png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", UNREADABLE,
    ),
    "text without a picture's name": ("notes", None, lambda: b"hello" * 40, UNREADABLE),
    "one colour": (
        "white.png", "image/png", lambda: made.encoded(Image.new("RGB", (99, 99)), "PNG"),
        "of one colour",
    ),
    "heic of zeros": ("IMG_1.HEIC", "image/heic", lambda: bytes(4096), UNREADABLE),
}  # fmt: skip


TOO_COSTLY = "The picture takes too much time or memory to open"


@pytest.mark.parametrize(
    ("name", "kind", "build"),
    [
        ("photo.jpg", "image/jpeg", lambda: made.many_scans(30_000, side=2048)),
        ("dance.gif", "image/gif", lambda: made.gif_of_comments(4_000_000)),
    ],
    ids=["thousands of scans", "millions of comments"],
)
async def test_a_picture_that_takes_too_much_is_tried_once_and_the_credits_come_back(
    theatre, name, kind, build
):
    ordered = await theatre.order(image=UploadedFile(name, kind, build()))
    card = await ordered.shows("not made")
    assert TOO_COSTLY in card.content
    assert "Your 1 credit is back." in card.content
    assert ordered.ledger == ["hold", "release"]
    assert theatre.rows("SELECT tries FROM jobs WHERE reason = 'picture-too-costly'")[-1][0] == 0


async def test_what_the_bot_writes_is_for_its_owner_alone(theatre):
    ordered = await theatre.order(image=UploadedFile("a.png", "image/png", good_png()))
    await ordered.settled_once()
    written = [path for path in (theatre.folder / "data").rglob("*") if path.is_file()]
    assert written
    assert [path.name for path in written if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(("name", "kind", "build", "said"), BAD.values(), ids=BAD.keys())
async def test_what_is_no_picture_fails_on_the_card_and_the_credits_come_back(
    theatre, name, kind, build, said
):
    submits = len(theatre.modelslab.submits)
    ordered = await theatre.order(image=UploadedFile(name, kind, build()))
    card = await ordered.shows("not made")
    assert said in card.content
    assert "Your 1 credit is back." in card.content
    assert ordered.ledger == ["hold", "release"]
    assert len(theatre.modelslab.submits) == submits
    await eventually(lambda: not ordered.files)


TOO_LARGE = "30,000 × 30,000 pixels, which is too large"


async def test_a_picture_of_900_megapixels_is_refused_before_anything_is_held(theatre):
    await refused(
        theatre,
        UploadedFile("big.png", "image/png", huge()),
        "30,000 × 30,000 pixels, which is too large",
    )


async def test_900_megapixels_are_refused_also_where_discord_tells_no_size(theatre, monkeypatch):
    cdn = theatre.discord.cdn
    monkeypatch.setattr(cdn, "store", hide_size(cdn.store))
    ordered = await theatre.order(image=UploadedFile("big.heic", "image/heic", huge()))
    card = await ordered.shows("not made")
    assert TOO_LARGE in card.content
    assert ordered.ledger == ["hold", "release"]


def hide_size(store):
    def stored(*args, **options):
        attachment = store(*args, **options)
        attachment.size_in_pixels = None
        return attachment

    return stored


@pytest.mark.parametrize(
    ("name", "kind", "data", "said"),
    [
        ("photo.png", "image/png", b"", "That file is empty."),
        ("dot.png", "image/png", made.one_bit_png(20, 20), "20 × 20 pixels, which is too small"),
        ("fat.png", "image/png", b"\0" * (26 * 1024**2), "Pictures up to 25 MB"),
    ],
)
async def test_what_discord_says_of_the_file_is_refused_at_once(theatre, name, kind, data, said):
    await refused(theatre, UploadedFile(name, kind, data), said)


async def refused(theatre, file, said):
    jobs = theatre.rows("SELECT count(*) FROM jobs")[0][0]
    member = theatre.newcomer()
    member.upload_limit = 100 * 1024**2
    sent = await theatre.slash(member, "animate", image=file)
    assert sent.ephemeral
    assert said in sent.message.content
    assert theatre.rows("SELECT count(*) FROM jobs")[0][0] == jobs
