"""The coach: a frozen dataclass of services, and the only place where they are put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from uuid import uuid4

from bot import library
from bot.blocks import Block, Message
from bot.checklists import views
from bot.checklists.own.service import OwnItems
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
from bot.retros import views as retro_views
from bot.retros.actions import views as action_views
from bot.retros.actions.feed import DigestFeed, ProofFeed
from bot.retros.actions.service import Actions
from bot.retros.model import day_of
from bot.retros.proposals import views as proposal_views
from bot.retros.proposals.service import Proposals
from bot.retros.record.service import Records
from bot.retros.rounds.service import Rounds
from bot.retros.search import views as finding
from bot.retros.search.service import Finder
from bot.retros.service import Retros
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
    own_items: OwnItems
    learning: Learning
    reviews: Reviews
    outbox: Outbox
    retros: Retros
    finder: Finder
    actions: Actions
    rounds: Rounds
    proposals: Proposals
    records: Records

    def render(self, key: Key) -> Message | None:
        """Draw the card of whatever the key names; None if it is gone."""
        drawn: dict[str, Callable[[str, int], Message | None]] = {
            "lesson": self.learning.card,
            "review": self.reviews.card,
            "digest": self.actions.digest_card,
            "proof": self.actions.proof_card,
            "retro": self._retro,
            "round": self.rounds.card,
            "run": self._run,
        }
        draw = drawn.get(key.kind)
        return draw(key.workspace, key.subject) if draw else None

    def _run(self, workspace: str, run_id: int) -> Message | None:
        run = self.checklists.find(workspace, run_id)
        return views.card(run, self._alike(Key(workspace, "run", run_id), run.channel)) if run else None

    def _alike(self, key: Key, channel: str) -> list[Block]:
        return finding.offered(self.finder.offered(key, channel))

    def _retro(self, workspace: str, retro_id: int) -> Message | None:
        retro = self.retros.find(workspace, retro_id)
        if retro is None:
            gone = self.retros.deleted(workspace, retro_id)
            return retro_views.deleted(gone) if gone else None
        also = proposal_views.beside(self.proposals.standing(workspace, retro_id))
        also = [*also, *self._alike(Key(workspace, "retro", retro_id), retro.channel)]
        more = [action_views.card_button(retro_id), proposal_views.card_button(retro_id)]
        today = day_of(self.retros.now())
        return retro_views.card(retro, self.library.questions, today, also=also, more=more)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    checkpoints: bool = True,
    content: Library | None = None,
) -> Coach:
    """Put the coach together, on content that was read already or else now; raise ContentError for what is wrong."""
    content = content or library.load(settings.aipm_content_dir)
    database = Database(settings.database_url, checkpoints=checkpoints)
    checklists = Checklists(database, content, now)
    own_items = OwnItems(database, content, now)
    records = Records(database, now, content.causes)

    def gaps(workspace: str, channel: str) -> list[Gap]:
        found = [*checklists.gaps(workspace, channel), *records.gaps(workspace, channel)]
        return [Gap(topic, reason) for topic, reason in found]

    feed = LessonFeed(database, content, now, gaps)
    kinds = {
        "lesson": Channelled(feed, redrawn=True),
        "discussion": Channelled(feed),
        "review": Channelled(ReviewFeed(database, content, now), redrawn=True),
        "digest": Channelled(DigestFeed(database, now), redrawn=True),
        "proof": Channelled(ProofFeed(database, now), redrawn=True),
    }
    actions = Actions(database, now)
    return Coach(
        settings=settings,
        database=database,
        library=content,
        installs=Installs(database, now),
        checklists=checklists,
        own_items=own_items,
        learning=Learning(database, content, now, gaps),
        reviews=Reviews(database, content, now),
        outbox=Outbox(database, kinds, now, uuid4().hex, settings.aipm_weekly_posts),
        retros=Retros(database, now, actions.came_or_went, actions.carry_ticked),
        finder=Finder(database, now),
        actions=actions,
        rounds=Rounds(database, content, now),
        proposals=Proposals(database, content, now, own_items),
        records=records,
    )
