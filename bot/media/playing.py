"""Whether a clip plays where it is shown: inside Discord's clients, on all systems.

Discord documents no list. This is what all of them are known to play; of anything else a part shows
a black box, a picture lying on its side, or a file to download.
"""

import re
from dataclasses import dataclass

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from bot.media.clips import OpenClip
from bot.media.seen import LATEST_START, Seen, is_upright

_PROFILES = {"Baseline", "Constrained Baseline", "Main", "High", "Constrained High"}
_SOUND_PROFILES = {"LC", "HE-AAC", "HE-AACv2"}
"""Of AAC; no other sound has profiles of these names."""
_PLAIN_TAGS = {
    *("major_brand", "minor_version", "compatible_brands", "creation_time", "encoder"),
    *("language", "handler_name", "vendor_id"),
}
"""What every encoder writes. Other tags are somebody's texts, places or workflows."""
MARK = re.compile(r"AI-generated video [0-9A-Z]{1,24}")
"""What `Job.mark` says in the files that we post."""


@dataclass(frozen=True, slots=True)
class Plays:
    """Which parts of a clip may stay as they are."""

    container: bool
    picture: bool
    sound: bool

    @property
    def whole(self) -> bool:
        """Whether nothing has to be done."""
        return self.container and self.picture and self.sound


def plays(clip: OpenClip, seen: Seen) -> Plays:
    """Decide it of a film, from what the container says and what the frames turned out to be."""
    streams = clip.container.streams
    tags = {
        tag.lower()
        for owner in (clip.container, *streams)
        for tag, value in owner.metadata.items()
        if not (tag == "comment" and MARK.fullmatch(value))
    }
    known = len(streams) == (2 if clip.sound else 1)
    return Plays(
        container=clip.outline.in_order and known and not seen.origin and tags <= _PLAIN_TAGS,
        picture=_picture_plays(clip.video, seen),
        sound=clip.sound is None or _sound_plays(clip.sound),
    )


def _picture_plays(video: VideoStream, seen: Seen) -> bool:
    return (
        video.codec_context.name == "h264"
        and video.profile in _PROFILES
        and {video.pix_fmt, seen.first.format.name} == {"yuv420p"}
        and seen.sample_aspect == 1
        and is_upright(seen.matrix)
        and not seen.interlaced
        # An edit list that cuts or repeats shows other frames than there are.
        and (video.frames or seen.frames) == seen.frames
        and seen.start <= LATEST_START
    )


def _sound_plays(sound: AudioStream) -> bool:
    return sound.profile in _SOUND_PROFILES
