"""What is written to the log, and what never is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import logging, structlog
from bot.log import configure
configure("INFO", {style!r}, ["s3cret-token"])
log = structlog.get_logger("x")
log.info("job.moved", job="K7Q4", note="has s3cret-token inside")
log.debug("not shown")
try:
    raise ValueError("s3cret-token in an error")
except ValueError:
    log.exception("went.wrong")
    logging.getLogger("a.library").exception("library said s3cret-token %s", "and s3cret-token")
logging.getLogger("a.library").warning("plain", extra={{"url": "http://x/s3cret-token"}})
"""
HIDDEN = """
import structlog
from bot.log import configure
configure("INFO", {style!r}, ["s3cret-token"])
class Thing:
    def __repr__(self): return "<Thing s3cret-token>"
token = "s3cret-token"
structlog.get_logger("x").warning(
    "went", **{{
        "deep": {{"a": [1, {{"b": ("c", token)}}]}}, token: "a key", "inner": {{token: None}},
        "raw": b"\\xff s3cret-token", "array": bytearray(b"s3cret-token"),
        "error": ValueError(token), "set": {{token}}, "thing": Thing(),
        "number": 5, "nothing": None, "flag": True,
        "again": [KeyError({{"k": token}})],
    }}
)
"""


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_are_removed_everywhere(style: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(style=style)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "s3cret" not in done.stderr + done.stdout
    assert "job.moved" in done.stderr
    assert "not shown" not in done.stderr
    if style == "json":
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert [line["level"] for line in lines] == ["info", "error", "error", "warning"]
        assert lines[0]["job"] == "K7Q4"


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_are_found_wherever_they_hide(style: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN.format(style=style)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "s3cret" not in done.stderr + done.stdout
    assert done.stderr.count("***") == 9
    if style == "json":
        line = json.loads(done.stderr)
        assert (line["number"], line["nothing"], line["flag"]) == (5, None, True)
        assert line["deep"] == {"a": [1, {"b": ["c", "***"]}]}
