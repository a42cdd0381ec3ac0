"""The Web API, as the coach uses it; the only place that knows its client and its errors."""

import time
from collections.abc import Awaitable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

TIMEOUT = 10
"""Seconds that one call may take."""

# Slack documents that these may have taken effect all the same.
_PERHAPS = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "duplicate_message_not_found",
}
_DEAD = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
_ABSENT = {"not_in_channel", "channel_not_found"}


_DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)


class _TooLate(aiohttp.ClientConnectionError):
    """The deadline passed before the body was written: headers without a body cannot have been accepted."""


class _Guarded(aiohttp.ClientRequest):
    """A request that looks at its deadline when its body is about to leave, however long the process was frozen.

    Hooks of aiohttp's tracing come before waits of its own, and would be too early.
    """

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        deadline = _DEADLINE.get()
        if deadline is not None and time.monotonic() > deadline and conn.protocol is not None:
            conn.protocol.set_exception(_TooLate("late"))
            return
        await super().write_bytes(writer, conn, content_length)


class SlackError(Exception):
    """A call that did not work; `code` is Slack's own word for it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


class Declined(SlackError):
    """Slack said no, and nothing happened."""

    @property
    def token_is_dead(self) -> bool:
        """Say whether no call can succeed until somebody mends the token."""
        return self.code in _DEAD

    @property
    def bot_is_absent(self) -> bool:
        """Say whether the bot is not in that channel (or may not know of it)."""
        return self.code in _ABSENT


class Limited(SlackError):
    """Slack asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


class Unreached(SlackError):
    """No connection came about, so nothing happened."""


class Unclear(SlackError):
    """Slack may have done it; nobody knows."""


@dataclass(frozen=True)
class Identity:
    """What Slack says of the token."""

    workspace: str
    name: str
    url: str
    bot_id: str
    bot_user_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file to upload; `alt` is what a picture shows, in words (1,000 characters at most)."""

    name: str
    content: bytes
    alt: str = ""


class Slack:
    """One workspace's Web API over one connection pool; every method raises a SlackError.

    The SDK's own retry handler re-sends a post whose answer was lost, so it is switched off.
    """

    def __init__(self, token: str, base_url: str) -> None:
        self._token = token
        self._base = base_url
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        self._session = aiohttp.ClientSession(
            timeout=timeout, connector=aiohttp.TCPConnector(limit=48), request_class=_Guarded
        )
        self._client = AsyncWebClient(
            self._token, base_url=self._base, timeout=TIMEOUT, session=self._session, retry_handlers=[]
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    @property
    def client(self) -> AsyncWebClient:
        """Give the SDK's client; use it inside `call` only."""
        if self._client is None:
            raise RuntimeError("Slack is used before it was opened")
        return self._client

    async def call(self, awaited: Awaitable[Any]) -> dict[str, Any]:
        """Await one SDK call; sort every failure into Declined, Limited, Unreached or Unclear."""
        try:
            answer = await awaited
        except SlackApiError as error:
            raise _sorted(error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, _TooLate) as error:
            raise Unreached("unreached", type(error).__name__) from None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unclear("unclear", type(error).__name__) from None
        return dict(answer.data) if isinstance(answer.data, Mapping) else {}

    async def identity(self) -> Identity:
        """Ask who the token is."""
        try:
            answer = await self.client.auth_test()
        except SlackApiError as error:
            raise _sorted(error) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreached("unreached", type(error).__name__) from None
        granted = {key.lower(): value for key, value in answer.headers.items()}.get("x-oauth-scopes", "")
        scopes = tuple(one.strip() for one in granted.split(",") if one.strip())
        word = {key: str(answer.get(key) or "") for key in ("team_id", "team", "url", "bot_id", "user_id")}
        return Identity(word["team_id"], word["team"], word["url"], word["bot_id"], word["user_id"], scopes)

    async def post(
        self,
        channel: str,
        payload: Mapping[str, Any],
        thread_ts: str | None = None,
        *,
        deadline: float | None = None,
    ) -> str:
        """Post a message; give its ts. After `deadline` (by time.monotonic) no byte of it leaves: Unreached."""
        quiet: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
        before = _DEADLINE.set(deadline)
        try:
            call = self.client.chat_postMessage(channel=channel, thread_ts=thread_ts, **payload, **quiet)
            return str((await self.call(call))["ts"])
        finally:
            _DEADLINE.reset(before)

    async def redraw(self, channel: str, ts: str, payload: Mapping[str, Any]) -> None:
        """Replace a message of ours."""
        await self.call(self.client.chat_update(channel=channel, ts=ts, **payload))

    async def whisper(self, channel: str, user: str, payload: Mapping[str, Any], thread_ts: str | None = None) -> None:
        """Show a message to one person only."""
        await self.call(self.client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread_ts, **payload))

    async def direct(self, user: str) -> str:
        """Give the id of the direct message with a person."""
        answer = await self.call(self.client.conversations_open(users=user))
        return str(answer["channel"]["id"])

    async def history(
        self, channel: str, oldest: float, latest: float | None = None, thread: str | None = None
    ) -> list[dict[str, Any]]:
        """Read the messages of a channel or thread between two moments (Unix seconds), with metadata, page by page.

        Without `latest` Slack is not told of `oldest`: it only ends the reading, after the newest page at the least,
        so that what was posted is found even where our clock is ahead of Slack's.
        """
        span: dict[str, Any] = {"include_all_metadata": True, "limit": 200}
        span |= {"oldest": f"{oldest:.6f}", "latest": f"{latest:.6f}"} if latest else {}
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while cursor != "":
            if thread:
                call = self.client.conversations_replies(channel=channel, ts=thread, cursor=cursor, **span)
            else:
                call = self.client.conversations_history(channel=channel, cursor=cursor, **span)
            answer = await self.call(call)
            found += answer.get("messages", [])
            done = not (thread or latest) and bool(found) and float(found[-1]["ts"]) < oldest
            cursor = "" if done else str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        return found

    async def is_public(self, channel: str) -> bool:
        """Say whether everyone in the workspace may read the channel."""
        found = (await self.call(self.client.conversations_info(channel=channel)))["channel"]
        return not any(found.get(word) for word in ("is_private", "is_im", "is_mpim", "is_ext_shared"))

    async def person(self, user: str) -> tuple[str, bool]:
        """Give a person's time zone (an IANA name, or nothing) and whether they are an admin of the workspace."""
        found = (await self.call(self.client.users_info(user=user)))["user"]
        return str(found.get("tz") or ""), bool(found.get("is_admin") or found.get("is_owner"))

    async def share(self, channel: str, files: Sequence[File], comment: str) -> None:
        """Upload files into a channel as one message."""
        uploads: list[dict[str, Any]] = [
            {"filename": one.name, "title": one.name, "file": one.content} | ({"alt_txt": one.alt} if one.alt else {})
            for one in files
        ]
        await self.call(self.client.files_upload_v2(channel=channel, file_uploads=uploads, initial_comment=comment))

    async def answer(self, hook: str, payload: Mapping[str, Any]) -> None:
        """Answer through a response_url, which is no Web API method: a status and a text, no redirects."""
        if self._session is None:
            raise RuntimeError("Slack is used before it was opened")
        try:
            async with self._session.post(hook, json=dict(payload), allow_redirects=False) as response:
                if response.status == 429:  # noqa: PLR2004
                    raise Limited(float(response.headers.get("Retry-After", "1")))
                if response.status >= 300:  # noqa: PLR2004
                    raise Declined("response_url", str(response.status))
        except aiohttp.ClientConnectorError as error:
            raise Unreached("unreached", type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear("unclear", type(error).__name__) from None


def _sorted(error: SlackApiError) -> SlackError:
    response = error.response
    code = str(response.get("error") or "unknown") if isinstance(response.data, Mapping) else "unknown"
    if response.status_code == 429 or code in {"ratelimited", "rate_limited"}:  # noqa: PLR2004
        return Limited(float(response.headers.get("Retry-After", "1")))
    if response.status_code >= 500 or code in _PERHAPS:  # noqa: PLR2004
        return Unclear(code)
    hints = (response.get("response_metadata") or {}).get("messages") or []
    return Declined(code, "; ".join(map(str, hints))[:500] or str(response.get("needed") or ""))
