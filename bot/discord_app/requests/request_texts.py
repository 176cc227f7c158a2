"""What is said when members ask for more: to them, and on the card that staff sees."""

from __future__ import annotations

from bot.core.admin.request_ports import Record, Request
from bot.core.rules.quota import Block, Standing
from bot.discord_app.text.wording import (
    counted,
    credits_,
    moment,
    per_window,
    quote,
)

TITLE = "Ask for more credits"
WHY, WHO_SEES = "Why?", "The staff of this server reads it."
WHY_LEAST, WHY_MOST = 3, 200
QUOTED_MOST = 600

NOT_HERE = "There is nobody to ask here: outside of servers, the bot's own limit is for everybody."
WRONG_LENGTH = f"Please say why, in {WHY_LEAST} to {WHY_MOST} letters."
ASKED = "Your request is on its way to the staff. I tell you by direct message what they say."
CLOSED = (
    "I may not write where this server's staff would see that. "
    "An admin can choose another place with `/video-admin log-channel`."
)


def card(request: Request, record: Record, standing: Standing) -> str:
    """Who asks, why, and what staff may want to know of them."""
    past = f"30 days: {credits_(record.used)}, {_no(record.failed, 'failure')}"
    blocks = f"{_no(record.blocks, 'block')}{_now(standing.block)}"
    limit = f"limit {per_window(standing.rule.limit)}"
    return f"{_head(request, 'asks')}\n{past}, {blocks} · {limit}"


def _head(request: Request, verb: str) -> str:
    return f'<@{request.account.user_id}> {verb} for more: "{quote(request.text, QUOTED_MOST)}"'


def _no(count: int, thing: str) -> str:
    return counted(count, thing) if count else f"no {thing}s"


def _now(block: Block | None) -> str:
    if block is None:
        return ""
    until = f" until {moment(block.until, 'f')}" if block.until is not None else ""
    return f" (blocked now{until})"


def answered(request: Request, admin_id: int, amount: int, until: float | None = None) -> str:
    """What becomes of the card once an admin has answered."""
    said = f"gave {_given(amount, until)}" if amount else "said no"
    return f"{_head(request, 'asked')}\n<@{admin_id}> {said}."


def not_shown(server: str | None) -> str:
    """The direct message to a member whose request reached nobody; None if the bot is out."""
    if server is None:
        return "I could not show your request for more credits to the staff; I am not there now."
    where = f"**{quote(server, 200)}**"
    return f"I could not show your request on {where} to its staff. Please try again later."


def told(server: str, amount: int, until: float | None) -> str:
    """The direct message to the member."""
    where = f"**{quote(server, 200)}**"
    if not amount:
        return f"You asked for more credits on {where}. The staff said no."
    return f"You asked for more credits on {where}. The staff gave you {_given(amount, until)}."


def _given(amount: int, until: float | None) -> str:
    lasts = f" until {moment(until, 'D')}" if until is not None else ""
    return f"{credits_(amount)}{lasts}"
