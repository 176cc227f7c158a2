"""Which loop takes a job in which state: claims, bells and due times all follow from here."""

from __future__ import annotations

from bot.core.jobs.bells import LoopName
from bot.core.jobs.states import JobState

S = JobState
TAKEN_BY: dict[JobState, LoopName | None] = {
    S.PREPARING: "prepare",
    S.QUEUED: "submit",
    S.SUBMITTING: "look",
    S.SUBMITTED: "look",
    S.UNSURE: "look",
    S.CANCELLED: "look",
    S.SUCCEEDED: "deliver",
    S.DELIVERING: "deliver",
    S.DELIVERED: "sweep",
    S.KEPT: "sweep",
    S.FETCHED: "sweep",
    S.SWEPT: None,
    S.FAILED: "look",
    S.EXPIRED: "look",
}
"""The one loop that moves a job on from each state; None where nothing is left to do.

"submit" takes whose turn it is; the others take what is due by its row. "look" takes what is being
handed over once the lease of that has ended, and an end at the provider while it may not be final.
"""


def states_of(loop: LoopName) -> tuple[JobState, ...]:
    """The states that a loop takes jobs in."""
    return tuple(state for state, taker in TAKEN_BY.items() if taker == loop)
