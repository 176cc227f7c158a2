"""Why something was not done, where only admins can meet it."""

from __future__ import annotations

from functools import singledispatch

from bot.core.admin.errors import (
    AlreadyAnswered,
    AlreadyUndone,
    ChangedSince,
    DemoGiven,
    NoSuchEntry,
)
from bot.core.rules.errors import (
    BadSetting,
    DayOrMonth,
    EndMistake,
    EndsInThePast,
    NotAnEnd,
    NotANumber,
    NotPercentages,
    OptionMissing,
    PartOf,
)
from bot.discord_app.errors import CannotPostThere, IsABot, NotAMember, NotFoundHere
from bot.discord_app.text import problems
from bot.discord_app.text.wording import joined, listed, moment, quote, to_allow
from bot.errors import Refusal

END_MISTAKES: dict[EndMistake, str] = {
    "unreadable": (
        "I cannot read `{option}`. Write a time such as 36 hours, 2 weeks, tomorrow or 2026-12-24, "
        "or leave it out for good."
    ),
    "not_ahead": "`{option}` must lie ahead. Write a time such as 36 hours, 2 weeks or 2026-12-24.",
    "too_far": "`{option}` can be at most ten years ahead. Leave it out for good.",
    "no_such_day": "The day in `{option}` does not exist. Write year, month and day: 2026-12-24.",
    "which_day": (
        "I cannot tell in `{option}` which day that is. Write it with its date, such as "
        "2026-12-24, or as a length, such as 2 weeks."
    ),
    "minutes_or_months": "In `{option}`, m could be minutes or months. Write 30 min or 2 months.",
    "time_of_day": (
        "`{option}` takes no time of day: a day such as 2026-12-24 counts to its end. For less, "
        "write a length such as 6 hours."
    ),
}


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to an admin why something was not done."""
    raise NotImplementedError(type(refusal).__name__)


@sentence.register
def _(refusal: NotAnEnd) -> str:
    said = END_MISTAKES[refusal.mistake].format(option=refusal.option)
    return f"{said} Nothing was changed."


@sentence.register
def _(refusal: DayOrMonth) -> str:
    one, other = refusal.days
    return (
        f"I cannot tell whether the day or the month comes first in `{refusal.option}`. Write "
        f"{one} or {other}. Nothing was changed."
    )


@sentence.register
def _(refusal: EndsInThePast) -> str:
    return (
        f"`{refusal.option}` is over: {refusal.day} was before today, {refusal.today} in "
        f"{refusal.zone}. Nothing was changed."
    )


@sentence.register
def _(refusal: NotANumber) -> str:
    choices = listed((f"{refusal.low:,} to {refusal.high:,}", *refusal.choices), "or")
    return f"`{refusal.option}` can be {choices} here. Nothing was changed."


@sentence.register
def _(refusal: NotPercentages) -> str:
    return (
        f"`{refusal.option}` takes percentages, such as 80 or 50 80, or none. Nothing was changed."
    )


@sentence.register
def _(refusal: OptionMissing) -> str:
    choices = listed(tuple(quote(choice, 60) for choice in refusal.choices), "or")
    return f"Say `{refusal.option}` too: {choices}. Nothing was changed."


@sentence.register
def _(refusal: BadSetting) -> str:
    said = problems.sentence(refusal.problems[0], f"`{quote(refusal.item, 60)}`", quote)
    return f"{said} Nothing was changed."


@sentence.register
def _(refusal: CannotPostThere) -> str:
    return joined(to_allow(refusal.channel_id, refusal.missing), "Nothing was changed.")


@sentence.register
def _(refusal: PartOf) -> str:
    one, whole = f"<#{refusal.channel_id}>", f"<#{refusal.whole_id}>"
    if refusal.on:
        return (
            f"{one} lies in {whole}, which is closed as a whole. Open {whole}, then close what "
            "else lies there. Nothing was changed."
        )
    return (
        f"{one} lies in {whole}, which is open as a whole. Close {whole}, then open what else lies "
        "there. Nothing was changed."
    )


@sentence.register
def _(_refusal: NoSuchEntry) -> str:
    return "I cannot find that here any more. `/quota-admin log` shows the last changes."


@sentence.register
def _(_refusal: AlreadyUndone) -> str:
    return "That was undone already. `/quota-admin log` shows the last changes."


@sentence.register
def _(_refusal: ChangedSince) -> str:
    return (
        "That was changed again meanwhile, so I left everything as it is. "
        "`/quota-admin log` shows what happened; then set what you want."
    )


@sentence.register
def _(refusal: DemoGiven) -> str:
    again = moment(refusal.again_at)
    return f"The free demo clip of this month is made; the next one is there {again}."


@sentence.register
def _(refusal: AlreadyAnswered) -> str:
    return f"<@{refusal.by}> has answered this before you."


@sentence.register
def _(refusal: NotAMember) -> str:
    return f"<@{refusal.user_id}> is not a member of this server any more, so nothing was changed."


@sentence.register
def _(refusal: IsABot) -> str:
    return f"<@{refusal.user_id}> is a bot; bots order no videos, so nothing was changed."


@sentence.register
def _(refusal: NotFoundHere) -> str:
    return joined(
        {
            "member": "I cannot find that member; nothing was changed.",
            "role": "I cannot find that role; nothing was changed.",
        }[refusal.option],
        "`/quota-admin list` shows all rules and can clear those of deleted roles.",
    )
