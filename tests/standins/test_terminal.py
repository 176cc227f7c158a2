"""What the sandbox's commands show on a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox.__main__ import main
from sandbox.child import free_port
from sandbox.readable import readable

NEW_YEARS_EVE = 1_798_758_000
"""2026-12-31 23:00 UTC."""


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("UTC", NEW_YEARS_EVE - 3_600, "31 Dec 22:00:00"),
        ("UTC", NEW_YEARS_EVE + 7_200, "01 Jan 2027 01:00:00"),
        ("UTC", NEW_YEARS_EVE - 400 * 86_400, "26 Nov 2025 23:00:00"),
        ("Asia/Tokyo", NEW_YEARS_EVE, "01 Jan 08:00:00"),
        ("Asia/Tokyo", NEW_YEARS_EVE - 86_400, "31 Dec 2026 08:00:00"),
    ],
)
def test_a_moment_of_another_year_shows_its_year(
    zone: str, at: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        try:
            assert readable(f"until <t:{at}:f>", NEW_YEARS_EVE) == f"until {shown}"
        finally:
            patched.undo()
            time.tzset()


def test_the_help_of_act_is_shown_without_a_sandbox_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["act", "--help", "--port", str(free_port())])
    said = capsys.readouterr().out
    assert left.value.code == 0
    assert "--press LABEL" in said
    assert "No sandbox" not in said
    assert said.rstrip().endswith("While a sandbox runs, all its commands stand here too.")


@contextmanager
def something_else() -> Iterator[int]:
    """A port on which no sandbox listens."""

    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(501)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("command", [["act", "/"], ["bot", "status"]])
def test_a_port_with_something_else_behind_it_is_said_to_be_no_sandbox_s(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with something_else() as port:
        assert main([*command, "--port", str(port)]) == 1
    assert f"No sandbox listens on port {port}." in " ".join(capsys.readouterr().out.split())
