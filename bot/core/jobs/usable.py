"""Whether a clip may be used for something else."""

from __future__ import annotations

from bot.core.jobs.errors import ClipGone, ClipLetGo, NoClipYet, NotYours
from bot.core.jobs.model import Job
from bot.core.jobs.states import BROUGHT, JobState


def require_clip(job: Job) -> None:
    """Let only a clip be used that somebody has had, and that is here or at the service.

    Raises:
        NoClipYet, ClipLetGo, ClipGone
    """
    if job.state not in BROUGHT:
        raise NoClipYet(job.code)
    require_wanted(job)
    if not (job.clip_here or job.link):
        raise ClipGone(job.recipe.credits, released=False)


def require_clip_for(job: Job, user_id: int) -> None:
    """As `require_clip`, for this person: of others, only what was posted.

    Raises:
        NoClipYet, NotYours, ClipLetGo, ClipGone
    """
    if job.user_id != user_id and job.state in BROUGHT - {JobState.DELIVERED}:
        raise NotYours(job.code)
    require_clip(job)


def is_let_go_by_its_member(source: Job, job: Job) -> bool:
    """Whether a job of somebody else begins with a clip that is not wanted any more."""
    return source.user_id != job.user_id and (source.deleted or source.forgotten)


def require_wanted(job: Job) -> None:
    """Let no clip be used that somebody wanted gone.

    Raises:
        ClipLetGo
    """
    if job.deleted or job.forgotten:
        raise ClipLetGo(job.code, deleted=job.deleted)
