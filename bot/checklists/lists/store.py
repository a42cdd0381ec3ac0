"""Which runs there are, by channel, person and system: their ids and places."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from bot.checklists.store import answers, changes, runs
from bot.installs.store import channels
from bot.systems.store import systems


def ids_in_channel(connection: Connection, workspace: str, channel: str) -> list[int]:
    """Give the open runs of a channel."""
    query = select(runs.c.id).where(
        runs.c.workspace_id == workspace, runs.c.channel_id == channel, runs.c.state == "open"
    )
    return [row.id for row in connection.execute(query)]


def newest_in_channel(connection: Connection, workspace: str, channel: str, most: int) -> list[int]:
    """Give the newest runs of a channel that were not discarded."""
    query = (
        select(runs.c.id)
        .where(runs.c.workspace_id == workspace, runs.c.channel_id == channel, runs.c.state != "discarded")
        .order_by(runs.c.id.desc())
        .limit(most)
    )
    return [row.id for row in connection.execute(query)]


def ids_worked_on(connection: Connection, workspace: str, user: str, most: int) -> list[int]:
    """Give the newest runs that a person started or changed something in."""
    touched = select(changes.c.run_id).where(changes.c.workspace_id == workspace, changes.c.by == user)
    query = (
        select(runs.c.id)
        .where(runs.c.workspace_id == workspace, or_(runs.c.started_by == user, runs.c.id.in_(touched)))
        .where(runs.c.state != "discarded")
        .order_by(runs.c.id.desc())
        .limit(most)
    )
    return [row.id for row in connection.execute(query)]


def ids_owned(connection: Connection, workspace: str, user: str) -> list[int]:
    """Give the open runs in which the person owns an item."""
    query = (
        select(runs.c.id)
        .join(answers, and_(answers.c.run_id == runs.c.id, answers.c.workspace_id == workspace))
        .where(runs.c.workspace_id == workspace, answers.c.owner == user, runs.c.state == "open")
        .distinct()
    )
    return [row.id for row in connection.execute(query)]


def latest_ids(connection: Connection, workspace: str, system_ids: list[int], channels: Iterable[str]) -> list[int]:
    """Give the newest run of every checklist and system in these channels, discarded ones left out."""
    query = (
        select(func.max(runs.c.id))
        .where(
            runs.c.workspace_id == workspace,
            runs.c.system_id.in_(system_ids),
            runs.c.channel_id.in_(list(channels)),
            runs.c.state != "discarded",
        )
        .group_by(runs.c.system_id, runs.c.checklist_id, runs.c.purpose)
    )
    return [row[0] for row in connection.execute(query)]


def channels_of(connection: Connection, workspace: str, system_ids: list[int]) -> set[str]:
    """Give the channels in which these systems have runs."""
    query = select(runs.c.channel_id).where(runs.c.workspace_id == workspace, runs.c.system_id.in_(system_ids))
    return {row.channel_id for row in connection.execute(query.distinct())}


def places_to_check(connection: Connection, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Give workspace and channel of runs of which nobody has checked since `before` whether they are public."""
    same = and_(channels.c.workspace_id == runs.c.workspace_id, channels.c.channel_id == runs.c.channel_id)
    query = (
        select(runs.c.workspace_id, runs.c.channel_id)
        .outerjoin(channels, same)
        .where(or_(channels.c.seen_at.is_(None), channels.c.seen_at < before))
        .distinct()
        .limit(limit)
    )
    return [(row.workspace_id, row.channel_id) for row in connection.execute(query)]


def system_names(connection: Connection, workspace: str, channels: Iterable[str]) -> list[str]:
    """Give the names of the systems that have runs in these channels."""
    query = (
        select(systems.c.name)
        .join(runs, and_(runs.c.system_id == systems.c.id, runs.c.workspace_id == workspace))
        .where(systems.c.workspace_id == workspace, runs.c.channel_id.in_(list(channels)))
    )
    return [row.name for row in connection.execute(query.distinct())]


def ids_for_export(connection: Connection, workspace: str | None, checklist: str | None) -> list[tuple[str, int]]:
    """Give workspace and id of every run, or of those of one workspace or checklist, oldest first."""
    query = select(runs.c.workspace_id, runs.c.id).order_by(runs.c.id)
    if workspace:
        query = query.where(runs.c.workspace_id == workspace)
    if checklist:
        query = query.where(runs.c.checklist_id == checklist)
    return [(row.workspace_id, row.id) for row in connection.execute(query)]
