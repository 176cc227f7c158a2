"""Parts of the work in a child that are worth watching one by one, called there by name."""

from bot.media import reencode
from bot.media.model import Chart


def find_a_palette(path):
    """The first of the two passes of a gif, at a size that costs nothing."""
    return Chart(reencode.palette(path, (16, 16)).width)
