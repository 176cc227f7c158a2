"""Picture bytes for the tests: honest ones of every kind, and ones made to do harm."""

import io
import struct
import zipfile
import zlib

import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

pillow_heif.register_heif_opener()

SECRET = b"canary-7f3a"
RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
QUICKLY = {"HEIF": {"enc_params": {"preset": "ultrafast"}}, "AVIF": {"speed": 10}}
"""For encoders that by themselves take a tenth of a second for a small picture."""
SCENE = (RED, GREEN, BLUE, (255, 255, 255))


def scene(width=320, height=240):
    """Four quarters that cannot be mistaken: red and green above, blue and white below."""
    image = Image.new("RGB", (width, height), (255, 255, 255))
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **QUICKLY.get(kind, {}) | options)
    return buffer.getvalue()


def quarters(image):
    """The colours in the middle of the four quarters, row by row."""
    width, height = image.size
    at = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [image.convert("RGB").getpixel(point) for point in at]


def close(colour, other, within=24):
    return all(abs(a - b) <= within for a, b in zip(colour, other, strict=True))


def turned(orientation):
    """A JPEG stored so that a viewer who obeys its EXIF sees `scene()`."""
    return turned_back(scene(), orientation, "JPEG", quality=95)


def turned_back(image, orientation, kind, said=(), **options):
    """A picture stored so that a viewer who obeys its EXIF sees `image`.

    The encoders of HEIC and AVIF add a turn of the file's own, which says the same.
    """
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    if orientation in undo:
        image = image.transpose(undo[orientation])
    exif = Image.Exif()
    exif.update({0x0112: orientation, **dict(said)})
    return encoded(image, kind, exif=exif.tobytes(), **options)


def turned_by_its_boxes(image, orientation, kind, *, exif):
    """A HEIC or AVIF whose boxes make a viewer see `image`, and whose EXIF has a word of its own.

    Encoders write the turn that EXIF asks for; what it says then stands under another tag so far.
    """
    said = {0x0128: exif}
    data = turned_back(image, orientation, kind, said=said, quality=95)
    turn, other, unit = b"\x01\x12\0\x03", b"\x01\0\0\x03", b"\x01\x28\0\x03"
    return data.replace(turn, other).replace(unit, turn)


def telling_jpeg():
    """A JPEG full of metadata, each piece marked, with a zip file behind its end."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[0x1D] = "N", (52.0, 31.0, 12.0), SECRET.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = encoded(
        scene(),
        "JPEG",
        exif=exif,
        icc_profile=profile + SECRET,
        comment=SECRET,
        xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>",
    )
    tail = io.BytesIO()
    with zipfile.ZipFile(tail, "w") as archive:
        archive.writestr("payload.txt", SECRET)
    return picture + tail.getvalue()


def telling_png():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=False)
    return encoded(scene(), "PNG", pnginfo=texts)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def one_bit_png(width, height):
    """A valid PNG of one bit a pixel, white in its lower quarter.

    It is compressed row by row, so that it never exists unpacked.
    """
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    packed = [packer.compress(row) for _ in range(height - height // 4)]
    packed += [packer.compress(b"\0" + b"\xff" * (len(row) - 1)) for _ in range(height // 4)]
    packed += [packer.flush()]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(packed)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def sixteen_bit_rgb_png(width, height, value):
    """A PNG of 16 bits a channel, which Pillow can read but not write; a row below is black."""
    row = b"\0" + struct.pack(">HHH", *value) * width
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(
        b"IDAT", zlib.compress(row * (height - height // 8) + bytes(len(row) * (height // 8)))
    )
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def webp_header(width, height):
    """An extended WebP that claims so many pixels and has none."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_header(width, height):
    """An AVIF that claims so many pixels and has few."""
    size = struct.pack(">II", 64, 64)
    return encoded(scene(64, 64), "AVIF").replace(size, struct.pack(">II", width, height))


def gif_header(width, height):
    """A gif that claims so many pixels and has few."""
    data = encoded(scene(64, 64).convert("P"), "GIF")
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def large_jpeg(width, height, **options):
    return encoded(marked(width, height, 90, "L"), "JPEG", **options)


def marked(width, height, colour=GREEN, mode="RGB"):
    """One colour under a black bar: a picture of one colour alone is refused."""
    image = Image.new(mode, (width, height), colour)
    image.paste(Image.new(mode, (width, height // 4)))
    return image


def animated(kind, **options):
    """Three frames; the first is `scene()`, the others are plain."""
    others = [Image.new("RGB", (320, 240), colour) for colour in ("black", "yellow")]
    return encoded(
        scene(), kind, save_all=True, append_images=others, duration=100, loop=0, **options
    )


def many_scans(count, side=64):
    """A progressive JPEG whose last scan, which refines nothing, comes again and again."""
    picture = encoded(marked(side, side, 90, "L"), "JPEG", progressive=True)
    last = picture[picture.rindex(b"\xff\xda") : -2]
    return picture[:-2] + last * count + picture[-2:]


def scan_by_scan(width, height):
    """A sequential JPEG with a scan for each colour: not progressive, and yet held whole.

    It is made of three grey ones, whose only scans become those of the three components.
    """
    grey = encoded(marked(width, height, 90, "L"), "JPEG")
    frame, scan = grey.index(b"\xff\xc0"), grey.index(b"\xff\xda")
    after = grey.index(b"\xff", frame + 2)
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    header = struct.pack(">BHHB", 8, height, width, 3) + components
    start = b"\xff\xc0" + struct.pack(">H", 2 + len(header)) + header
    coded = grey[scan + 10 : -2]
    scans = b"".join(
        b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, number, 0, 0, 63, 0) + coded
        for number in (1, 2, 3)
    )
    return grey[:frame] + start + grey[after:scan] + scans + grey[-2:]


def with_chunks(chunks):
    """A PNG with chunks of any kind behind its header."""
    picture = encoded(scene(), "PNG")
    return picture[:33] + chunks + picture[33:]


def deflated(kind, size):
    """A chunk of text, or a colour profile, that unpacks to `size` bytes."""
    packer = zlib.compressobj(9)
    packed = [packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    return chunk(kind, b"a\0\0" + b"".join(packed) + packer.flush())


def apng_of_frames(count, side=64):
    """An animated PNG of one frame, again and again."""
    still = encoded(scene(side, side), "PNG")
    at = still.index(b"IDAT")
    pixels = still[at + 4 : at + 4 + int.from_bytes(still[at - 4 : at])]

    def control(number):
        data = struct.pack(">IIIIIHHBB", number, side, side, 0, 0, 1, 10, 0, 0)
        return chunk(b"fcTL", data)

    others = b"".join(
        control(number) + chunk(b"fdAT", struct.pack(">I", number + 1) + pixels)
        for number in range(1, 2 * count - 1, 2)
    )
    first = chunk(b"acTL", struct.pack(">II", count, 0)) + control(0)
    return still[:33] + first + still[33:-12] + others + still[-12:]


def gif_of_frames(count, side=64):
    """A gif of one frame, again and again."""
    still = encoded(scene(side, side).convert("P"), "GIF")
    at = still.index(b"\x2c\0\0\0\0")
    return still[:at] + still[at:-1] * count + still[-1:]


def gif_of_comments(count):
    picture = encoded(scene().convert("P"), "GIF")
    at = picture.index(b"\x2c\0\0\0\0")
    return picture[:at] + b"\x21\xfe\x01a\x00" * count + picture[at:]


def webp_of_frames(count, side=64):
    """An animation of tiny frames, on a canvas as large as one likes."""
    still = encoded(marked(16, 16, (200, 9, 9, 200), "RGBA"), "WEBP", lossless=True)
    corner = bytes(6) + (15).to_bytes(3, "little") * 2 + (10).to_bytes(3, "little") + b"\0"
    frame = corner + still[still.index(b"VP8L") :]
    size = (side - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x12\0\0\0" + size
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6)
    body += (b"ANMF" + struct.pack("<I", len(frame)) + frame) * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _box(kind, data):
    return struct.pack(">I", 8 + len(data)) + kind + data


def _full_box(kind, data, version=0):
    return _box(kind, bytes((version, 0, 0, 0)) + data)


def deep_heic(width, height):
    """A HEIC of ten bits and full colour that claims so many pixels."""
    buffer, size = io.BytesIO(), struct.pack(">II", 64, 64)
    pixels = bytes(range(6)) * 64 * 64
    pillow_heif.encode("RGB;16", (64, 64), pixels, buffer, quality=10, chroma=444)
    return buffer.getvalue().replace(size, struct.pack(">II", width, height))


def heic_of_tiles(rows, columns, side=64):
    """A HEIC put together of one tile, again and again, as telephones do with their own."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(marked(side, side)).save(buffer, quality=50)
    tile = buffer.getvalue()
    at = tile.index(b"hvcC") - 4
    decoder = tile[at : at + int.from_bytes(tile[at : at + 4])]
    coded = tile[tile.index(b"mdat") + 4 :]
    width, height = side * columns, side * rows
    grid = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    entries = _full_box(b"infe", struct.pack(">HH", 1, 0) + b"hvc1\0", 2)
    entries += _full_box(b"infe", struct.pack(">HH", 2, 0) + b"grid\0", 2)
    tiles = rows * columns
    used = _box(b"dimg", struct.pack(">HH", 2, tiles) + struct.pack(">H", 1) * tiles)
    properties = decoder + _full_box(b"ispe", struct.pack(">II", side, side))
    properties += _full_box(b"ispe", struct.pack(">II", width, height))
    owners = struct.pack(">I", 2) + struct.pack(">HBBB", 1, 2, 0x81, 2)
    owners += struct.pack(">HBB", 2, 1, 3)

    def meta(place):
        places = struct.pack(">HHHHII", 1, 0, 0, 1, place + len(grid), len(coded))
        places += struct.pack(">HHHHII", 2, 0, 0, 1, place, len(grid))
        return _full_box(
            b"meta",
            _full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + _full_box(b"pitm", struct.pack(">H", 2))
            + _full_box(b"iloc", struct.pack(">BBH", 0x44, 0, 2) + places, 1)
            + _full_box(b"iinf", struct.pack(">H", 2) + entries)
            + _full_box(b"iref", used)
            + _box(b"iprp", _box(b"ipco", properties) + _full_box(b"ipma", owners)),
        )

    kind = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    return kind + meta(len(kind) + len(meta(0)) + 8) + _box(b"mdat", grid + coded)
