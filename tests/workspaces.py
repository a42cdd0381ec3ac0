"""Two workspaces with the same people, channels, systems, prompts and words, for the proof that they never meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Literal

from sqlalchemy import Table, select

from bot.checklists.model import Answer, Choices
from bot.checklists.service import Checklists, key
from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery_store
from bot.errors import Refused
from bot.installs.service import Installs
from bot.installs.store import Install
from bot.learning import store as learning_store
from bot.learning.feed import LessonFeed
from bot.learning.model import Gap, Prompt, Subscription, Wish
from bot.learning.service import Learning
from bot.learning.service import key as lesson_key
from bot.library import Library
from bot.outbox import store as outbox_store
from bot.outbox.model import Delivery, New, Outcome
from bot.outbox.service import Channelled, Outbox
from bot.systems.model import Named
from tests.catalogue_learning import lesson, track
from tests.samples import FRAUD, HERE, NOW, Clock

MINE, THEIRS = "TOURS", "TTHEIRS"
MUSTS = ("W1", "R1", "R2", "R4")
WISH = Wish("core", 1, time(10), "UTC")
PROCESS = "process"
BEGAN = NOW - timedelta(hours=1)

Standing = Literal["sent", "held", "sending", "ready"]
# What was given in both workspaces: a lesson for each way in which its delivery can stand, and one is left.
GIVEN: Mapping[Standing, str] = {"sent": "a", "held": "b", "sending": "c", "ready": "d"}
CORE = track("core", *(lesson(name, week) for week, name in enumerate("abcde", 1)))
UNASKED = 3
"""Deliveries of each side that count against its channel's budget."""


@dataclass(frozen=True)
class Side:
    """A workspace and what is in it; its texts name the workspace."""

    workspace: str
    house: int
    drill: int
    signed: int
    system: int
    subscription: Subscription
    deliveries: Mapping[Standing, Delivery]

    @property
    def actor(self) -> Actor:
        return Actor(self.workspace, "UANA", "c:same")

    @property
    def text(self) -> str:
        return f"of {self.workspace}"

    @property
    def prompt(self) -> int:
        """The lesson that was posted."""
        return self.deliveries["sent"].subject

    @property
    def planned(self) -> int:
        """The lesson that waits to be posted."""
        return self.deliveries["ready"].subject


@dataclass(frozen=True)
class Services:
    """What people can do, on one database."""

    checklists: Checklists
    installs: Installs
    learning: Learning
    outbox: Outbox

    @property
    def database(self) -> Database:
        return self.checklists.database


@dataclass(frozen=True)
class World(Services):
    """Both workspaces; `me` is who acts."""

    me: Side
    them: Side


Case = Callable[[World, Side], object]
StoreCase = Callable[[Database, Transaction, str, Side], object]


def services(database: Database, library: Library, clock: Clock) -> Services:
    """Open what both workspaces share."""
    taught = replace(library, tracks={"core": CORE}, lessons={one.id: one for one in CORE})
    checklists = Checklists(database, library, clock)

    def gaps(workspace: str, channel: str) -> list[Gap]:
        return [Gap(topic, reason) for topic, reason in checklists.gaps(workspace, channel)]

    feed = LessonFeed(database, taught, clock, gaps)
    learning = Learning(database, taught, clock, gaps)
    # The budget is spent as soon as posts of both workspaces are counted.
    outbox = Outbox(database, {"lesson": Channelled(feed, redrawn=True)}, clock, PROCESS, budget=UNASKED + 1)
    return Services(checklists, Installs(database, clock), learning, outbox)


def build(on: Services) -> World:
    """Furnish both workspaces alike, but that theirs was stopped for its token."""
    # A look without its workspace that ends at the first row is to find theirs.
    on.installs.remember(install(THEIRS))
    on.installs.note_person(THEIRS, "UANA", zone=f"of {THEIRS}", admin=True)
    mine, theirs = (_furnish(on, workspace) for workspace in (MINE, THEIRS))
    with on.database.write() as tx:
        outbox_store.stop(tx, THEIRS, theirs.text)
        # Only a mistake could make these rows; they must not be taken for ours.
        learning_store.add_done(tx, THEIRS, mine.prompt, theirs.text, NOW)
        stray = replace(_prompt(mine.subscription, "sent"), workspace=THEIRS, why=theirs.text)
        learning_store.add_prompts(on.database, tx, [stray], NOW, asked=True)
    return again(on, mine, theirs)


def again(on: Services, mine: Side, theirs: Side) -> World:
    """Give workspaces that were furnished before, on a copy of their database."""
    return World(**vars(on), me=mine, them=theirs)


def _furnish(on: Services, workspace: str) -> Side:
    text, by = f"of {workspace}", Actor(workspace, "UANA")
    checklists, installs = on.checklists, on.installs
    installs.remember(install(workspace))
    for channel in (HERE, channel_of(workspace)):
        installs.note_channel(workspace, channel, public=True)
    for user in ("UANA", admin_of(workspace)):
        installs.note_person(workspace, user, zone=text, admin=True)
    old = Named(f"Old model {text}", "v1")
    signed = checklists.start("house-check", old, Choices(), by=by, channel=HERE).run_id
    checklists.sign(signed, dict.fromkeys(MUSTS, text), comment=text, by=by)
    house = checklists.start("house-check", FRAUD, Choices(), by=by, channel=HERE).run_id
    checklists.answer(house, Answer("W1", "risk", text, "", "UANA"), by=by)
    drill = checklists.start("fire-drill", FRAUD, Choices(), by=by, channel=HERE).run_id
    checklists.note(drill, text, by=by)
    for run_id in (signed, house):
        with checklists.database.write() as tx:
            delivery_store.sent(tx, key(workspace, run_id), 1, "1.2")
    system = checklists.get(workspace, house).system.id
    subscription = on.learning.subscribe(WISH, by=by, channel=HERE)
    with checklists.database.write() as tx:
        deliveries = _teach(checklists.database, tx, subscription, text)
    return Side(workspace, house, drill, signed, system, subscription, deliveries)


def _teach(database: Database, tx: Transaction, subscription: Subscription, text: str) -> Mapping[Standing, Delivery]:
    workspace = subscription.workspace
    outbox_store.take(database, tx, workspace, PROCESS, NOW)
    deliveries = {standing: _give(database, tx, subscription, standing) for standing in GIVEN}
    prompt = deliveries["sent"].subject
    learning_store.set_prompt(tx, workspace, prompt, why=text)
    learning_store.add_done(tx, workspace, prompt, "UANA", NOW)
    delivery_store.prepare(database, tx, [(lesson_key(workspace, prompt), HERE, "UANA")])
    delivery_store.posted(tx, [(lesson_key(workspace, prompt), "1.3")])
    # A lesson is named like the workspace, since nothing else of a quiz could tell whose it is.
    for name in ("a", text):
        learning_store.put_answers(
            tx, workspace, "UANA", name, [{"question": 0, "choice": 1, "right": True, "at": NOW}]
        )
    return deliveries


def _give(database: Database, tx: Transaction, subscription: Subscription, standing: Standing) -> Delivery:
    [given] = learning_store.add_prompts(database, tx, [_prompt(subscription, standing)], BEGAN, asked=True)
    lesson = GIVEN[standing]
    workspace, series = subscription.workspace, subscription.id
    new = New(workspace, "lesson", series, given.id, lesson, HERE, "UANA", NOW)
    outbox_store.plan(database, tx, [new])
    if standing != "ready":
        outbox_store.claim(tx, workspace, [new.id], BEGAN)
        if standing != "sending":
            outbox_store.settle(tx, workspace, [Outcome(_found(tx, new), standing, "1.3")])
    return _found(tx, new)


def _prompt(subscription: Subscription, standing: Standing) -> Prompt:
    return Prompt(
        id=0,
        workspace=subscription.workspace,
        subscription=subscription.id,
        channel=HERE,
        track="core",
        lesson=GIVEN[standing],
        week=1,
        of=len(GIVEN),
        why="",
        state="posted" if standing == "sent" else "planned",
        slot=GIVEN[standing],
    )


def _found(tx: Transaction, new: New) -> Delivery:
    found = outbox_store.find(tx, new.workspace, new.id)
    assert found
    return found


def install(workspace: str) -> Install:
    """Give what Slack says of a workspace's token."""
    return Install(workspace, f"of {workspace}", f"https://{workspace}.slack.com", "B1", "UBOT")


def channel_of(workspace: str) -> str:
    """Name a channel that only this workspace has."""
    return f"C-{workspace}"


def admin_of(workspace: str) -> str:
    """Name an admin whom only this workspace has."""
    return f"U-{workspace}"


def claimed_by(workspace: str, of: Side, standing: Standing) -> Delivery:
    """Give a side's delivery as a workspace would have it if it mistook it for its own."""
    return replace(of.deliveries[standing], workspace=workspace)


def named(tx: Transaction, ids: list[int], table: Table) -> list[str]:
    """Give rows by the workspace that they are of."""
    return [f"of {row.workspace_id}" for row in tx.execute(select(table.c.workspace_id).where(table.c.id.in_(ids)))]


def whose(of: Side, told: object) -> str:
    """Give whose thing was told of, where the telling does not name its workspace."""
    return of.text if told else ""


def unless_refused(of: Side, act: Callable[[], object]) -> str:
    """Give whose thing was taken, where nothing is told of it."""
    act()
    return of.text


def outcome(act: Callable[[], object]) -> str:
    """Give all that a caller could learn."""
    try:
        return repr(act())
    except Refused as error:
        return error.text
