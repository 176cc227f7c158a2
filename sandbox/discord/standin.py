"""A local Discord: the servers that a bot connects to, and the members it meets there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.admin import Admin
from sandbox.discord.cdn import Cdn
from sandbox.discord.client import MemberClient
from sandbox.discord.commands import Commands
from sandbox.discord.errors import MemberRefused
from sandbox.discord.faults import Faults
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.invocation import Invocation
from sandbox.discord.limits import Limits
from sandbox.discord.messages import Messages, Predicate
from sandbox.discord.model import Channel, Guild, Member, Message, Role, UploadedFile, User
from sandbox.discord.options import Value
from sandbox.discord.permissions import sending_in
from sandbox.discord.places import Places
from sandbox.discord.rest import API, LARGEST_REQUEST, Rest
from sandbox.discord.selection import Chosen
from sandbox.discord.threads import Threads
from sandbox.discord.world import World, furnish, named


class DiscordStandIn:
    """Discord on 127.0.0.1, with one server and three members (see `furnish`).

    Everything the bot sends that the stand-in does not know is refused and noted in `surprises`.
    `faults` lets requests fail, `gateway` connections; `admin` changes servers, and `threads` what
    its name says. Members and channels go by their name in `guild`, or are given as objects when
    there are several servers. `record` gets every exchange, unmasked. A `port` of 0 takes a free
    one. With the same `born`, the server and its people have the same ids. `limits` are over
    `speed` times sooner than Discord's.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rng: random.Random,
        token: str = "sandbox-token",  # noqa: S107 - no secret, it opens nothing but this
        record: Callable[[dict[str, Any]], None] | None = None,
        port: int = 0,
        born: float | None = None,
        speed: float = 1.0,
    ) -> None:
        self.surprises: list[str] = []
        self.faults = Faults()
        self.limits = Limits(clock, speed)
        self.world = World(clock, born)
        self.guild = furnish(self.world)
        self.world.ids.go_on()
        self.origin = ""
        self._port = port
        self._turn = asyncio.Event()
        self.cdn = Cdn(clock, rng, self.world.ids)
        self.gateway = Gateway(
            self.world,
            clock=clock,
            rng=rng,
            token=token,
            surprises=self.surprises,
            record=record,
            on_identified=self._turned,
        )
        self.commands = Commands(self.world, self._turned)
        self.threads = Threads(self.world, self.gateway)
        self._messages = Messages(self.world, self.cdn, self.gateway, self.threads, clock)
        self.admin = Admin(
            self.world, self.gateway, self._messages, self.threads, self.commands, self.guild
        )
        self._interactions = Interactions(self._messages, clock)
        self._client = MemberClient(
            self.world,
            self.cdn,
            self.gateway,
            self.commands,
            self._interactions,
            clock=clock,
            rng=rng,
            faults=self.faults,
        )
        self._rest = Rest(
            clock=clock,
            token=token,
            faults=self.faults,
            limits=self.limits,
            surprises=self.surprises,
            record=record,
        )
        self._runner: web.AppRunner | None = None

    # Running

    async def start(self) -> None:
        """Listen; the addresses are known from then on, and stay the same after a `close`."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        for path in ("/gateway", "/gateway/"):
            app.router.add_get(path, self.gateway.serve)
        self._rest.add(app, *Places(self.world, self.gateway).routes())
        self._rest.add(app, *self.commands.routes())
        self._rest.add(app, *self._messages.routes())
        self._rest.add(app, *self._interactions.routes())
        self._rest.add_cdn(app, self.cdn)
        self._rest.refuse_the_rest(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, self._port = self._runner.addresses[0][:2]
        self.origin = self.cdn.origin = f"http://{host}:{self._port}"
        self.gateway.url = self.gateway_url

    async def close(self) -> None:
        """Close all connections and stop listening."""
        self.gateway.close_connections(1001)
        if self._runner:
            await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        """Where REST calls go."""
        return self.origin + API

    @property
    def gateway_url(self) -> str:
        """Where the WebSocket is."""
        return self.origin.replace("http", "ws", 1) + "/gateway"

    async def wait_ready(self, timeout: float) -> None:  # noqa: ASYNC109 - part of the contract
        """Wait until a bot is logged in and has commands.

        Raises:
            TimeoutError: after `timeout` real seconds.
        """
        async with asyncio.timeout(timeout):
            while not (self.gateway.is_connected and self.commands.is_synced):
                self._turn.clear()
                await self._turn.wait()

    def _turned(self) -> None:
        self._turn.set()

    # Looking around

    def user(self, name: str) -> User:
        """The account with this name; KeyError when there is none."""
        return named(self.world.users.values(), name)

    def member(self, name: str, guild: Guild | None = None) -> Member:
        """The member with this name; KeyError when there is none."""
        return (guild or self.guild).members[self.user(name).id]

    def channel(self, name: str, guild: Guild | None = None) -> Channel:
        """The channel or thread with this name or id; KeyError when there is none."""
        where = guild or self.guild
        there = where.channels | where.threads
        if name.isdecimal() and int(name) in there:
            return there[int(name)]
        return named(there.values(), name)

    def role(self, name: str, guild: Guild | None = None) -> Role:
        """The role with this name; KeyError when there is none."""
        return named((guild or self.guild).roles.values(), name)

    def dm(self, user: User | str) -> Channel:
        """The direct messages between the bot and this user."""
        return self.world.dm(self._user(user))

    def messages(self, channel: Channel | str) -> list[Message]:
        """What all can read in the channel now, oldest first."""
        return list(self._channel(channel).messages.values())

    async def wait_for_message(
        self,
        channel: Channel | str,
        predicate: Predicate,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> Message:
        """A message of the channel that fits, there already or once it is sent or edited.

        Raises:
            TimeoutError: after `timeout` real seconds.
        """
        where = self._channel(channel)

        def fits(message: Message) -> bool:
            visible = message.id in where.messages
            return visible and predicate(message)

        return await self._messages.wait_for(list(where.messages.values()), fits, timeout)

    async def wait_for_answer(
        self,
        invocation: Invocation,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> Message:
        """The answer's message once it no longer says "thinking".

        Raises:
            TimeoutError: after `timeout` real seconds.
        """

        def fits(message: Message) -> bool:
            return message is invocation.message and not message.is_loading

        return await self._messages.wait_for(invocation.messages, fits, timeout)

    async def wait_for_more(
        self,
        invocation: Invocation,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> Message:
        """The next message of the answer that the bot edits or adds.

        Raises:
            TimeoutError: after `timeout` real seconds.
        """
        return await self._messages.wait_for([], lambda m: m in invocation.messages, timeout)

    # What members do

    async def slash(
        self,
        user: User | str,
        channel: Channel | str,
        path: str,
        options: Mapping[str, Value] | None = None,
        files: Mapping[str, UploadedFile] | None = None,
    ) -> Invocation:
        """Send a slash command and wait for the first answer, 3 s at most.

        `path` is the name with its sub-commands, such as "quota-admin default"; `files` are the
        attachment options.

        Raises:
            MemberRefused: when Discord's client would not let this member send it.
        """
        given = {**(options or {}), **(files or {})}
        return await self._client.slash(self._user(user), self._channel(channel), path, given)

    async def autocomplete(
        self,
        user: User | str,
        channel: Channel | str,
        path: str,
        options: Mapping[str, Value],
        focused: str,
    ) -> list[dict[str, Any]]:
        """Type into an option; the choices the bot offers (`name` and `value`).

        Raises:
            MemberRefused: when there is no such option, or the bot did not answer.
        """
        invocation = await self._client.autocomplete(
            self._user(user), self._channel(channel), path, options, focused
        )
        if invocation.choices is None:
            raise MemberRefused("Loading options failed")
        return invocation.choices

    async def context_menu(
        self, user: User | str, channel: Channel | str, name: str, target: Message | User
    ) -> Invocation:
        """Use a command of the Apps menu of a message or a user.

        Raises:
            MemberRefused: when this member has no such command there.
        """
        if isinstance(target, User):
            where = self._channel(channel)
            return await self._client.user_menu(self._user(user), where, name, target)
        return await self._client.message_menu(self._user(user), name, target)

    async def press(self, user: User | str, message: Message, custom_id: str) -> Invocation:
        """Press a button.

        Raises:
            MemberRefused: when it is not there for this member, or disabled.
        """
        return await self._client.press(self._user(user), message, custom_id)

    async def choose(
        self, user: User | str, message: Message, custom_id: str, values: Sequence[Chosen]
    ) -> Invocation:
        """Choose in a select menu: labels or values, or users, roles and channels.

        Raises:
            MemberRefused: when the menu does not offer this to the member.
        """
        return await self._client.choose(self._user(user), message, custom_id, values)

    async def submit_modal(self, opened: Invocation, values: Mapping[str, Any]) -> Invocation:
        """Send the modal that an interaction opened; `values` are by custom id.

        Text inputs take a string, selects and file uploads a list, radio groups a label or value,
        checkboxes a bool. Fields not named keep what they show.

        Raises:
            MemberRefused: when a field does not take its value.
        """
        return await self._client.submit_modal(opened, values)

    def deliver_again(self, invocation: Invocation) -> None:
        """Send the bot an interaction it has had already."""
        self._client.deliver_again(invocation)

    def say(
        self, user: User | str, channel: Channel | str, content: str, *files: UploadedFile
    ) -> Message:
        """Post a message.

        Raises:
            MemberRefused: when the member may not post there.
        """
        author, where = self._user(user), self._channel(channel)
        may_write = self.world.permissions(author, where) & sending_in(where)
        if not (may_write and self.world.may_change(author, where)):
            raise MemberRefused(f"{author.name} may not post here.")
        message = self._messages.new(where, author, content=content)
        message.attachments = [self.cdn.store(where.id, file) for file in files]
        self._messages.composer.notify(message, None)
        self._messages.publish(message)
        self._messages.bring_in(message)
        return message

    def _user(self, user: User | str) -> User:
        return self.user(user) if isinstance(user, str) else user

    def _channel(self, channel: Channel | str) -> Channel:
        return self.channel(channel) if isinstance(channel, str) else channel
