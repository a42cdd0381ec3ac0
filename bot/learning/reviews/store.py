"""Rows of the people to whom questions come, of how well they know each, and of the questions as they were put."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from bot.database import Database, Utc, metadata
from bot.learning.reviews.model import Answer, Asked, Enrolment, Review, Rhythm
from bot.learning.store import prompt_done, prompts, quiz_answers

_ID = BigInteger().with_variant(Integer, "sqlite")

quizzed = Table(
    "quizzed",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("user_id", String(20), nullable=False),
    Column("at", String(5), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("most", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    # Null where nothing will ever be due: then no look for what is due meets the row.
    Column("next_due", Utc, index=True),
    UniqueConstraint("workspace_id", "user_id"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    Column("lesson_id", String(40), primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("card", Text, nullable=False),
    Column("due", Utc, nullable=False),
    Index("ix_reviews_due", "workspace_id", "user_id", "due"),
)

asked_reviews = Table(
    "asked_reviews",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("user_id", String(20), nullable=False),
    Column("lesson_id", String(40), nullable=False),
    Column("question", Integer, nullable=False),
    Column("slot", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("planned_at", Utc, nullable=False),
    Column("choice", Integer),
    Column("answered_at", Utc),
    Column("easy", Boolean, nullable=False),
    Column("before", Text, nullable=False),
    Column("due", Utc),
    UniqueConstraint("workspace_id", "user_id", "slot"),
)

# Building a statement costs more than running it, so those of every pass and every click are built once.
_FIND = select(quizzed).where(quizzed.c.workspace_id == bindparam("w"), quizzed.c.user_id == bindparam("u"))
_LOCK = _FIND.with_for_update()
_RUNNING = select(quizzed.c.id).where(
    quizzed.c.workspace_id == bindparam("w"),
    quizzed.c.id.in_(bindparam("ids", expanding=True)),
    quizzed.c.state == "active",
)
_DUE = (
    select(quizzed)
    .where(quizzed.c.next_due <= bindparam("now"))
    .order_by(quizzed.c.next_due)
    .limit(bindparam("most"))
    # On PostgreSQL two processes that look at once take different rows; SQLite has one writer anyway.
    .with_for_update(skip_locked=True)
)
_ASTRAY = (
    select(quizzed)
    .where(quizzed.c.next_due > bindparam("far"))
    .order_by(quizzed.c.next_due.desc())  # or PostgreSQL expects many, and reads the whole table to find none
    .limit(bindparam("most"))
    .with_for_update()
)
_ADVANCE = (
    update(quizzed)
    .where(quizzed.c.workspace_id == bindparam("w"), quizzed.c.id == bindparam("e"))
    .values(next_due=bindparam("due"))
)
_REVIEWS = (
    select(reviews)
    .where(reviews.c.workspace_id == bindparam("w"), reviews.c.user_id == bindparam("u"))
    .order_by(reviews.c.due, reviews.c.lesson_id, reviews.c.question)
)
_ANSWERS = select(quiz_answers).where(
    quiz_answers.c.workspace_id == bindparam("w"), quiz_answers.c.user_id == bindparam("u")
)
_DID = (
    select(prompts.c.lesson_id, func.min(prompt_done.c.at, type_=Utc).label("at"))
    .join(
        prompt_done,
        and_(prompt_done.c.prompt_id == prompts.c.id, prompt_done.c.workspace_id == prompts.c.workspace_id),
    )
    .where(prompt_done.c.workspace_id == bindparam("w"), prompt_done.c.user_id == bindparam("u"))
    .group_by(prompts.c.lesson_id)
)
_ASKED = select(asked_reviews).where(
    asked_reviews.c.workspace_id == bindparam("w"), asked_reviews.c.id == bindparam("a")
)
_LOCK_ASKED = _ASKED.with_for_update()
_SOME_ASKED = select(asked_reviews).where(
    asked_reviews.c.workspace_id == bindparam("w"), asked_reviews.c.id.in_(bindparam("ids", expanding=True))
)
_CONCLUDE = (
    update(asked_reviews)
    .where(
        asked_reviews.c.workspace_id == bindparam("w"),
        asked_reviews.c.id == bindparam("a"),
        asked_reviews.c.state == "planned",
    )
    .values(state=bindparam("to"))
)


# The people


def find(connection: Connection, workspace: str, user: str) -> Enrolment | None:
    """Give a person's enrolment, stopped or not."""
    row = connection.execute(_FIND, {"w": workspace, "u": user}).first()
    return _enrolment(row) if row else None


def lock(connection: Connection, workspace: str, user: str) -> Enrolment | None:
    """Read a person's enrolment for a change; on PostgreSQL its row is locked."""
    row = connection.execute(_LOCK, {"w": workspace, "u": user}).first()
    return _enrolment(row) if row else None


def running(connection: Connection, workspace: str, enrolments: Sequence[int]) -> set[int]:
    """Name those of some enrolments that are not stopped."""
    rows = connection.execute(_RUNNING, {"w": workspace, "ids": list(enrolments)})
    return {row.id for row in rows}


def put(database: Database, connection: Connection, new: Enrolment) -> None:
    """Write a person's enrolment, whether there was one or not; the database chooses the id of a new one."""
    row = {
        "workspace_id": new.workspace,
        "user_id": new.user,
        "at": f"{new.rhythm.at:%H:%M}",
        "zone": new.rhythm.zone,
        "most": new.rhythm.most,
        "state": new.state,
        "next_due": new.next_due,
    }
    if database.add(connection, quizzed, row) is None:
        mine = and_(quizzed.c.workspace_id == new.workspace, quizzed.c.user_id == new.user)
        connection.execute(update(quizzed).where(mine).values(**row))


def stop(connection: Connection, workspace: str, enrolment: int) -> None:
    """Have no more questions planned."""
    mine = and_(quizzed.c.workspace_id == workspace, quizzed.c.id == enrolment)
    connection.execute(update(quizzed).where(mine).values(state="stopped", next_due=None))


def due(connection: Connection, now: datetime, most: int) -> list[Enrolment]:
    """Take those of every workspace whose slot has come, the oldest first."""
    return [_enrolment(row) for row in connection.execute(_DUE, {"now": now, "most": most})]


def astray(connection: Connection, far: datetime, most: int) -> list[Enrolment]:
    """Take those of every workspace whose next slot is further ahead than can be."""
    return [_enrolment(row) for row in connection.execute(_ASTRAY, {"far": far, "most": most})]


def advance(connection: Connection, changed: Sequence[Enrolment]) -> None:
    """Write when each is due next."""
    rows = [{"w": one.workspace, "e": one.id, "due": one.next_due} for one in changed]
    if rows:
        connection.execute(_ADVANCE, rows)


# What they know


def answers(connection: Connection, workspace: str, user: str) -> list[Answer]:
    """Give what a person answered in quizzes."""
    rows = connection.execute(_ANSWERS, {"w": workspace, "u": user})
    return [Answer(row.lesson_id, row.question, row.right, row.at) for row in rows]


def did(connection: Connection, workspace: str, user: str) -> list[tuple[str, datetime]]:
    """Give the lessons that a person did, and when for the first time."""
    return [(row.lesson_id, row.at) for row in connection.execute(_DID, {"w": workspace, "u": user})]


def known(connection: Connection, workspace: str, user: str) -> list[Review]:
    """Give how a person's questions stand, what is due first before the others."""
    return [_review(row) for row in connection.execute(_REVIEWS, {"w": workspace, "u": user})]


def add_reviews(database: Database, connection: Connection, new: Sequence[Review]) -> None:
    """Insert questions; those that are there stay as they are."""
    rows = [
        {
            "workspace_id": one.workspace,
            "user_id": one.user,
            "lesson_id": one.lesson,
            "question": one.question,
            "card": one.card,
            "due": one.due,
        }
        for one in new
    ]
    database.add_all(connection, reviews, rows)


def lock_review(connection: Connection, of: Asked | Review) -> Review | None:
    """Read how the person stands with a question for a change."""
    row = connection.execute(select(reviews).where(_same(of)).with_for_update()).first()
    return _review(row) if row else None


def save_review(connection: Connection, of: Asked | Review, card: str, due: datetime) -> None:
    """Write how the person stands with a question."""
    connection.execute(update(reviews).where(_same(of)).values(card=card, due=due))


def _same(of: Asked | Review) -> ColumnElement[bool]:
    return and_(
        reviews.c.workspace_id == of.workspace,
        reviews.c.user_id == of.user,
        reviews.c.lesson_id == of.lesson,
        reviews.c.question == of.question,
    )


# What they were asked


def add_asked(database: Database, connection: Connection, new: Asked, planned_at: datetime) -> int | None:
    """Insert a question that is to be put to a person; None if the slot has one already."""
    row = {
        "workspace_id": new.workspace,
        "user_id": new.user,
        "lesson_id": new.lesson,
        "question": new.question,
        "slot": new.slot,
        "state": new.state,
        "planned_at": planned_at,
        "easy": False,
        "before": "",
    }
    added = database.add(connection, asked_reviews, row)
    return None if added is None else int(added)


def get_asked(connection: Connection, workspace: str, asked: int) -> Asked | None:
    """Give a question as it was put."""
    row = connection.execute(_ASKED, {"w": workspace, "a": asked}).first()
    return _asked(row) if row else None


def some_asked(connection: Connection, workspace: str, ids: Sequence[int]) -> Mapping[int, Asked]:
    """Give several questions as they were put."""
    return {row.id: _asked(row) for row in connection.execute(_SOME_ASKED, {"w": workspace, "ids": ids})}


def lock_asked(connection: Connection, workspace: str, asked: int) -> Asked | None:
    """Read a question as it was put for a change; on PostgreSQL its row is locked."""
    row = connection.execute(_LOCK_ASKED, {"w": workspace, "a": asked}).first()
    return _asked(row) if row else None


def set_asked(connection: Connection, workspace: str, asked: int, **values: object) -> None:
    """Change columns of a question as it was put."""
    mine = and_(asked_reviews.c.workspace_id == workspace, asked_reviews.c.id == asked)
    connection.execute(update(asked_reviews).where(mine).values(**values))


def conclude(connection: Connection, workspace: str, asked: int, state: str) -> None:
    """Note what became of a planned question; one that was answered meanwhile stays so."""
    connection.execute(_CONCLUDE, {"w": workspace, "a": asked, "to": state})


def unanswered(connection: Connection, workspace: str, user: str, since: datetime) -> list[tuple[Asked, datetime]]:
    """Give what was put to a person since a moment and is not answered, with when each was planned."""
    query = select(asked_reviews).where(
        asked_reviews.c.workspace_id == workspace,
        asked_reviews.c.user_id == user,
        asked_reviews.c.state.in_(["planned", "posted"]),
        asked_reviews.c.planned_at > since,
    )
    return [(_asked(row), row.planned_at) for row in connection.execute(query.order_by(asked_reviews.c.id))]


def count_asked(connection: Connection, workspace: str, user: str, days: tuple[str, str]) -> int:
    """Count the questions of the slots from one day to another."""
    query = select(func.count()).where(
        asked_reviews.c.workspace_id == workspace,
        asked_reviews.c.user_id == user,
        asked_reviews.c.slot.between(*days),
        asked_reviews.c.state != "dropped",
    )
    return int(connection.execute(query).scalar_one())


def _enrolment(row: Row[Any]) -> Enrolment:
    rhythm = Rhythm(time.fromisoformat(row.at), row.zone, row.most)
    return Enrolment(row.id, row.workspace_id, row.user_id, rhythm, row.state, row.next_due)


def _review(row: Row[Any]) -> Review:
    return Review(row.workspace_id, row.user_id, row.lesson_id, row.question, row.card, row.due)


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        id=row.id,
        workspace=row.workspace_id,
        user=row.user_id,
        lesson=row.lesson_id,
        question=row.question,
        slot=row.slot,
        state=row.state,
        choice=row.choice,
        answered_at=row.answered_at,
        easy=row.easy,
        before=row.before,
        due=row.due,
    )
