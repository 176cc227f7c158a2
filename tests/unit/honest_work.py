"""Parts of the work in a child that are worth watching one by one, called there by name."""

import sys

from bot.media import gifs
from bot.media.checking import check
from bot.media.clips import opened
from bot.media.model import Written
from bot.media.seen import decoded


def find_a_palette(path):
    """The first of the two passes of a gif, at a size that costs nothing."""
    with opened(path) as clip:
        seen = decoded(clip)
    return Written(gifs.palette(path, seen, (16, 16)).width)


def count_what_a_check_loads(**arguments):
    """Modules that were not there when the fork began."""
    before = set(sys.modules)
    check(**arguments)
    return Written(len(set(sys.modules) - before))
