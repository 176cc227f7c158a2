"""What is said when members ask for more: to them, and on the card that staff sees."""

from __future__ import annotations

from bot.core.admin.request_ports import Record, Request
from bot.core.rules.quota import Block, Standing
from bot.discord_app.text.wording import counted, credits_, joined, moment, per_window, quote

TITLE = "Ask for more credits"
WHY, WHO_SEES = "Why?", "The staff of this server reads it."
WHY_LEAST, WHY_MOST = 3, 200
QUOTED_MOST = 600

NOT_HERE = "There is nobody to ask here: outside of servers, the bot's own limit is for everybody."
WRONG_LENGTH = f"Please say why, in {WHY_LEAST} to {WHY_MOST} letters."
ASKED = "Your request is on its way to the staff. I tell you by direct message what they say."
CLOSED = (
    "Your request would not be seen: I may not write in the channel where it goes. "
    "An admin can choose another channel with `/video-admin log-channel`."
)


def card(request: Request, record: Record, standing: Standing) -> str:
    """Who asks, why, and what staff may want to know of them."""
    facts = [
        f"30 days: {credits_(record.used)}, {_failures(record.failed)}, {_blocks(record.blocks)}",
        _blocked_now(standing.block),
        f"limit {per_window(standing.rule.limit)}",
    ]
    head = f"<@{request.account.user_id}> asks for more: {_quoted(request)}"
    return f"{head}\n{' · '.join(fact for fact in facts if fact)}"


def _quoted(request: Request) -> str:
    return f'"{quote(request.text, QUOTED_MOST)}"'


def _failures(count: int) -> str:
    return counted(count, "failure") if count else "no failures"


def _blocks(count: int) -> str:
    return counted(count, "block") if count else "no blocks"


def _blocked_now(block: Block | None) -> str:
    if block is None:
        return ""
    return "blocked now" if block.until is None else f"blocked now until {moment(block.until, 'f')}"


def answered(request: Request, admin_id: int, amount: int, until: float | None = None) -> str:
    """What becomes of the card once an admin has answered."""
    gift = credits_(amount)
    if not amount:
        said = f"<@{admin_id}> said no."
    elif until is None:
        said = f"<@{admin_id}> gave {gift}."
    else:
        said = f"<@{admin_id}> gave {gift} until {moment(until, 'D')}."
    return f"<@{request.account.user_id}> asked for more: {_quoted(request)}\n{said}"


def not_shown(server: str | None) -> str:
    """The direct message to a member whose request reached nobody; None if the bot is out."""
    if server is None:
        return "I could not show your request for more credits to the staff; I am not there now."
    name = quote(server, 200)
    return f"I could not show your request on **{name}** to its staff. Please try again later."


def told(server: str, amount: int, until: float | None) -> str:
    """The direct message to the member."""
    asked = f"You asked for more credits on **{quote(server, 200)}**."
    if not amount:
        return joined(asked, "The staff said no.")
    if until is None:
        return joined(asked, f"The staff gave you {credits_(amount)}.")
    return joined(asked, f"The staff gave you {credits_(amount)} until {moment(until, 'D')}.")
