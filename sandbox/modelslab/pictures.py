"""Getting the picture a clip starts from, with limits on bytes, pixels and time."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io

import aiohttp
from PIL import Image

from sandbox.modelslab.orders import PictureSource
from sandbox.modelslab.refusals import Refusal, invalid_fields, unreachable_picture

_MAX_BYTES = 16 * 1024 * 1024
_MAX_PIXELS = 50_000_000
_TIMEOUT = aiohttp.ClientTimeout(total=10)


async def obtain(source: PictureSource, session: aiohttp.ClientSession) -> bytes:
    """Return the bytes of a picture that Pillow can read.

    When the real service downloads it is not known; like here, a link that is dead at submit
    gets the documented refusal. Raise `Refusal`.
    """
    data = decode_base64(source.text) if source.inline else await _download(source.text, session)
    if data is None or not await asyncio.to_thread(_is_picture, data):
        raise _not_base64() if source.inline else unreachable_picture()
    return data


def decode_base64(text: str) -> bytes | None:
    """Return the bytes of base64 text with or without a data URI's head; None if it is none."""
    payload = text.partition(";base64,")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(payload, validate=True) or None
    except binascii.Error:
        return None


async def _download(url: str, session: aiohttp.ClientSession) -> bytes | None:
    data = bytearray()
    try:
        async with session.get(url, timeout=_TIMEOUT, max_redirects=3) as response:
            if response.status != 200:  # noqa: PLR2004  HTTP's own number
                return None
            async for chunk in response.content.iter_chunked(65536):
                data += chunk
                if len(data) > _MAX_BYTES:
                    return None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
    return bytes(data)


def size(data: bytes) -> tuple[int, int]:
    """Width and height of a picture."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.size


def _is_picture(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                return False
            opened.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def _not_base64() -> Refusal:
    return invalid_fields({"init_image": ["The init_image must be a valid base64 image."]})
