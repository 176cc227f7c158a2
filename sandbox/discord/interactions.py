"""Answers to interactions: the callback, the answer's message, and follow-ups."""

from __future__ import annotations

from typing import Any

from sandbox.clock import Clock
from sandbox.discord import payloads
from sandbox.discord.call import Call
from sandbox.discord.component_form import MODAL
from sandbox.discord.components import with_numbers
from sandbox.discord.compose import SETTABLE_BY_ANSWER, SETTABLE_BY_EDIT, Rules
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.invocation import (
    TOKEN_SECONDS,
    CallbackType,
    InteractionType,
    Invocation,
)
from sandbox.discord.message_form import ANSWER, check_flags
from sandbox.discord.messages import Messages
from sandbox.discord.model import Message, MessageFlag
from sandbox.discord.rest import Route
from sandbox.discord.shape import Check, Problems, anything, choice, integer, listing, shape, text

_COMMAND_ANSWER, _MENU_ANSWER, _SLASH_COMMAND = 20, 23, 1
_FOLLOW_UPS_BY_USER = 5
"""How many an interaction may have where only the member has installed the application."""
_UPDATES = (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE)


def _choice_value(value: Any, path: tuple[str, ...], problems: Problems) -> None:
    if isinstance(value, str):
        text(100)(value, path, problems)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        problems.add(path, "CHOICE_VALUE_TYPE", "Must be a string or a number.")


_CHOICE = shape({"name": text(100, 1), "value": _choice_value}, {"name_localizations": anything})
_DATA: dict[int, Check] = {
    CallbackType.REPLY: ANSWER,
    CallbackType.DEFERRED_REPLY: shape({}, {"flags": integer()}),
    CallbackType.DEFERRED_UPDATE: shape({}),
    CallbackType.UPDATE: ANSWER,
    CallbackType.CHOICES: shape({"choices": listing(_CHOICE, 25)}),
    CallbackType.MODAL: MODAL,
}


class Interactions:
    """Knows every interaction by its token, which is the only credential here."""

    def __init__(self, messages: Messages, clock: Clock) -> None:
        self._messages = messages
        self._clock = clock
        self._by_token: dict[str, Invocation] = {}

    def routes(self) -> list[Route]:
        """The callback and webhook routes."""
        callback = "/interactions/{interaction:\\d+}/{token}/callback"
        hook = "/webhooks/{app:\\d+}/{token}"
        one = hook + "/messages/{message}"
        reply = ("wait", "with_components")
        return [
            Route(
                "POST", callback, self._callback, needs_bot_token=False, query=("with_response",)
            ),
            Route("POST", hook, self._follow_up, needs_bot_token=False, query=reply),
            Route("GET", one, self._get, needs_bot_token=False),
            Route("PATCH", one, self._edit, needs_bot_token=False, query=("with_components",)),
            Route("DELETE", one, self._delete, needs_bot_token=False),
        ]

    def expect(self, invocation: Invocation) -> None:
        """Accept answers to this interaction from now on."""
        self._by_token[invocation.token] = invocation

    # The first answer

    def _callback(self, call: Call) -> dict[str, Any]:
        invocation = self._by_token.get(call.params["token"])
        if invocation is None or invocation.id != call.id("interaction"):
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        if invocation.callback is not None:
            raise ApiError(Refusal.ALREADY_ANSWERED)
        if invocation.error is not None:  # the member no longer waits
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        self._refuse_if_gone(invocation)
        self._refuse_if_closed(invocation)
        kind, data = self._checked(call, invocation)
        if kind in (CallbackType.REPLY, CallbackType.DEFERRED_REPLY):
            data = _as_hidden_as(invocation, data)
        self._apply(call, invocation, kind, data)
        invocation.callback = kind
        invocation.answered.set()
        return self._callback_response(invocation)

    @staticmethod
    def _checked(call: Call, invocation: Invocation) -> tuple[CallbackType, dict[str, Any]]:
        allowed = _allowed_callbacks(invocation)
        outer = shape({"type": choice(*map(int, allowed))}, {"data": anything})
        body = call.checked(outer)
        kind = CallbackType(body["type"])
        data = body.get("data") or {}
        problems = Problems()
        _DATA[kind](data, ("data",), problems)
        if kind is CallbackType.DEFERRED_REPLY:
            check_flags(data.get("flags") or 0, MessageFlag.EPHEMERAL, ("data",), problems)
        call.refuse(problems)
        return kind, data

    def _apply(
        self, call: Call, invocation: Invocation, kind: CallbackType, data: dict[str, Any]
    ) -> None:
        if kind is CallbackType.REPLY:
            message = self._new_answer(invocation, data)
            self._messages.composer.fill(message, call, data, self._rules(invocation, "data"))
            self._show_answer(invocation, message)
        elif kind is CallbackType.DEFERRED_REPLY:
            message = self._new_answer(invocation, data)
            message.flags |= MessageFlag.LOADING | MessageFlag(data.get("flags") or 0)
            self._show_answer(invocation, message)
        elif kind in _UPDATES:
            invocation.message = invocation.source
            if invocation.source and kind is CallbackType.UPDATE:
                self._change(call, invocation, invocation.source, data, "data")
        elif kind is CallbackType.CHOICES:
            invocation.choices = data["choices"]
        else:
            invocation.modal = {**data, "components": with_numbers(data["components"])}

    def _new_answer(self, invocation: Invocation, data: dict[str, Any]) -> Message:
        message = self._new_message(invocation, data)
        if invocation.type is InteractionType.COMMAND:
            slash = invocation.payload["data"]["type"] == _SLASH_COMMAND
            message.type = _COMMAND_ANSWER if slash else _MENU_ANSWER
        return message

    def _new_message(self, invocation: Invocation, data: dict[str, Any]) -> Message:
        bot = self._messages.world.bot
        hidden = bool((data.get("flags") or 0) & MessageFlag.EPHEMERAL)
        return self._messages.new(
            invocation.channel,
            bot,
            ephemeral_for=invocation.user if hidden else None,
            context=_context(invocation, bot.id),
        )

    def _show_answer(self, invocation: Invocation, message: Message) -> None:
        invocation.message = message
        self._messages.publish(message)

    def _callback_response(self, invocation: Invocation) -> dict[str, Any]:
        message = invocation.message
        interaction: dict[str, Any] = {"id": str(invocation.id), "type": int(invocation.type)}
        resource: dict[str, Any] = {"type": invocation.callback}
        if message is not None:
            interaction["response_message_id"] = str(message.id)
            interaction["response_message_loading"] = message.is_loading
            interaction["response_message_ephemeral"] = invocation.ephemeral
        if message and invocation.callback in (CallbackType.REPLY, CallbackType.UPDATE):
            resource["message"] = self._messages.rendered.message(message)
        return {"interaction": interaction, "resource": resource}

    # Everything after it

    def _alive(self, call: Call) -> Invocation:
        invocation = self._by_token.get(call.params["token"])
        if call.id("app") != self._messages.world.bot.id:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        if invocation is None or self._clock.now() - invocation.created_at > TOKEN_SECONDS:
            raise ApiError(Refusal.INVALID_WEBHOOK_TOKEN)
        if invocation.callback is None:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        return invocation

    def _message(self, call: Call, invocation: Invocation) -> Message:
        wanted = call.params["message"]
        known = {str(message.id): message for message in invocation.messages}
        found = invocation.message if wanted == "@original" else known.get(wanted)
        if found is None or found.deleted:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return found

    def _follow_up(self, call: Call) -> dict[str, Any]:
        invocation = self._alive(call)
        self._refuse_if_gone(invocation)
        self._refuse_if_closed(invocation)
        body = call.checked(ANSWER, empty={})
        waiting = invocation.message
        if waiting and waiting.is_loading and not waiting.deleted:
            # The placeholder keeps who can see it, whatever this follow-up asks for.
            visible = {key: value for key, value in body.items() if key != "flags"}
            flags = (body.get("flags") or 0) & ~MessageFlag.EPHEMERAL
            self._change(call, invocation, waiting, {**visible, "flags": flags})
            return self._messages.rendered.message(waiting)
        if invocation.by_user_only and len(invocation.followups) >= _FOLLOW_UPS_BY_USER:
            raise ApiError(Refusal.FOLLOW_UPS_USED_UP)
        body = _as_hidden_as(invocation, body)
        message = self._new_message(invocation, body)
        if waiting:
            message.context["interaction_metadata"]["original_response_message_id"] = str(
                waiting.id
            )
        self._messages.composer.fill(message, call, body, self._rules(invocation))
        invocation.followups.append(message)
        self._messages.publish(message)
        return self._messages.rendered.message(message)

    def _get(self, call: Call) -> dict[str, Any]:
        return self._messages.rendered.message(self._message(call, self._alive(call)))

    def _edit(self, call: Call) -> dict[str, Any]:
        invocation = self._alive(call)
        message = self._message(call, invocation)
        self._change(call, invocation, message, call.checked(ANSWER, empty={}))
        return self._messages.rendered.message(message)

    def _delete(self, call: Call) -> None:
        self._messages.remove(self._message(call, self._alive(call)))

    def _refuse_if_gone(self, invocation: Invocation) -> None:
        if invocation.channel.id not in self._messages.world.channels:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)

    def _refuse_if_closed(self, invocation: Invocation) -> None:
        """Answers reopen an archived thread, but none that is locked too (api-docs issue 5517)."""
        thread, messages = invocation.channel.thread, self._messages
        if thread and thread.archived and thread.locked:
            messages.check_active(invocation.channel)

    @staticmethod
    def _rules(invocation: Invocation, *path: str) -> Rules:
        return Rules(SETTABLE_BY_ANSWER, invocation.upload_limit, path)

    def _change(
        self, call: Call, invocation: Invocation, message: Message, body: Any, *path: str
    ) -> None:
        rules = Rules(SETTABLE_BY_EDIT, invocation.upload_limit, path)
        self._messages.change(message, call, body, rules)


def _allowed_callbacks(invocation: Invocation) -> tuple[CallbackType, ...]:
    if invocation.type is InteractionType.AUTOCOMPLETE:
        return (CallbackType.CHOICES,)
    allowed: tuple[CallbackType, ...] = (CallbackType.REPLY, CallbackType.DEFERRED_REPLY)
    if invocation.source:
        allowed += _UPDATES
    if invocation.type is not InteractionType.MODAL_SUBMIT:
        allowed += (CallbackType.MODAL,)
    return allowed


def _as_hidden_as(invocation: Invocation, data: dict[str, Any]) -> dict[str, Any]:
    forced = MessageFlag.EPHEMERAL if invocation.hidden else MessageFlag.NONE
    return {**data, "flags": (data.get("flags") or 0) | forced}


def _context(invocation: Invocation, app_id: int) -> dict[str, Any]:
    return {
        "webhook_id": str(app_id),
        "application_id": str(app_id),
        "interaction_metadata": _metadata(invocation),
    }


def _metadata(invocation: Invocation) -> dict[str, Any]:
    """What a message tells of the interaction that it answers."""
    metadata: dict[str, Any] = {
        "id": str(invocation.id),
        "type": int(invocation.type),
        "user": payloads.user(invocation.user),
        "authorizing_integration_owners": invocation.payload["authorizing_integration_owners"],
    }
    if invocation.opener:
        metadata["triggering_interaction_metadata"] = _metadata(invocation.opener)
    elif invocation.source:
        metadata["interacted_message_id"] = str(invocation.source.id)
    return metadata
