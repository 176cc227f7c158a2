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


def scene(width=320, height=240):
    """Four quarters that cannot be mistaken: red and green above, blue and white below."""
    image = Image.new("RGB", (width, height), (255, 255, 255))
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
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
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = scene()
    if orientation in undo:
        image = image.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, "JPEG", exif=exif, quality=95)


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


def one_colour_png(width, height):
    """A valid PNG of one bit a pixel, compressed row by row so that it never exists unpacked."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    packed = [packer.compress(row) for _ in range(height)] + [packer.flush()]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(packed)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def sixteen_bit_rgb_png(width, height, value):
    """A PNG of 16 bits a channel, which Pillow can read but not write."""
    row = b"\0" + struct.pack(">HHH", *value) * width
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * height))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def huge_webp_header():
    """An extended WebP that claims 16384 × 16384 pixels and has none."""
    size = (16384 - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def large_jpeg(width, height, **options):
    return encoded(Image.new("RGB", (width, height), GREEN), "JPEG", **options)


def animated(kind, **options):
    """Three frames; the first is `scene()`, the others are plain."""
    others = [Image.new("RGB", (320, 240), colour) for colour in ("black", "yellow")]
    return encoded(
        scene(), kind, save_all=True, append_images=others, duration=100, loop=0, **options
    )
