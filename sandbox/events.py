"""Events: sent only if subscribed to, and repeated at once, after one minute and after five."""

import re

from sandbox import payloads
from sandbox.deliver import Answer, Retry
from sandbox.state import BOT_USER, Channel, Json, Message, Person, Workspace

WAITS = (0, 0, 60, 300)
"""Seconds before each attempt: the first, and three repetitions."""

TOO_OLD = 2 * 3600


def emit(ws: Workspace, subscription: str, body: Json) -> None:
    """Send an event if the app subscribed to it; nobody waits for it."""
    if ws.installed and ws.courier and subscription in ws.manifest.events:
        ws.background(_deliver(ws, payloads.event(ws, body)))


async def verify_url(ws: Workspace) -> bool:
    """Ask the bot to echo a challenge, as Slack does when the request URL is saved."""
    if ws.courier is None:
        return False
    challenge = ws.new_id("challenge")
    body = {"token": payloads.VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
    answer = await ws.courier.send("events_api", "url_verification", body)
    return answer.ok and challenge in answer.body


def said(ws: Workspace, channel: Channel, message: Message) -> None:
    """Tell the app of what a person wrote, where it may know of it."""
    body = {**message.data, "channel": channel.id, "event_ts": message.ts}
    if BOT_USER not in channel.members:
        return
    if channel.is_im:
        emit(ws, "message.im", {**body, "channel_type": "im"})
        return
    kind = "group" if channel.is_private else "channel"
    emit(ws, f"message.{kind}s", {**body, "channel_type": kind})
    if re.search(rf"<@{BOT_USER}(\|[^>]*)?>", str(message.data["text"])):
        emit(ws, "app_mention", {**body, "type": "app_mention"})


def home_opened(ws: Workspace, person: Person, tab: str) -> None:
    """Tell the app that a person opened its Home or its messages."""
    body: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": ws.im(person.id).id,
        "tab": tab,
    }
    home = ws.homes.get(person.id)
    emit(ws, "app_home_opened", body | ({"view": home.data} if home and tab == "home" else {}))


def joined(ws: Workspace, channel: Channel, user: str, inviter: str | None = None) -> None:
    """Tell the app that somebody, perhaps itself, came into a channel it is in."""
    if BOT_USER in channel.members:
        body = _membership(ws, "member_joined_channel", channel, user)
        emit(ws, "member_joined_channel", body | ({"inviter": inviter} if inviter else {}))


def left(ws: Workspace, channel: Channel, user: str) -> None:
    """Tell the app that somebody left; its own removal comes as channel_left or group_left, too."""
    if user == BOT_USER or BOT_USER in channel.members:
        emit(ws, "member_left_channel", _membership(ws, "member_left_channel", channel, user))
    if user == BOT_USER:
        kind = "group_left" if channel.is_private else "channel_left"
        emit(ws, kind, {"type": kind, "channel": channel.id})


def archived(ws: Workspace, channel: Channel, user: str) -> None:
    """Tell the app that a channel was archived or brought back."""
    deed = "archive" if channel.archived else "unarchive"
    kind = f"group_{deed}" if channel.is_private else f"channel_{deed}"
    if BOT_USER in channel.members or not channel.is_private:
        emit(ws, kind, {"type": kind, "channel": channel.id, "user": user})


def uninstalled(ws: Workspace) -> None:
    """Tell the app that it was removed; both events come, in either order."""
    emit(ws, "tokens_revoked", {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}})
    emit(ws, "app_uninstalled", {"type": "app_uninstalled"})


async def _deliver(ws: Workspace, body: Json) -> None:
    born, answer = ws.clock.now(), Answer()
    for number, seconds in enumerate(WAITS):
        await ws.clock.wait_until(ws.clock.now() + seconds)
        if ws.courier is None or ws.clock.now() - born > TOO_OLD:
            return
        retry = Retry(number, answer.reason) if number else None
        answer = await ws.courier.send("events_api", body["event"]["type"], body, retry)
        if answer.ok or answer.no_retry:
            return


def _membership(ws: Workspace, kind: str, channel: Channel, user: str) -> Json:
    return {
        "type": kind,
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": ws.id,
    }
