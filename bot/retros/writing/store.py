"""Rows of retros and of who took part, as they are logged, edited and erased."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, update

from bot.retros.drafts.store import drafts
from bot.retros.model import Retro, Words
from bot.retros.past.store import changes
from bot.retros.store import actions, participants, retros

# Building a statement costs more than running it, so those of every form are built once.
_INSERT = retros.insert().returning(retros.c.id)
_ADD_PEOPLE = participants.insert()


def add(connection: Connection, new: Retro, system: int | None) -> int:
    """Insert a retro, whose id the database chooses; give that id."""
    row = _words_row(new.words) | {
        "workspace_id": new.workspace,
        "number": new.number,
        "channel_id": new.channel,
        "system_id": system,
        "source": new.words.source,
        "run_id": new.words.run,
        "state": "logged",
        "author": new.author,
        "logged_at": new.logged_at,
        "version": new.version,
        "indexed": 0,
        "behind": 1,
        "edited_by": "",
    }
    retro = int(connection.execute(_INSERT, row).scalar_one())
    add_people(connection, new.workspace, retro, new.words.people)
    return retro


def add_people(connection: Connection, workspace: str, retro: int, users: Collection[str]) -> None:
    """Note who took part."""
    rows = [{"workspace_id": workspace, "retro_id": retro, "user_id": one} for one in sorted(users)]
    if rows:
        connection.execute(_ADD_PEOPLE, rows)


def set_people(connection: Connection, workspace: str, retro: int, users: Collection[str]) -> None:
    """Note who took part, in place of what was noted before."""
    mine = and_(participants.c.workspace_id == workspace, participants.c.retro_id == retro)
    connection.execute(delete(participants).where(mine))
    add_people(connection, workspace, retro, users)


def rewrite(
    connection: Connection, workspace: str, retro: int, words: Words, version: int, by: str, now: datetime
) -> None:
    """Write the words of a retro as they are now."""
    row = _words_row(words) | {"version": version, "behind": 1, "edited_by": by, "edited_at": now}
    mine = and_(retros.c.workspace_id == workspace, retros.c.id == retro)
    connection.execute(update(retros).where(mine).values(**row))


def erase(connection: Connection, workspace: str, retro: int, by: str, now: datetime) -> None:
    """Take the words out of a retro, its actions and its history; that it was, and who deleted it, stays."""
    empty = _words_row(Words()) | {"source": "", "state": "deleted", "behind": 1, "edited_by": by, "edited_at": now}
    mine = and_(retros.c.workspace_id == workspace, retros.c.id == retro)
    connection.execute(update(retros).where(mine).values(**empty))
    for table in (participants, actions, changes, drafts):
        connection.execute(delete(table).where(table.c.workspace_id == workspace, table.c.retro_id == retro))


def _words_row(words: Words) -> dict[str, Any]:
    return {
        "kind": words.kind,
        "expected": words.expected,
        "why": words.why,
        "keep": words.keep,
        "caught": words.caught,
        "causes": list(words.causes),
        "visibility": words.visibility,
        "unweighed": 1,
    }
