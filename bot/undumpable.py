"""Keeps other processes of the same user out of this one's memory and environment."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def make_undumpable() -> None:
    """Let nobody but root trace this process, read its `/proc` entry or get a core dump of it.

    A program that this one starts is as open as usual, and so is everything outside Linux.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
