"""The video service over HTTP: hand a job over once, look at it often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import stamina
import structlog
from yarl import URL

from bot.clock import Clock
from bot.core.jobs.codes import code_of
from bot.core.jobs.errors import (
    FailReason,
    LocalTrouble,
    LookFailed,
    NotSent,
    OutcomeUnknown,
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Accepted, Lent, Look
from bot.core.orders.models import Model
from bot.core.orders.recipe import Recipe
from bot.modelslab import answers, blame, payloads, verdicts
from bot.modelslab.answers import Answer
from bot.modelslab.payloads import Endpoint
from bot.modelslab.verdicts import Fault

log = structlog.get_logger(__name__)

SUBMIT_SECONDS, UPLOAD_SECONDS, LOOK_SECONDS, CONNECT_SECONDS = 90, 30, 20, 10
UPLOAD_TRIES = 3
BODY_BYTES = 1024 * 1024
KEEPALIVE_SECONDS = 4


def open_session() -> aiohttp.ClientSession:
    """A session for the client; whoever opens it closes it.

    Idle connections are given up before a server would close them: an order written to a
    connection that is just being closed would have to count as of unknown outcome.
    """
    connector = aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_SECONDS)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class ModelsLabClient:
    """`VideoApi` over ModelsLab's HTTP API.

    `base_url` ends where the version begins (`https://modelslab.com/api`). `webhook_url` gives the
    address that the service calls when the job of that id is done. The key goes into bodies
    only, and is taken out of every text that comes back.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        key: str,
        models: Mapping[str, Model],
        webhook_url: Callable[[int], str] | None,
        clock: Clock,
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/")
        self._key = key
        self._models = models
        self._webhook_url = webhook_url
        self._clock = clock

    async def lend(self, picture: Path) -> Lent:
        """See `VideoApi.lend`.

        Raises:
            NotSent, ProviderTrouble, ProviderBusy, ProviderLocked, ProviderRejected: see each.
        """
        return Lent(picture, await self._upload(await _read_picture(picture)))

    async def submit(self, job: Job, picture: Lent | None, last: Lent | None = None) -> Accepted:
        """See `VideoApi.submit`. The call is sent again only after a clear refusal of a picture.

        Raises:
            NotSent, OutcomeUnknown, ProviderTrouble, ProviderBusy, ProviderLocked,
            ProviderRejected, ModelRefused, LocalTrouble: see each.
        """
        model, endpoint = self._place(job.recipe)
        lacking = payloads.lacking(job, model)
        if lacking:
            raise _unknown(f"{lacking} of {job.recipe.model}")
        webhook = self._webhook_url(job.id) if self._webhook_url else None
        order = payloads.order(job, model, webhook)
        if picture:
            answer = await self._submit_pictures(endpoint.submit, order, model, picture, last)
        else:
            answer = await self._post(endpoint.submit, order, SUBMIT_SECONDS)
        found = verdicts.fault(answer)
        refused = found and blame.refused(found, answer, job, model)
        if refused:
            raise refused
        self._raise_fault(answer)
        return verdicts.accepted(answer, endpoint.fetch, order["track_id"])

    def fetch_path(self, recipe: Recipe) -> str:
        """See `VideoApi.fetch_path`.

        Raises:
            ProviderRejected: The presets no longer know its model.
        """
        return self._place(recipe)[1].fetch

    async def fetch(self, fetch_path: str, remote_id: str) -> Look:
        """See `VideoApi.fetch`. The address is our own: one from the service could steal the key.

        Raises:
            LookFailed, ProviderBusy, ProviderLocked: see each.
        """
        try:
            target = payloads.fetch_target(fetch_path, remote_id)
            answer = await self._post(target, {}, LOOK_SECONDS)
        except (NotSent, OutcomeUnknown) as error:
            raise LookFailed(error.detail) from None
        return verdicts.look(answer, self._clock.now())

    async def check_key(self) -> None:
        """See `VideoApi.check_key`: asks for the wallet.

        Raises:
            ProviderLocked: The key is refused. Any other trouble is only logged.
        """
        try:
            answer = await self._post(payloads.WALLET_PATH, {}, LOOK_SECONDS)
        except (NotSent, OutcomeUnknown) as error:
            log.info("provider.key_not_checked", detail=error.detail)
            return
        found = verdicts.fault(answer)
        if found is Fault.KEY:
            raise verdicts.error(found, answer, self._clock.now())
        detail = answers.detail(answer)
        if answer.status == HTTPStatus.NOT_FOUND:
            log.warning("provider.key_not_checked", MODELSLAB_BASE_URL=self._base, detail=detail)
        elif found:
            log.info("provider.key_not_checked", detail=detail)

    def _place(self, recipe: Recipe) -> tuple[Model, Endpoint]:
        model = self._models.get(recipe.model)
        if model is None:
            raise _unknown(recipe.model)
        return model, payloads.ENDPOINTS[model.family, recipe.kind]

    async def _submit_pictures(
        self, path: str, order: dict[str, Any], model: Model, picture: Lent, last: Lent | None
    ) -> Answer:
        """Send an order with its pictures; after a clear refusal of one, another way once.

        A v7 model may want a list where another wants a text (the docs disagree), and a picture
        that the service cannot fetch is sent along, or uploaded anew where that is not taken. Two
        are uploaded anew: the answer does not say which, and that a last frame may be sent along is
        documented nowhere.
        """
        if last:
            order |= {model.last_frame: last.url}
        answer = await self._post(path, order | {"init_image": picture.url}, SUBMIT_SECONDS)
        if verdicts.fault(answer) is Fault.PICTURE_FIELD and model.family == "v7":
            _note_other_way(order, "list")
            answer = await self._post(path, order | {"init_image": [picture.url]}, SUBMIT_SECONDS)
        if verdicts.fault(answer) is not Fault.PICTURE_UNREACHABLE:
            return answer
        inline = None if last else payloads.takes_base64(model.family)
        _note_other_way(order, "upload" if inline is None else "inline")
        content = await _read_picture(picture.path)
        if inline is not None:
            image = await asyncio.to_thread(payloads.plain_base64, content)
            return await self._post(path, order | inline | {"init_image": image}, SUBMIT_SECONDS)
        order |= {"init_image": await self._upload(content)}
        if last:
            order |= {model.last_frame: await self._upload(await _read_picture(last.path))}
        return await self._post(path, order, SUBMIT_SECONDS)

    async def _upload(self, picture: bytes) -> str:
        """Lend the picture to the service and return its address there, which lives for 24 h.

        Safe to repeat: nothing is ordered yet, so no failure here leaves the outcome open.
        """
        body = {"base64_string": await asyncio.to_thread(payloads.data_uri, picture)}
        async for attempt in stamina.retry_context(
            on=(NotSent, ProviderTrouble), attempts=UPLOAD_TRIES, wait_initial=0.5, wait_max=5.0
        ):
            with attempt:
                return await self._upload_once(body)
        raise AssertionError  # the last attempt returns or raises

    async def _upload_once(self, body: dict[str, Any]) -> str:
        try:
            answer = await self._post(payloads.UPLOAD_PATH, body, UPLOAD_SECONDS)
            self._raise_fault(answer)
        except OutcomeUnknown as error:
            raise ProviderTrouble(f"upload: {error.detail}") from None
        links = answers.urls(answer.body or {})
        if not links:
            raise ProviderTrouble(f"upload without a link: {answers.detail(answer)}")
        return links[0]

    def _raise_fault(self, answer: Answer) -> None:
        found = verdicts.fault(answer)
        if found:
            raise verdicts.error(found, answer, self._clock.now())

    async def _post(self, path: str, body: dict[str, Any], seconds: float) -> Answer:
        """One POST, never repeated here nor by aiohttp, which repeats idempotent methods only.

        No redirect is followed: it would carry the key elsewhere.

        Raises:
            NotSent: No connection came about.
            OutcomeUnknown: It did, and no whole answer came.
        """
        try:
            async with self._session.post(
                URL(self._base + path, encoded=True),
                json=body | {"key": self._key},
                timeout=aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                raw = await _read_capped(response.content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self._fail(NotSent, error)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._fail(OutcomeUnknown, error)
        return answers.read(response.status, response.headers, raw, self._key)

    def _fail(self, kind: type[NotSent | OutcomeUnknown], error: Exception) -> NoReturn:
        """Raise without the cause, whose text may quote what the service sent."""
        text = answers.scrub(f"{type(error).__name__}: {error}", self._key)
        raise kind(text[: answers.DETAIL_CHARS]) from None


def _unknown(what: str) -> ProviderRejected:
    return ProviderRejected(f"the presets no longer know {what}", FailReason.SERVICE_PROBLEM)


def _note_other_way(order: dict[str, Any], way: str) -> None:
    log.info("submit.picture_sent_again", job=code_of(int(order["track_id"])), way=way)


async def _read_picture(picture: Path) -> bytes:
    try:
        return await asyncio.to_thread(picture.read_bytes)
    except FileNotFoundError as error:
        raise ProviderRejected(f"picture: {error.strerror}", FailReason.PICTURE_GONE) from error
    except OSError as error:
        raise LocalTrouble(f"picture: {error.strerror}") from error


async def _read_capped(stream: aiohttp.StreamReader) -> bytes:
    """The body; what is longer than 1 MiB is dropped, and then reads as no answer at all."""
    raw = bytearray()
    async for chunk in stream.iter_any():
        raw += chunk
        if len(raw) > BODY_BYTES:
            return b"more than 1 MiB"
    return bytes(raw)
