"""Puts files and pictures where a reply wants them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot.charts import Chart, Easels
from bot.slack import Declined, File, Slack
from handlers.requests import Reply

_log = structlog.get_logger()


@dataclass(frozen=True)
class Sharing:
    """Shares the files and the picture of a reply."""

    slack: Slack
    easels: Easels = field(default_factory=Easels)

    async def files(self, reply: Reply, user: str) -> None:
        """Share a reply's files."""
        made = [File(name, one.encode() if isinstance(one, str) else one) for name, one in reply.files.items()]
        await self._share(reply, user, made)

    async def picture(self, picture: Chart, reply: Reply, user: str) -> None:
        """Draw a picture and share it; raise NotDrawn."""
        drawn = await asyncio.wrap_future(self.easels.draw(picture))
        await self._share(reply, user, [File(picture.name, drawn, picture.alt)])

    async def _share(self, reply: Reply, user: str, files: Sequence[File]) -> None:
        """Put files into the channel, or, where the coach may not post, send them to the asker and say so."""
        if not reply.direct:
            try:
                await self.slack.share(reply.channel, files, reply.comment)
            except Declined as error:
                _log.info("files not taken by the channel", error=error.code)
            else:
                return
        excuse = "" if reply.direct else f"I may not post in <#{reply.channel}>, so here it is. "
        await self.slack.share(await self.slack.direct(user), files, excuse + reply.comment)
