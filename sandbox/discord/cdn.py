"""Stored files behind signed addresses that expire, as on Discord's CDN."""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import random
import re

from sandbox.clock import Clock
from sandbox.discord.model import Attachment, Snowflakes, UploadedFile
from sandbox.discord.pixels import size_in_pixels

LINK_SECONDS = 24 * 3600.0
"""How long a signed address is good."""
EPHEMERAL_SECONDS = 30 * 60.0
"""How long a command's attachment is kept. Discord names no figure; bots must not rely on one."""


def stored_name(filename: str) -> str:
    """The name a file gets on upload: plain letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^\w.-]", "_", filename, flags=re.ASCII)


class Cdn:
    """Keeps attachments and signs their addresses."""

    def __init__(self, clock: Clock, rng: random.Random, ids: Snowflakes) -> None:
        self.origin = ""
        self._clock = clock
        self._ids = ids
        self._key = rng.randbytes(32)
        self._files: dict[int, Attachment] = {}

    def store(
        self,
        channel_id: int,
        file: UploadedFile,
        *,
        description: str | None = None,
        ephemeral: bool = False,
    ) -> Attachment:
        """Keep an uploaded file under a new id."""
        attachment = Attachment(
            self._ids.next(),
            channel_id,
            stored_name(file.filename),
            file.content_type or mimetypes.guess_type(file.filename)[0],
            file.data,
            self._clock.now(),
            size_in_pixels(file.data),
            description,
            ephemeral,
        )
        self._files[attachment.id] = attachment
        return attachment

    def forget(self, attachment: Attachment) -> None:
        """Remove the file, as when its message is deleted."""
        self._files.pop(attachment.id, None)

    def url(self, attachment: Attachment) -> str:
        """A freshly signed address."""
        now = int(self._clock.now())
        issued, expires = f"{now:x}", f"{now + int(LINK_SECONDS):x}"
        path = f"/cdn/attachments/{attachment.channel_id}/{attachment.id}/{attachment.filename}"
        signature = self._sign(path, expires, issued)
        return f"{self.origin}{path}?ex={expires}&is={issued}&hm={signature}&"

    def get(self, path: str, expires: str, issued: str, signature: str) -> Attachment | int:
        """The file at a signed path, or the status that refuses: 403 forged, 404 gone."""
        if not hmac.compare_digest(signature.encode(), self._sign(path, expires, issued).encode()):
            return 403
        attachment = self._files.get(int(path.split("/")[-2]))
        now = self._clock.now()
        if attachment is None or int(expires, 16) < now:
            return 404
        if attachment.ephemeral and attachment.created_at + EPHEMERAL_SECONDS < now:
            return 404
        return attachment

    def _sign(self, path: str, expires: str, issued: str) -> str:
        text = f"{path}?{expires}&{issued}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
