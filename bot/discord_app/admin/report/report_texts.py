"""What `/quota-admin report` says, draws and puts into a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.core.admin.charts import ChartOrder
from bot.core.admin.report import Period, Price, Report, Subject, Sum, Tally
from bot.discord_app.text.wording import counted, credits_, moment, quote

SPARKS = "▁▂▃▄▅▆▇█"
SPARKS_MOST = 30
TOP, PARTS = 10, 4
"""How many subjects are listed, and how many of them the chart tells apart, by their rank."""
DOUBLE = 2
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def report(found: Report, price: Price | None) -> str:
    """Sums, the course of the days, the change, and who used most."""
    head = f"{counted(found.period.days, 'day')}, since {moment(found.since, 'f')}"
    parts = [_sums(found.total), _money(found.total, price), spark(_used(found)), _change(found)]
    return "\n".join([head, " · ".join(part for part in parts if part), *_top(found)])


def _used(found: Report) -> list[int]:
    return [day.credits for day in found.days.values()]


def _sums(made: Sum) -> str:
    return f"{credits_(made.credits)}, {counted(made.videos, 'video')}, {made.failed:,} failed"


def _money(made: Sum, price: Price | None) -> str:
    return f"about {_cost(made, price):,} {price.currency}" if price else ""


def _cost(made: Sum, price: Price) -> Decimal:
    return (made.credits * price.amount).quantize(Decimal("0.01"))


def spark(values: Sequence[int]) -> str:
    """A line of small bars, one for each value; of more than SPARKS_MOST, one for several.

    Only nothing at all has the lowest bar, and only the most has the highest.
    """
    each = -(-len(values) // SPARKS_MOST)
    # The oldest bar may stand for fewer days, so that the newest is whole.
    groups = [values[max(0, end - each) : end] for end in range(len(values), 0, -each)][::-1]
    means = [sum(group) / len(group) for group in groups]
    most = max(means) or 1
    return "".join(SPARKS[-int(-mean * (len(SPARKS) - 1) // most)] for mean in means)


@dataclass(frozen=True, slots=True)
class _Compared:
    """How a report tells the change, against the day before or several days."""

    nothing: str
    same: str
    times: str
    more: str
    less: str


AGAINST_A_DAY = _Compared(
    nothing="nothing the day before by this time",
    same="as much as the day before by this time",
    times="{times:,.1f} times as much as the day before by this time",
    more="{percent} % more than the day before by this time",
    less="{percent} % less than the day before by this time",
)
AGAINST_DAYS = _Compared(
    nothing="nothing in the {days} days before",
    same="as much as the {days} days before",
    times="{times:,.1f} times as much as the {days} days before",
    more="{percent} % more than the {days} days before",
    less="{percent} % less than the {days} days before",
)


def _change(found: Report) -> str:
    """How much more or less it is than before; nothing where there is nothing to compare."""
    now, then, days = found.total.credits, found.total_before.credits, found.period.days
    said = AGAINST_A_DAY if days == 1 else AGAINST_DAYS
    if not then:
        return said.nothing.format(days=days) if now else ""
    if now == then:
        return said.same.format(days=days)
    if now >= then * DOUBLE:
        return said.times.format(times=now / then, days=days)
    percent = max(1, round(abs(now - then) * 100 / then))
    return (said.more if now > then else said.less).format(percent=percent, days=days)


def _top(found: Report) -> list[str]:
    lines = [
        f"{rank}. {name(found.period.by, subject)} · {_sums(made)}"
        for rank, (subject, made) in enumerate(found.top(TOP), 1)
    ]
    more = len(found.subjects) - len(lines)
    return [*lines, f"and {counted(more, OTHERS[found.period.by])}"] if more else lines


OTHERS = {"member": "more member", "channel": "more channel", "preset": "more preset"}


def name(by: str, subject: Subject) -> str:
    """A subject as Discord shows it, pinging nobody."""
    if by == "preset":
        return quote(str(subject), 60)
    return f"<@{subject}>" if by == "member" else f"<#{subject}>"


def chart(found: Report, names: Mapping[Subject, str]) -> ChartOrder:
    """The picture that goes with a report; `names` are those that are known of its subjects."""
    by = found.period.by
    labels = [_label(day) for day in found.days]
    return ChartOrder(
        title=f"Credits used each day, by {by}",
        labels=labels,
        credits=_used(found),
        before=[day.credits for day in found.before],
        failed=[day.failed for day in found.days.values()],
        legend=("credits", _legend(found.period), "failed"),
        parts=[
            (f"{rank}. {names.get(subject, '')}".strip(), found.course(subject))
            for rank, (subject, _) in enumerate(found.top(PARTS), 1)
        ],
        others="others",
    )


def _legend(period: Period) -> str:
    return "the day before" if period.days == 1 else f"the {period.days} days before"


def _label(day: date) -> str:
    return f"{day.day} {day:%b}"


def spreadsheet(period: Period, days: Sequence[tuple[date, Tally]], price: Price | None) -> bytes:
    """A period as CSV: one line for each day and subject, the oldest day first.

    It begins with a byte-order mark, without which some spreadsheets spoil letters.
    """
    text = io.StringIO()
    table = csv.writer(text)
    cost = [f"cost in {price.currency}"] if price else []
    table.writerow(["day", period.by, "credits", "videos", "failed", *cost])
    for day, tally in days:
        for subject, made in tally.items():
            money = [str(_cost(made, price))] if price else []
            row = [made.credits, made.videos, made.failed, *money]
            table.writerow([day.isoformat(), _cell(period.by, subject), *row])
    return text.getvalue().encode("utf-8-sig")


def _cell(by: str, subject: Subject) -> str:
    """A subject as text: spreadsheets round long numbers, and run what looks like a formula."""
    if by != "preset":
        return name(by, subject)
    text = str(subject)
    return f"'{text}" if text.startswith(FORMULA) else text


def file_name(period: Period, days: Sequence[tuple[date, Tally]]) -> str:
    """What the CSV file is called."""
    return f"{period.by}s-{days[0][0].isoformat()}-to-{days[-1][0].isoformat()}.csv"


def spreadsheet_sent(period: Period) -> str:
    """Above the CSV file: what it holds."""
    return {
        "member": (
            "One line for each day and member. Paste a name from it into Discord to see who it is."
        ),
        "channel": (
            "One line for each day and channel. "
            "Paste a name from it into Discord to see which one it is."
        ),
        "preset": "One line for each day and preset.",
    }[period.by]


SPREADSHEET_TOO_LARGE = "That table is larger than a file may be here. Ask for fewer days."
