"""Lists of runs as a line each, and what is known of a system by its runs; in the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from difflib import get_close_matches

from bot.blocks import esc
from bot.checklists.lists import store
from bot.checklists.model import Duty, Run, Summary
from bot.checklists.store import get_runs
from bot.database import Transaction
from bot.errors import UnknownSystem
from bot.installs import store as installs
from bot.systems import store as systems
from bot.systems.model import Named


def visible_in(tx: Transaction, workspace: str, channel: str, now: datetime) -> set[str]:
    """Give the channels of which somebody in a channel may see the runs: that one, and those that are public."""
    return installs.public_channels(tx, workspace, now) | {channel}


def summaries(tx: Transaction, workspace: str, ids: list[int]) -> list[Summary]:
    """Give runs in one line each."""
    install = installs.find(tx, workspace)
    return [summary(run, install) for run in get_runs(tx, workspace, ids)]


def owned_by(tx: Transaction, workspace: str, user: str) -> list[Duty]:
    """Give the unmet items that a person owns."""
    install = installs.find(tx, workspace)
    return [
        Duty(item, run.answer(item.id), summary(run, install))
        for run in get_runs(tx, workspace, store.ids_owned(tx, workspace, user))
        for item in run.items.values()
        if run.answer(item.id).owner == user and not run.answer(item.id).met
    ]


def of_system(tx: Transaction, workspace: str, named: Named, visible: Collection[str]) -> list[Summary]:
    """Give the last run of every checklist for a system in some channels; raise UnknownSystem with what was meant."""
    found = store.latest_ids(tx, workspace, _known(tx, workspace, named), visible)
    if not found:
        raise UnknownSystem(_did_you_mean(tx, named, workspace, visible))
    return summaries(tx, workspace, found)


def unsure_channels(tx: Transaction, workspace: str, named: Named, now: datetime) -> set[str]:
    """Give the channels of a system of which nobody has checked lately whether they are public."""
    return installs.stale_channels(tx, workspace, store.channels_of(tx, workspace, _known(tx, workspace, named)), now)


def missing_preparation(
    tx: Transaction, workspace: str, name: str, named: Named, visible: Collection[str]
) -> list[str] | None:
    """Give what the newest preparation of a checklist for a system left undone; None if there was none."""
    for one in (named, Named(named.name)):
        found = store.latest_ids(tx, workspace, _known(tx, workspace, one), visible)
        prepared = [run for run in get_runs(tx, workspace, found) if _prepares(run, name)]
        if prepared:
            newest = prepared[0]
            return [item.title for item in newest.items.values() if not newest.answer(item.id).met]
    return None


def summary(run: Run, install: installs.Install | None) -> Summary:
    """Say of a run what fits in a line."""
    met, total = run.count()
    signed = run.signature
    return Summary(
        id=run.id,
        channel=run.channel,
        title=run.title,
        checklist_id=run.checklist.id,
        name=run.system.named.name,
        system=str(run.system.named),
        state=run.state,
        met=met,
        total=total,
        started_at=run.started_at,
        verdict=signed.verdict if signed else run.verdict,
        signed_at=signed.at if signed else None,
        signed_by=signed.by if signed else None,
        link=link(run, install),
    )


def link(run: Run, install: installs.Install | None) -> str | None:
    """Give the address of a run's card; None while it is not known."""
    return install.link(run.channel, run.message_ts) if install and run.message_ts else None


def _known(tx: Transaction, workspace: str, named: Named) -> list[int]:
    return [one.id for one in systems.named_like(tx, workspace, named)]


def _did_you_mean(tx: Transaction, named: Named, workspace: str, visible: Collection[str]) -> str | None:
    known = _known(tx, workspace, Named(named.name)) if named.version else []
    if known and store.latest_ids(tx, workspace, known, visible):
        name = esc(named.name)
        return f"I know {name}, but not {esc(named.version)}. `/aipm system {name}` shows its versions."
    names = {name.casefold(): name for name in store.system_names(tx, workspace, visible)}
    close = get_close_matches(named.key[0], names, n=1, cutoff=0.6)
    if not close:
        return None
    name = esc(names[close[0]].replace("`", ""))
    return f"I know no system of that name. Did you mean `/aipm system {name}`?"


def _prepares(run: Run, name: str) -> bool:
    return run.choices.purpose == "prepare" and run.checklist.id == name
