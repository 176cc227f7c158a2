"""No secret is ever written down, however much is logged and whatever the services say."""

from __future__ import annotations

import json

from sandbox.modelslab.faults import Reply
from sandbox.stage import KEY, SECRET, TOKEN
from tests.e2e.theatre import running


async def test_the_most_talkative_log_holds_no_secret():
    """Every other file of these tests ends with the same check, at the usual level."""
    settings = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
    echo = json.dumps({"status": "error", "message": f"bad key {KEY} for {TOKEN}"}).encode()
    async with running(settings=settings) as theatre:
        faults = theatre.modelslab.faults
        faults.fetch.next.append(Reply(502, echo))
        theatre.discord.faults.fail("POST", r"/channels/\d+/messages$", 500, f"{TOKEN} {SECRET}")
        ordered = await theatre.order()
        await ordered.result()
        assert await theatre.stage.bot.stop() == 0
        log = theatre.log()
        for secret in (KEY, TOKEN, SECRET):
            assert secret not in log
        seals = {job.order.webhook.rpartition("/")[2] for job in theatre.modelslab.submits}
        assert seals
        assert not [seal for seal in seals if seal in log]
        assert ordered.sent.token not in log
        assert '"level": "debug"' in log
