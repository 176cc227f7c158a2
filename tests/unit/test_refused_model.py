"""A model that the service refuses fails alone, and the operator reads what to change."""

from __future__ import annotations

from structlog.testing import capture_logs

from bot.core.jobs.errors import FailReason, ModelRefused
from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.core.rules.quota import Limit, Operator
from tests.builders import Core, member
from tests.conftest import MakeCore

KEY = '[models."kling-2.5"] remote'


def refusal(key: str = KEY) -> ModelRefused:
    return ModelRefused("HTTP 400: Model not found: kling-v2-5-turbo-t2v", key)


async def roomy(make_core: MakeCore) -> Core:
    return await make_core(operator=Operator(fallback=Limit(None), member_waiting=9))


async def test_others_go_on_and_its_credits_go_back(make_core: MakeCore) -> None:
    core = await roomy(make_core)
    refused = await core.order(model="kling-2.5", agreed=11)
    other = await core.order()
    core.api.answers.append(refusal())
    await drain(core.submitter)
    refused, other = await core.job(refused), await core.job(other)
    assert (refused.state, refused.reason) == (JobState.FAILED, FailReason.MODEL_REFUSED)
    assert core.ledger(refused) == [("hold", 11), ("release", 11)]
    assert other.state is JobState.SUBMITTED
    assert not core.submitter.paused
    assert (await core.order()).state is JobState.QUEUED


async def test_the_operator_is_told_the_key_once_until_the_model_is_taken(
    make_core: MakeCore,
) -> None:
    core = await roomy(make_core)
    answers = [refusal(), refusal(), refusal('[models."kling-2.5"] seconds'), None, refusal()]
    with capture_logs() as logs:
        for number, answer in enumerate(answers):
            await core.order(member(user_id=number), model="kling-2.5", agreed=11)
            if answer:
                core.api.answers.append(answer)
            await drain(core.submitter)
    told = [(line["event"], line.get("change")) for line in logs if line["event"][:5] == "model"]
    assert told == [
        ("model.refused", f"PRESETS_FILE: {KEY}"),
        ("model.refused", 'PRESETS_FILE: [models."kling-2.5"] seconds'),
        ("model.taken", None),
        ("model.refused", f"PRESETS_FILE: {KEY}"),
    ]
