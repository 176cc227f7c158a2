"""The loops by name, and how each is told that there is work."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Literal, get_args

LoopName = Literal["prepare", "submit", "look", "deliver", "sweep", "card", "log", "ask"]
LOOPS: tuple[LoopName, ...] = get_args(LoopName)


class Bell(asyncio.Event):
    """Wakes a loop; rung while nobody waits, it is not lost.

    While the loop waits and has nothing to begin, it has `room` for tasks that whoever makes them
    due claims in the same transaction, and hands over. `waited_for` is whether what it needs for a
    task may be waited for by one: not if it knows of none since it was rung last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.room = 0
        self.waited_for = True
        self.handed: deque[Any] = deque()
        self._heard: list[float | None] = []

    def ring(self, at: float | None = None) -> None:
        """Say that there is work `at` (the steady clock's); None: the store knows when."""
        self._heard.append(at)
        self.room, self.waited_for = 0, True
        self.set()

    def hand(self, task: Any) -> None:
        """Have the loop begin with a claimed task before all others."""
        self.handed.append(task)
        self.room -= 1
        self.set()

    def heard(self) -> list[float | None]:
        """What was said since this was asked last; it is not rung any more."""
        heard, self._heard = self._heard, []
        self.clear()
        return heard


class Bells:
    """One bell a loop."""

    def __init__(self) -> None:
        self._bells = {name: Bell() for name in LOOPS}

    def ring(self, *names: LoopName, at: float | None = None) -> None:
        """Ring the bells of the named loops."""
        for name in names:
            self._bells[name].ring(at)

    def bell(self, name: LoopName) -> Bell:
        """The bell that the named loop waits for."""
        return self._bells[name]
