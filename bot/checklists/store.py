"""Rows of runs, answers, responses, templates and history."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
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
    and_,
    bindparam,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.checklists.model import Answer, Change, Choices, Response, Run, Signature
from bot.database import Database, Utc, metadata
from bot.delivery.store import cards
from bot.schema import KEPT, Checklist
from bot.systems.model import Named, System
from bot.systems.store import systems

_ID = BigInteger().with_variant(Integer, "sqlite")

templates = Table(
    "templates",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("checklist_id", String(40), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("system_id", _ID, ForeignKey("systems.id"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("labelled", String(8), nullable=False),
    Column("scope", String(40), nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("state", String(10), nullable=False),
    # One open run per channel, checklist and system: the key is set while the run is open, on both databases.
    Column("open_key", String(200), unique=True),
    Column("started_by", String(20), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("signed_by", String(20)),
    Column("signed_at", Utc),
    Column("self_signed", Boolean),
    Column("verdict", Text),
    Column("comment", Text),
    Index("ix_runs_workspace_id_channel_id", "workspace_id", "channel_id", "state"),
    Index("ix_runs_workspace_id_system_id", "workspace_id", "system_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("run_id", _ID, ForeignKey("runs.id"), primary_key=True),
    Column("item_id", String(40), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("owner", String(20)),
    Column("accepted", Text, nullable=False),
    Column("by", String(20)),
    Column("at", Utc),
    Column("version", Integer, nullable=False),
    # When Slack says the newest click happened, in microseconds: the newest click wins, whatever arrives last.
    Column("clicked", BigInteger, nullable=False),
    Index("ix_answers_owner", "workspace_id", "owner"),
)

responses = Table(
    "responses",
    metadata,
    Column("run_id", _ID, ForeignKey("runs.id"), primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("severity", String(2)),
    Column("lead", String(20)),
    Column("operations", String(20)),
    Column("communications", String(20)),
    Column("contained_at", Utc),
    Column("missing", JSON),
)

changes = Table(
    "changes",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("run_id", _ID, ForeignKey("runs.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("by", String(20), nullable=False),
    Column("what", String(20), nullable=False),
    Column("item_id", String(40)),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Index("ix_changes_run_id", "workspace_id", "run_id", "id"),
)

_BLANK: Mapping[str, Any] = {"state": "open", "note": "", "evidence": "", "owner": None, "accepted": ""}


# Building a statement costs more than running it, so those of every click are built once.
_KEPT = select(templates.c.digest).where(
    templates.c.workspace_id == bindparam("w"), templates.c.digest == bindparam("d")
)
_LOCK = select(runs).where(runs.c.workspace_id == bindparam("w"), runs.c.id == bindparam("r")).with_for_update()
_OPEN = select(runs.c.id).where(runs.c.open_key == bindparam("k"))
_ANSWER = select(answers).where(
    answers.c.workspace_id == bindparam("w"), answers.c.run_id == bindparam("r"), answers.c.item_id == bindparam("i")
)
_GIVEN = select(answers).where(
    answers.c.workspace_id == bindparam("w"), answers.c.run_id.in_(bindparam("ids", expanding=True))
)
_APPEND = changes.insert()
_PAST = select(changes).where(changes.c.workspace_id == bindparam("w"), changes.c.run_id == bindparam("r"))
_LAST = _PAST.order_by(changes.c.id.desc()).limit(1)
_RUNS = (
    select(runs, systems.c.name, systems.c.version, cards.c.ts)
    .join(systems, and_(systems.c.id == runs.c.system_id, systems.c.workspace_id == runs.c.workspace_id))
    .outerjoin(
        cards,
        and_(cards.c.workspace_id == runs.c.workspace_id, cards.c.kind == "run", cards.c.subject_id == runs.c.id),
    )
    .where(runs.c.workspace_id == bindparam("w"), runs.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(runs.c.id.desc())
)

# Templates by digest, read once per process: a digest names its content, so an entry never goes stale.
_read: dict[str, Checklist] = {}


def snapshot(database: Database, connection: Connection, workspace: str, checklist: Checklist) -> None:
    """Keep the checklist as it is now, under its digest, once."""
    if connection.execute(_KEPT, {"w": workspace, "d": checklist.digest}).first() is None:
        row = {"workspace_id": workspace, "digest": checklist.digest, "body": checklist.body}
        database.add(connection, templates, row)


def template(connection: Connection, workspace: str, digest: str) -> Checklist:
    """Give the checklist as it was when a run began."""
    if digest not in _read:
        kept = select(templates.c.body).where(templates.c.workspace_id == workspace, templates.c.digest == digest)
        _read[digest] = Checklist.model_validate_json(connection.execute(kept).scalar_one(), context=KEPT)
    return _read[digest]


def add_run(database: Database, connection: Connection, row: Mapping[str, Any]) -> int | None:
    """Insert a run; None if one with the same `open_key` is open."""
    added = database.add(connection, runs, row)
    return None if added is None else int(added)


def open_run(connection: Connection, open_key: str) -> int | None:
    """Give the open run of that key."""
    found = connection.execute(_OPEN, {"k": open_key}).scalar()
    return None if found is None else int(found)


def set_run(connection: Connection, workspace: str, run_id: int, **values: Any) -> None:  # noqa: ANN401
    """Change columns of a run."""
    connection.execute(update(runs).where(runs.c.workspace_id == workspace, runs.c.id == run_id).values(**values))


def reopen_run(connection: Connection, workspace: str, run_id: int, open_key: str) -> bool:
    """Open the run again, unsigned; False if another one has the key, even one that is being saved right now."""
    unsigned = dict.fromkeys(("signed_by", "signed_at", "self_signed", "verdict", "comment"))
    try:
        with connection.begin_nested():
            set_run(connection, workspace, run_id, state="open", open_key=open_key, **unsigned)
    except IntegrityError:
        return False
    return True


def lock_run(connection: Connection, workspace: str, run_id: int) -> Row[Any] | None:
    """Read the bare run for a change; on PostgreSQL its row is locked (SQLite has one writer anyway)."""
    return connection.execute(_LOCK, {"w": workspace, "r": run_id}).first()


def get_run(connection: Connection, workspace: str, run_id: int) -> Run | None:
    """Read the whole run."""
    found = get_runs(connection, workspace, [run_id])
    return found[0] if found else None


def get_runs(connection: Connection, workspace: str, ids: Iterable[int]) -> list[Run]:
    """Read whole runs, newest first."""
    wanted = list(ids)
    rows = connection.execute(_RUNS, {"w": workspace, "ids": wanted}).all()
    if not rows:
        return []
    given = _answers(connection, workspace, wanted)
    return [_run(connection, row, given.get(row.id, {})) for row in rows]


def get_answer(connection: Connection, workspace: str, run_id: int, item_id: str) -> tuple[Answer, int]:
    """Give what is known of an item, and when it was last clicked (microseconds)."""
    row = connection.execute(_ANSWER, {"w": workspace, "r": run_id, "i": item_id}).first()
    return (_answer(row), row.clicked) if row else (Answer(item_id), 0)


def put_answer(
    database: Database, connection: Connection, workspace: str, run_id: int, answer: Answer, clicked: int
) -> None:
    """Write what is known of an item."""
    row = {
        "workspace_id": workspace,
        "run_id": run_id,
        "item_id": answer.item_id,
        "state": answer.state,
        "note": answer.note,
        "evidence": answer.evidence,
        "owner": answer.owner,
        "accepted": answer.accepted,
        "by": answer.by,
        "at": answer.at,
        "version": answer.version,
        "clicked": clicked,
    }
    database.put(connection, answers, row)


def clear_accepted(connection: Connection, workspace: str, run_id: int) -> None:
    """Drop the accepted risks of a run that is opened again; its history keeps them."""
    connection.execute(
        update(answers).where(answers.c.workspace_id == workspace, answers.c.run_id == run_id).values(accepted="")
    )


def add_response(connection: Connection, workspace: str, run_id: int, missing: list[str] | None) -> None:
    """Add the incident side of a run."""
    connection.execute(responses.insert(), {"workspace_id": workspace, "run_id": run_id, "missing": missing})


def set_response(connection: Connection, workspace: str, run_id: int, **values: Any) -> None:  # noqa: ANN401
    """Change columns of a run's incident side."""
    connection.execute(
        update(responses).where(responses.c.workspace_id == workspace, responses.c.run_id == run_id).values(**values)
    )


def add_change(connection: Connection, workspace: str, run_id: int, change: Change) -> None:
    """Append to a run's history."""
    row = {
        "workspace_id": workspace,
        "run_id": run_id,
        "at": change.at,
        "by": change.by,
        "what": change.what,
        "item_id": change.item_id,
        "before": dict(change.before),
        "after": dict(change.after),
    }
    connection.execute(_APPEND, row)


def history(connection: Connection, workspace: str, run_id: int) -> list[Change]:
    """Give a run's history after its start, oldest first."""
    query = _PAST.order_by(changes.c.id)
    return [_change(row) for row in connection.execute(query, {"w": workspace, "r": run_id})]


def _answers(connection: Connection, workspace: str, ids: list[int]) -> dict[int, dict[str, Answer]]:
    found: dict[int, dict[str, Answer]] = {}
    for row in connection.execute(_GIVEN, {"w": workspace, "ids": ids}):
        found.setdefault(row.run_id, {})[row.item_id] = _answer(row)
    return found


def _last(connection: Connection, workspace: str, run_id: int) -> Change | None:
    row = connection.execute(_LAST, {"w": workspace, "r": run_id}).first()
    return _change(row) if row else None


def _response(connection: Connection, workspace: str, run_id: int) -> Response | None:
    row = connection.execute(
        select(responses).where(responses.c.workspace_id == workspace, responses.c.run_id == run_id)
    ).first()
    if row is None:
        return None
    entries = [one for one in history(connection, workspace, run_id) if one.what in {"entry", "contained"}]
    entries.sort(key=lambda one: one.happened_at)
    missing = None if row.missing is None else tuple(row.missing)
    roles = (row.severity, row.lead, row.operations, row.communications)
    return Response(*roles, row.contained_at, missing, tuple(entries))


def _run(connection: Connection, row: Row[Any], given: Mapping[str, Answer]) -> Run:
    checklist = template(connection, row.workspace_id, row.digest)
    choices = Choices(row.kind, row.labelled, row.scope, row.purpose)
    is_response = checklist.rule == "response" and row.purpose == "check"
    signature = None
    if row.signed_at:
        signature = Signature(row.signed_by, row.signed_at, row.self_signed, row.verdict, row.comment or "")
    return Run(
        id=row.id,
        workspace=row.workspace_id,
        channel=row.channel_id,
        checklist=checklist,
        choices=choices,
        system=System(row.system_id, row.workspace_id, Named(row.name, row.version)),
        state=row.state,
        started_by=row.started_by,
        started_at=row.started_at,
        answers=given,
        last=_last(connection, row.workspace_id, row.id) or Change(row.started_at, row.started_by, "started"),
        signature=signature,
        response=_response(connection, row.workspace_id, row.id) if is_response else None,
        message_ts=row.ts,
    )


def _answer(row: Row[Any]) -> Answer:
    return Answer(
        row.item_id,
        row.state,
        row.note,
        row.evidence,
        row.owner,
        row.accepted,
        row.by,
        row.at,
        row.version,
    )


def _change(row: Row[Any]) -> Change:
    return Change(row.at, row.by, row.what, row.item_id, row.before, row.after)
