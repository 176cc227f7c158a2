"""Why a member may, or may not, order something now."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.jobs.model import Job
from bot.core.jobs.pace import Pace
from bot.core.orders.presets import Presets
from bot.core.orders.recipe import VideoRequest
from bot.core.rules.admission import Order, objections
from bot.core.rules.errors import Paused
from bot.core.rules.quota import Standing
from bot.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All that decides about an order of a preset. `refusals` begin with the weightiest.

    `service_closed` says that the video service takes no orders of ours at the moment. `ends` are
    when the jobs that it works on are usually ready, by their ids (the steady clock's).
    """

    standing: Standing
    service_closed: bool
    preset: str
    cost: int
    refusals: tuple[Refusal, ...]
    on_the_way: tuple[Job, ...]
    ends: dict[int, float]


def explain(
    presets: Presets,
    request: VideoRequest,
    standing: Standing,
    on_the_way: tuple[Job, ...],
    pace: Pace,
    *,
    closed: bool,
) -> Why:
    """Judge an order made in no particular channel.

    Raises:
        Refusal: There is no such order at all.
    """
    recipe = presets.resolve(request)
    order = Order(cost=recipe.credits, preset=recipe.preset)
    against = tuple(objections(standing, order, tuple(presets.offering(request.kind))))
    return Why(
        standing=standing,
        service_closed=closed,
        preset=recipe.preset,
        cost=recipe.credits,
        refusals=(Paused(), *against) if closed else against,
        on_the_way=on_the_way,
        ends={job.id: end for job in on_the_way if (end := pace.ready_at(job)) is not None},
    )
