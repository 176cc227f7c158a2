"""The JSON that Discord sends for its objects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.discord import components
from sandbox.discord.cdn import Cdn
from sandbox.discord.model import Attachment, Channel, Guild, Member, Message, Role, Thread, User
from sandbox.discord.world import World

Payload = dict[str, Any]


def timestamp(seconds: float) -> str:
    """ISO 8601 in UTC, always with microseconds, as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user(one: User) -> Payload:
    """A user object."""
    return {
        "id": str(one.id),
        "username": one.name,
        "discriminator": "0",
        "global_name": None if one.bot else one.name.capitalize(),
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
    }


def role(one: Role) -> Payload:
    """A role object."""
    return {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "hoist": False,
        "position": one.position,
        "permissions": str(int(one.permissions)),
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
    }


def member(one: Member, *, with_user: bool = True) -> Payload:
    """A guild member object."""
    payload: Payload = {
        "nick": one.nick,
        "avatar": None,
        "roles": [str(role_id) for role_id in one.role_ids],
        "joined_at": timestamp(one.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return {"user": user(one.user), **payload} if with_user else payload


def channel(one: Channel) -> Payload:
    """A channel object; one without a server names its people."""
    last = next(reversed(one.messages), None)
    payload: Payload = {
        "id": str(one.id),
        "type": int(one.type),
        "last_message_id": None if last is None else str(last),
        "flags": 0,
    }
    if one.thread is not None:
        return payload | _thread(one, one.thread)
    if one.guild is None:
        people = [one.recipient] if one.recipient else one.people
        payload["recipients"] = [user(each) for each in people]
        if one.people:
            payload |= {"name": None, "icon": None, "owner_id": str(one.people[0].id)}
        return payload
    return {
        **payload,
        "guild_id": str(one.guild.id),
        "name": one.name,
        "position": one.position,
        "parent_id": None,
        "topic": None,
        "nsfw": one.nsfw,
        "rate_limit_per_user": 0,
        "permission_overwrites": list(_overwrites(one)),
    }


def _thread(one: Channel, thread: Thread) -> Payload:
    return {
        "guild_id": str(thread.parent.guild.id) if thread.parent.guild else None,
        "name": one.name,
        "parent_id": str(thread.parent.id),
        "owner_id": str(thread.owner.id),
        "rate_limit_per_user": 0,
        "message_count": len(one.messages),
        "total_message_sent": len(one.messages),
        "member_count": min(len(thread.members), 50),
        "thread_metadata": {
            "archived": thread.archived,
            "archive_timestamp": timestamp(thread.changed_at),
            "auto_archive_duration": 4320,
            "locked": thread.locked,
        },
    }


def thread_member(one: Channel, user_id: int) -> Payload:
    """The member object of somebody who is in the thread; nothing if they are not."""
    joined_at = one.thread.members.get(user_id) if one.thread else None
    if joined_at is None:
        return {}
    joined = timestamp(joined_at)
    return {"id": str(one.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}


def channel_for(one: Channel, user_id: int) -> Payload:
    """A channel object as this user gets it: one of their threads tells that they are in it."""
    mine = thread_member(one, user_id)
    return {**channel(one), "member": mine} if mine else channel(one)


def _overwrites(one: Channel) -> Iterator[Payload]:
    roles = one.guild.roles if one.guild else {}
    for target, overwrite in one.overwrites.items():
        yield {
            "id": str(target),
            "type": 0 if target in roles else 1,
            "allow": str(int(overwrite.allow)),
            "deny": str(int(overwrite.deny)),
        }


def guild(one: Guild) -> Payload:
    """A guild object without its channels and members."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "owner_id": str(one.owner_id),
        "premium_tier": one.premium_tier,
        "preferred_locale": one.locale,
        "features": [],
        "roles": [role(each) for each in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "afk_timeout": 300,
        "system_channel_id": str(one.system_channel_id) if one.system_channel_id else None,
        "system_channel_flags": 0,
    }


def guild_create(
    one: Guild, members: list[Member], threads: list[Payload], *, joined: bool = False
) -> Payload:
    """The GUILD_CREATE event, with the members and threads that the session may know.

    Of a server that the bot has just `joined` it does not say whether it was away.
    """
    return {
        **guild(one),
        "joined_at": timestamp(min(each.joined_at for each in one.members.values())),
        "large": False,
        **({} if joined else {"unavailable": False}),
        "member_count": len(one.members),
        "members": [member(each) for each in members],
        "channels": [channel(each) for each in one.channels.values()],
        "threads": threads,
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application(world: World) -> Payload:
    """The application object of the bot."""
    return {
        "id": str(world.bot.id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(world.app_owner),
        "team": None,
        "flags": 0,
        "bot": user(world.bot),
        "interactions_endpoint_url": None,
        "approximate_guild_count": len(world.guilds),
    }


class MessagePayloads:
    """Renders messages; their attachments get freshly signed addresses each time."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn

    def attachment(self, one: Attachment) -> Payload:
        """An attachment object."""
        url = self._cdn.url(one)
        payload: Payload = {
            "id": str(one.id),
            "filename": one.filename,
            "size": len(one.data),
            "url": url,
            "proxy_url": url,
        }
        if one.content_type:
            payload["content_type"] = one.content_type
        if one.size_in_pixels:
            payload["width"], payload["height"] = one.size_in_pixels
        if one.description:
            payload["description"] = one.description
        if one.ephemeral:
            payload["ephemeral"] = True
        return payload

    def message(self, one: Message, *, hide_content: bool = False) -> Payload:
        """A message object; `hide_content` is the view without the message-content intent."""
        payload: Payload = {
            "id": str(one.id),
            "channel_id": str(one.channel.id),
            "type": one.type,
            "author": user(one.author),
            "timestamp": timestamp(one.created_at),
            "edited_timestamp": None if one.edited_at is None else timestamp(one.edited_at),
            "tts": one.tts,
            "mention_everyone": one.pinged_everyone,
            "mentions": [user(each) for each in one.pinged_users],
            "mention_roles": [str(each) for each in one.pinged_roles],
            "pinned": False,
            "flags": int(one.flags),
            **self._content(one, hidden=hide_content),
            **one.context,
        }
        if one.reference is not None:
            payload["message_reference"] = one.reference
            payload["referenced_message"] = self._referenced(one)
        return payload

    def _referenced(self, one: Message) -> Payload | None:
        target = one.reply_to
        if target is None or target.deleted:
            return None
        payload = self.message(target)
        # Discord nests one step only.
        payload.pop("referenced_message", None)
        return payload

    def _content(self, one: Message, *, hidden: bool) -> Payload:
        if hidden:
            return {"content": "", "embeds": [], "attachments": [], "components": []}
        return {
            "content": one.content,
            "embeds": [self._embed(embed, one) for embed in one.embeds],
            "attachments": [self.attachment(each) for each in one.attachments],
            "components": self._components(one),
        }

    def _embed(self, embed: Payload, one: Message) -> Payload:
        shown = {"type": "rich", **embed}
        for key in ("image", "thumbnail"):
            if embed.get(key):
                shown[key] = self._media(embed[key], one)
        return shown

    def _components(self, one: Message) -> list[Payload]:
        return [self._component(each, one) for each in one.components]

    def _component(self, component: Payload, one: Message) -> Payload:
        shown = dict(component)
        for key in ("media", "file"):
            if key in shown:
                shown[key] = self._media(shown[key], one)
        if component["type"] == components.ComponentType.MEDIA_GALLERY:
            shown["items"] = [
                {**item, "media": self._media(item["media"], one)} for item in component["items"]
            ]
        if "components" in shown:
            shown["components"] = [self._component(each, one) for each in shown["components"]]
        for key in ("accessory", "component"):
            if key in shown:
                shown[key] = self._component(shown[key], one)
        return shown

    def _media(self, item: Payload, one: Message) -> Payload:
        name = str(item["url"]).removeprefix("attachment://")
        for attachment in one.attachments:
            if item["url"] != name and attachment.filename == name:
                full = self.attachment(attachment)
                keys = ("url", "proxy_url", "width", "height", "content_type")
                found = {key: full[key] for key in keys if key in full}
                return {**item, **found, "attachment_id": full["id"]}
        return item
