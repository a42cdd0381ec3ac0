"""The coach: a frozen dataclass of services, and the only place where they are put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from uuid import uuid4

from bot import library
from bot.blocks import Message
from bot.checklists import views
from bot.checklists.service import Checklists
from bot.database import Database
from bot.delivery.model import Key
from bot.installs.service import Installs
from bot.learning.feed import LessonFeed
from bot.learning.model import Gap
from bot.learning.reviews.feed import ReviewFeed
from bot.learning.reviews.service import Reviews
from bot.learning.service import Learning
from bot.library import Library
from bot.outbox.service import Channelled, Outbox
from bot.settings import Settings


def utc_now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


def release() -> str:
    """Give the installed version."""
    try:
        return version("aipm-coach")
    except PackageNotFoundError:
        return "0 (run from a checkout)"


@dataclass(frozen=True)
class Coach:
    """Everything that handlers may use."""

    settings: Settings
    database: Database
    library: Library
    installs: Installs
    checklists: Checklists
    learning: Learning
    reviews: Reviews
    outbox: Outbox

    def render(self, key: Key) -> Message | None:
        """Draw the card of whatever the key names; None if it is gone."""
        if key.kind == "lesson":
            return self.learning.card(key.workspace, key.subject)
        if key.kind == "review":
            return self.reviews.card(key.workspace, key.subject)
        run = self.checklists.find(key.workspace, key.subject) if key.kind == "run" else None
        return views.card(run) if run else None

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def build(settings: Settings, *, now: Callable[[], datetime] = utc_now, checkpoints: bool = True) -> Coach:
    """Put the coach together; raise ContentError for content that it must not speak from."""
    content = library.load(settings.aipm_content_dir)
    database = Database(settings.database_url, checkpoints=checkpoints)
    checklists = Checklists(database, content, now)

    def gaps(workspace: str, channel: str) -> list[Gap]:
        return [Gap(topic, reason) for topic, reason in checklists.gaps(workspace, channel)]

    feed = LessonFeed(database, content, now, gaps)
    kinds = {
        "lesson": Channelled(feed, redrawn=True),
        "discussion": Channelled(feed),
        "review": Channelled(ReviewFeed(database, content, now), redrawn=True),
    }
    return Coach(
        settings=settings,
        database=database,
        library=content,
        installs=Installs(database, now),
        checklists=checklists,
        learning=Learning(database, content, now, gaps),
        reviews=Reviews(database, content, now),
        outbox=Outbox(database, kinds, now, uuid4().hex, settings.aipm_weekly_posts),
    )
