"""Rows of lessons as they were given, of who did them, and of answers to quizzes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)

from bot.database import Database, Utc, metadata
from bot.learning.model import Given, Prompt, Quizzed, Subscription
from bot.learning.subscriptions.store import ID, subscriptions

prompts = Table(
    "prompts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("subscription_id", ID, ForeignKey("subscriptions.id"), nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("track", String(40), nullable=False),
    Column("lesson_id", String(40), nullable=False),
    Column("week", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("slot", String(40), nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("planned_at", Utc, nullable=False),
    Column("posted_at", Utc),
    Column("discussed", Boolean, nullable=False),
    Column("ended_by", String(20)),
    UniqueConstraint("workspace_id", "subscription_id", "slot"),
    Index("ix_prompts_subscription_id", "subscription_id", "id"),
)

prompt_done = Table(
    "prompt_done",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("prompt_id", ID, ForeignKey("prompts.id"), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    Column("at", Utc, nullable=False),
    Index("ix_prompt_done_user_id", "workspace_id", "user_id"),
)

quiz_answers = Table(
    "quiz_answers",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    Column("lesson_id", String(40), primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("choice", Integer, nullable=False),
    Column("right", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
)

# Building a statement costs more than running it, so those of every click and every pass are built once.
_PROMPT = select(prompts).where(prompts.c.workspace_id == bindparam("w"), prompts.c.id == bindparam("p"))
_LOCK_PROMPT = _PROMPT.with_for_update()
_SOME_PROMPTS = and_(prompts.c.workspace_id == bindparam("w"), prompts.c.id.in_(bindparam("ids", expanding=True)))
_GET_PROMPTS = select(prompts).where(_SOME_PROMPTS)
_IN_CHANNEL = (
    select(prompts)
    .where(
        prompts.c.workspace_id == bindparam("w"),
        prompts.c.subscription_id == bindparam("s"),
        prompts.c.state != "dropped",
    )
    .order_by(prompts.c.id)
)
_GIVEN = (
    select(prompts.c.subscription_id, prompts.c.track, prompts.c.lesson_id, prompts.c.why, prompts.c.state)
    .join(
        subscriptions,
        and_(subscriptions.c.id == prompts.c.subscription_id, subscriptions.c.workspace_id == prompts.c.workspace_id),
    )
    .where(
        subscriptions.c.workspace_id.in_(bindparam("workspaces", expanding=True)),
        subscriptions.c.id.in_(bindparam("ids", expanding=True)),
        prompts.c.state != "dropped",
    )
    .order_by(prompts.c.id)
)
_DONE = (
    select(prompt_done.c.prompt_id, prompt_done.c.user_id)
    .where(prompt_done.c.workspace_id == bindparam("w"), prompt_done.c.prompt_id.in_(bindparam("ids", expanding=True)))
    .order_by(prompt_done.c.at, prompt_done.c.user_id)
)
_POSTED = (
    update(prompts)
    .where(_SOME_PROMPTS)
    .values(state=case((prompts.c.state == "ended", "ended"), else_="posted"), posted_at=bindparam("when"))
)
_DO = prompt_done.insert()
_UNDO = delete(prompt_done).where(
    prompt_done.c.workspace_id == bindparam("w"),
    prompt_done.c.prompt_id == bindparam("p"),
    prompt_done.c.user_id == bindparam("u"),
)


def given(connection: Connection, of: Iterable[Subscription]) -> Mapping[int, list[Given]]:
    """Give what each of these subscriptions was given, oldest first, by the subscription's id."""
    workspaces = {one.id: one.workspace for one in of}
    found: dict[int, list[Given]] = {one: [] for one in workspaces}
    for row in connection.execute(_GIVEN, {"workspaces": sorted(set(workspaces.values())), "ids": list(workspaces)}):
        found[row.subscription_id].append(Given(row.track, row.lesson_id, row.why, row.state))
    return found


def add_prompts(
    database: Database, connection: Connection, new: Sequence[Prompt], planned_at: datetime, *, asked: bool
) -> list[Prompt]:
    """Insert lessons that are to be given, one per subscription; give, with their ids, those whose slot had none."""
    rows = [
        {
            "workspace_id": one.workspace,
            "subscription_id": one.subscription,
            "channel_id": one.channel,
            "track": one.track,
            "lesson_id": one.lesson,
            "week": one.week,
            "of": one.of,
            "why": one.why,
            "state": one.state,
            "slot": one.slot,
            "asked": asked,
            "planned_at": planned_at,
            "discussed": False,
        }
        for one in new
    ]
    added = database.add_all(connection, prompts, rows, prompts.c.id, prompts.c.subscription_id)
    ids = {row.subscription_id: row.id for row in added}
    return [replace(one, id=ids[one.subscription]) for one in new if one.subscription in ids]


def has_slot(connection: Connection, workspace: str, subscription: int, slot: str) -> bool:
    """Say whether a lesson was planned for that slot, whatever became of it."""
    query = select(prompts.c.id).where(
        prompts.c.workspace_id == workspace, prompts.c.subscription_id == subscription, prompts.c.slot == slot
    )
    return connection.execute(query).first() is not None


def asked_since(connection: Connection, workspace: str, subscription: int, moment: datetime) -> bool:
    """Say whether somebody has asked for a lesson since then."""
    query = select(prompts.c.id).where(
        prompts.c.workspace_id == workspace,
        prompts.c.subscription_id == subscription,
        prompts.c.asked,
        prompts.c.planned_at > moment,
        prompts.c.state != "dropped",
    )
    return connection.execute(query).first() is not None


def planned(connection: Connection, workspace: str, subscription: int) -> list[int]:
    """Give the lessons that are planned and not posted."""
    query = select(prompts.c.id).where(
        prompts.c.workspace_id == workspace, prompts.c.subscription_id == subscription, prompts.c.state == "planned"
    )
    return [row.id for row in connection.execute(query)]


def get_prompt(connection: Connection, workspace: str, prompt: int) -> Prompt | None:
    """Give a lesson as it was given."""
    row = connection.execute(_PROMPT, {"w": workspace, "p": prompt}).first()
    return _prompts(connection, workspace, [row])[0] if row else None


def get_prompts(connection: Connection, workspace: str, ids: Sequence[int]) -> Mapping[int, Prompt]:
    """Give several lessons as they were given."""
    rows = connection.execute(_GET_PROMPTS, {"w": workspace, "ids": ids}).all()
    return {one.id: one for one in _prompts(connection, workspace, rows)}


def lock_prompt(connection: Connection, workspace: str, prompt: int) -> Prompt | None:
    """Read a lesson as it was given for a change; on PostgreSQL its row is locked."""
    row = connection.execute(_LOCK_PROMPT, {"w": workspace, "p": prompt}).first()
    return _prompts(connection, workspace, [row])[0] if row else None


def set_prompt(connection: Connection, workspace: str, prompt: int, **values: object) -> None:
    """Change columns of a lesson as it was given."""
    mine = and_(prompts.c.workspace_id == workspace, prompts.c.id == prompt)
    connection.execute(update(prompts).where(mine).values(**values))


def posted(connection: Connection, workspace: str, ids: Sequence[int], at: datetime) -> None:
    """Note that lessons stand in their channels; one that was put aside meanwhile stays so."""
    if ids:
        connection.execute(_POSTED, {"w": workspace, "ids": ids, "when": at})


def drop(connection: Connection, workspace: str, prompt: int) -> None:
    """Note that a lesson was not posted, so that it keeps its turn."""
    mine = and_(prompts.c.workspace_id == workspace, prompts.c.id == prompt, prompts.c.state == "planned")
    connection.execute(update(prompts).where(mine).values(state="dropped"))


def history(connection: Connection, workspace: str, subscription: int) -> list[Prompt]:
    """Give what a channel was given, oldest first; what was dropped is left out."""
    rows = connection.execute(_IN_CHANNEL, {"w": workspace, "s": subscription}).all()
    return _prompts(connection, workspace, rows)


def did(connection: Connection, workspace: str, user: str) -> list[Prompt]:
    """Give what a person did, oldest first."""
    query = (
        select(prompts)
        .join(prompt_done, and_(prompt_done.c.prompt_id == prompts.c.id, prompt_done.c.workspace_id == workspace))
        .where(prompts.c.workspace_id == workspace, prompt_done.c.user_id == user)
        .order_by(prompts.c.id)
    )
    return _prompts(connection, workspace, connection.execute(query).all())


def add_done(connection: Connection, workspace: str, prompt: int, user: str, at: datetime) -> None:
    """Count a person among those who did it."""
    connection.execute(_DO, {"workspace_id": workspace, "prompt_id": prompt, "user_id": user, "at": at})


def drop_done(connection: Connection, workspace: str, prompt: int, user: str) -> bool:
    """Count a person no longer; False if the person was not counted."""
    return connection.execute(_UNDO, {"w": workspace, "p": prompt, "u": user}).rowcount == 1


def put_answers(
    connection: Connection, workspace: str, user: str, lesson: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Keep a person's answers to a quiz in place of earlier ones; a row has question, choice, right and at."""
    mine = and_(quiz_answers.c.workspace_id == workspace, quiz_answers.c.user_id == user)
    connection.execute(delete(quiz_answers).where(mine, quiz_answers.c.lesson_id == lesson))
    frame = {"workspace_id": workspace, "user_id": user, "lesson_id": lesson}
    connection.execute(quiz_answers.insert(), [{**frame, **row} for row in rows])


def quizzes(connection: Connection, workspace: str, user: str) -> list[Quizzed]:
    """Give the quizzes that a person answered, oldest first."""
    answered = quiz_answers.c
    at = func.max(answered.at, type_=Utc)
    query = (
        select(answered.lesson_id, func.sum(case((answered.right, 1), else_=0)), func.count(), at)
        .where(answered.workspace_id == workspace, answered.user_id == user)
        .group_by(answered.lesson_id)
        .order_by(at, answered.lesson_id)
    )
    return [Quizzed(lesson, int(right), int(of), when) for lesson, right, of, when in connection.execute(query)]


def _prompts(connection: Connection, workspace: str, rows: Sequence[Row[Any]]) -> list[Prompt]:
    people: dict[int, list[str]] = {row.id: [] for row in rows}
    for row in connection.execute(_DONE, {"w": workspace, "ids": list(people)}):
        people[row.prompt_id].append(row.user_id)
    return [_prompt(row, people[row.id]) for row in rows]


def _prompt(row: Row[Any], done: Sequence[str]) -> Prompt:
    return Prompt(
        id=row.id,
        workspace=row.workspace_id,
        subscription=row.subscription_id,
        channel=row.channel_id,
        track=row.track,
        lesson=row.lesson_id,
        week=row.week,
        of=row.of,
        why=row.why,
        state=row.state,
        slot=row.slot,
        done=tuple(done),
        posted_at=row.posted_at,
        discussed=row.discussed,
        ended_by=row.ended_by,
    )
