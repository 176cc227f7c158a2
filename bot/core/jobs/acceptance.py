"""How an order becomes a job with its credits on hold, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.clock import Instant
from bot.core.jobs.books import Books, NewJob
from bot.core.jobs.errors import MadeBefore, NoSuchJob
from bot.core.jobs.finding import ANY
from bot.core.jobs.model import CARD_GRACE, Job
from bot.core.jobs.pace import Pace
from bot.core.jobs.states import JobState
from bot.core.jobs.turns import Place, expected
from bot.core.jobs.usable import require_clip_for
from bot.core.orders.prompting import better
from bot.core.orders.recipe import Recipe
from bot.core.rules import alerts
from bot.core.rules.admission import Order, admit
from bot.core.rules.errors import CreditRefusal
from bot.core.rules.quota import HoldPart, Operator, Standing
from bot.errors import Refusal

TIP_EVERY = 86_400.0
"""Seconds in which a member is told once how a prompt would gain."""

REUSED_FOR = 86_400.0
"""Seconds in which an order is not made again unasked that would bring the same clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An accepted order: the job, the member's standing after the hold, the place in line."""

    job: Job
    standing: Standing
    place: Place | None
    again: bool = False
    """The same interaction had already made this job; nothing was held a second time."""
    alerted: bool = False
    """The order brought the server's cap to a level that staff wants to hear of."""


def accept(
    books: Books,
    new: NewJob,
    found: Standing,
    operator: Operator,
    prices: Callable[[], Mapping[str, int]],
    pace: Pace,
    now: Instant,
) -> Placed:
    """Store a job and hold its credits, where its member stands as `found`.

    `prices` tells what the order would cost with each preset.

    Raises:
        NoClipYet, NotYours, ClipLetGo, ClipGone: It begins with a clip that cannot be used.
        MadeBefore: The member has the very clip, or will.
        Refusal: See `bot.core.rules.admission.admit`.
    """
    try:
        parts = _admitted(books, new, found, prices, now.wall)
        job = _insert(books, new, now)
    except (Refusal, _Repeated):  # perhaps what it repeats is what is in its way
        known = books.job_of(new.interaction_id)
        if known is None:
            raise
        line = expected(books, known, found.bounds, pace, now.steady)
        return Placed(job=known, standing=found, place=line, again=True)
    books.hold(job, parts, now.wall)
    after = found.after(parts)
    return Placed(
        job=job,
        standing=after,
        alerted=_alert(books, new.guild_id, after, operator, now.wall),
        place=expected(books, job, found.bounds, pace, now.steady),
    )


def _admitted(
    books: Books,
    new: NewJob,
    found: Standing,
    prices: Callable[[], Mapping[str, int]],
    now: float,
) -> tuple[HoldPart, ...]:
    """What an order would hold. Raises Refusal as `accept`."""
    if new.source_id is not None:
        require_source(books, new.source_id, new.user_id)
    order = Order(
        cost=new.recipe.credits,
        preset=new.recipe.preset,
        agreed=new.agreed,
        text=new.recipe.own_words,
        channel_ids=new.channel_ids,
        owners=new.owners,
    )
    same = None if new.anew else _made_before(books, new, now)
    try:
        parts = admit(found, order, prices)
    except CreditRefusal:
        if same is None:
            raise
    if same is not None:
        ready = same.state is JobState.DELIVERED
        raise MadeBefore(same.code, new.recipe.credits, same.post, ready=ready)
    return parts


def require_source(books: Books, job_id: int, user_id: int) -> None:
    """Let a member's order begin only with a clip that they may use.

    Raises:
        NoSuchJob, NoClipYet, NotYours, ClipLetGo, ClipGone
    """
    source = books.job(job_id)
    if source is None:
        raise NoSuchJob
    require_clip_for(source, user_id)


def _made_before(books: Books, new: NewJob, now: float) -> Job | None:
    """The member's own order of the last day that this one would only make once more."""
    if new.recipe.seed is None:
        return None
    for job in books.found(new.guild_id, new.user_id, ANY, None):
        if job.created_at < now - REUSED_FOR:
            return None
        if _is_same(job, new):
            return job
    return None


def _is_same(job: Job, new: NewJob) -> bool:
    """Whether a job brings the clip of an order, or its post is there."""
    if job.ended_at is not None and (job.state is not JobState.DELIVERED or job.deleted):
        return False
    if job.alone:
        return False
    if _pictures(job) != _pictures(new):
        return False
    if new.recipe.seed not in {job.recipe.seed, job.seed_ran}:
        return False
    wanted = new.recipe
    made = _decided(job) if wanted.shape else job.recipe
    return wanted == replace(
        made,
        seed=wanted.seed,
        credits=wanted.credits,
        usual=wanted.usual,
        copy=wanted.copy,
        spoiler=wanted.spoiler,
    )


def _decided(job: Job) -> Recipe:
    """A job's recipe, with the shape that its picture decided on as if it had been asked for."""
    for one in job.recipe.shapes:
        if one.name == job.shape:
            recipe = replace(job.recipe, shape=one.name, shapes=())
            return replace(recipe, width=one.width, height=one.height)
    return job.recipe


def _pictures(one: Job | NewJob) -> tuple[str | None, str | None, int | None]:
    return one.picture_url, one.last_picture_url, one.source_id


class _Repeated(Exception):
    """The interaction has made its job already."""


def _insert(books: Books, new: NewJob, now: Instant) -> Job:
    """Raises _Repeated."""
    animates = bool(new.picture_url) or new.source_id is not None
    job = books.insert(
        new,
        JobState.PREPARING if animates else JobState.QUEUED,
        now=now.wall,
        due_at=now.steady if animates else None,
        card_due_at=now.steady + CARD_GRACE,
        no_tip_since=now.wall - TIP_EVERY if better(new.recipe.own_words) else None,
    )
    if job is None:
        raise _Repeated
    return job


def _alert(books: Books, guild_id: int, after: Standing, operator: Operator, now: float) -> bool:
    """Tell staff, once a window, that their cap has reached a level."""
    alert = alerts.reached(after, operator.prices)
    if alert is None or after.cap is None or not alert.is_news(books.told(guild_id)):
        return False
    books.tell(guild_id, alert, after.cap, now)
    return True
