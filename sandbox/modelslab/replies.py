"""The bodies of the service's answers, field by field as recorded from it.

Fields come and go: a processing fetch reply carries neither id nor eta, a failed one an empty id.
"""

from __future__ import annotations

from sandbox.modelslab.fields import JsonObject
from sandbox.modelslab.jobs import Job

_TIP = "Answers of the sandbox; no video service was asked."


def links(job: Job, origin: str) -> tuple[str, str]:
    """Return the link of the result and its proxy link."""
    return f"{origin}/generations/{job.file_name}", f"{origin}/proxy/generations/{job.file_name}"


def accepted(job: Job, origin: str) -> JsonObject:
    """The usual answer to a submit."""
    return {
        "status": "processing",
        "tip": _TIP,
        "eta": job.eta,
        "message": "Try to fetch request after seconds estimated",
        "fetch_result": f"{origin}/api/{job.order.endpoint.fetch}/{job.id}",
        "id": job.id,
        "output": [],
        "meta": job.order.meta,
        "future_links": [links(job, origin)[0]],
    }


def finished_at_once(job: Job, origin: str) -> JsonObject:
    """The answer to a submit whose clip is already there; documented, rare for video."""
    link, proxy = links(job, origin)
    return {
        "status": "success",
        "generationTime": generation_time(job),
        "id": job.id,
        "output": [link],
        "proxy_links": [proxy],
        "meta": job.order.meta,
        "future_links": [link],
    }


def fetched(job: Job, origin: str) -> JsonObject:
    """The answer to a fetch."""
    if job.state == "succeeded":
        return succeeded(job, origin)
    if job.state == "failed":
        return failed(job.message)
    return {"status": "processing", "message": "try again later.", "output": "", "tip": _TIP}


def succeeded(job: Job, origin: str) -> JsonObject:
    """The fetch answer of a finished job."""
    link, proxy = links(job, origin)
    return {"status": "success", "id": job.id, "output": [link], "proxy_links": [proxy]}


def failed(message: str) -> JsonObject:
    """The fetch answer of a failed job."""
    return {"status": "failed", "id": "", "message": message, "output": ""}


def webhook(job: Job, origin: str) -> JsonObject:
    """The body of the call at the end of a job."""
    if job.state != "succeeded":
        message = f"Processing failed: {job.message}"
        body = {"status": "failed", "id": job.id, "message": message}
    else:
        body = {
            "status": "success",
            "id": job.id,
            "output": [links(job, origin)[0]],
            "generationTime": generation_time(job),
            "meta": job.order.meta,
        }
    return body | ({} if job.track_id is None else {"track_id": job.track_id})


def generation_time(job: Job) -> float:
    """Seconds from acceptance to the end."""
    return round((job.finished or job.started) - job.started, 2)
