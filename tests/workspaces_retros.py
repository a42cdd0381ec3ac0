"""How `test_workspaces` calls each method and function of retros, and what both workspaces have of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from bot.database import Actor, Transaction
from bot.delivery import store as delivery_store
from bot.retros import store
from bot.retros.drafts import store as drafts
from bot.retros.model import Change, NewAction, Retro, Viewer, Words
from bot.retros.past import store as past
from bot.retros.service import Retros, key
from bot.retros.writing import store as writing
from tests.samples import HERE, NOW
from tests.workspaces import Case, Side, StoreCase, World, channel_of, unless_refused, whose

DUE = date(2099, 3, 20)


def furnish(world: World) -> None:
    """Have what a retro can have, in that of each workspace, which is there; theirs come first."""
    for side in (world.them, world.me):
        by = replace(side.actor, request="")
        with world.database.read() as tx:
            retro = _retro(tx, side)
        kept = Words(why=side.text, caught=side.text, causes=("data",), keep=side.text, people=("UBEN",))
        _retros(world).edit(retro, kept, [_action(side)], version=_version(world, side), by=by)
        for of in (0, retro):
            _retros(world).keep_draft({"why": side.text}, by=by, channel=HERE, retro=of)
        with world.database.write() as tx:
            delivery_store.sent(tx, key(side.workspace, retro), 1, "1.5")
            drafts.note_logged(world.database, tx, by, side.text, retro, NOW)
    with world.database.write() as tx:
        # Only a mistake could make these rows; they must not be taken for parts of our retro.
        ours, theirs = _retro(tx, world.me), world.them
        writing.add_people(tx, theirs.workspace, ours, [theirs.text])
        store.add_actions(tx, theirs.workspace, ours, [_action(theirs)], NOW)
        past.add_change(tx, theirs.workspace, ours, Change(NOW, theirs.text, "edited"))


def _action(of: Side) -> NewAction:
    return NewAction(of.text, "UBEN", DUE, of.text)


def _retros(world: World) -> Retros:
    return Retros(world.database, world.checklists.now)


def _retro(tx: Transaction, of: Side) -> int:
    """Give the id of a side's first retro, without a word of the store that is on trial."""
    table = store.retros.c
    mine = select(table.id).where(table.workspace_id == of.workspace)
    return int(tx.execute(mine.order_by(table.id)).scalars().first() or 0)


def _id(world: World, of: Side) -> int:
    with world.database.read() as tx:
        return _retro(tx, of)


def _version(world: World, of: Side) -> int:
    with world.database.read() as tx:
        return int(tx.execute(select(store.retros.c.version).where(store.retros.c.id == _retro(tx, of))).scalar_one())


def _words(world: World) -> Words:
    return Words(why=world.me.text, people=("UCLEO",))


def _if_found(world: World, of: Side, act: Callable[[Retro], None]) -> str:
    found = _retros(world).find(world.me.workspace, _id(world, of))
    if found:
        act(found)
    return whose(of, found)


def _left(world: World, of: Side) -> str:
    """Delete it, and look at what is left."""
    _retros(world).delete(_id(world, of), by=world.me.actor)
    return whose(of, _retros(world).deleted(world.me.workspace, _id(world, of)))


def _left_in(tx: Transaction, me: str, of: Side) -> str:
    writing.erase(tx, me, _retro(tx, of), "UANA", NOW)
    return whose(of, store.deleted(tx, me, _retro(tx, of)))


def _of(tx: Transaction, me: str, of: Side) -> drafts.Of:
    return me, "UANA", HERE, _retro(tx, of)


def _viewer(me: str) -> Viewer:
    return Viewer(me, HERE, "UANA", NOW)


RETROS: Mapping[str, Case] = {
    "log": lambda world, _: _retros(world).log(_words(world), [_action(world.me)], by=world.me.actor, channel=HERE),
    "edit": lambda world, of: _retros(world).edit(
        _id(world, of), _words(world), [_action(world.me)], version=_version(world, of), by=world.me.actor
    ),
    "require_editable": lambda world, of: _if_found(
        world, of, lambda found: _retros(world).require_editable(found, "UANA")
    ),
    "delete": lambda world, of: _retros(world).delete(_id(world, of), by=world.me.actor),
    "require_deletable": lambda world, of: _if_found(
        world, of, lambda found: _retros(world).require_deletable(found, "UANA")
    ),
    "post_again": lambda world, of: unless_refused(
        of, lambda: _retros(world).post_again(_id(world, of), by=world.me.actor)
    ),
    "edited": lambda world, of: _retros(world).edited(_id(world, of), by=world.me.actor, channel=HERE),
    "seen": lambda world, of: _retros(world).seen(world.me.workspace, _id(world, of), "1.9"),
    "is_public": lambda world, of: whose(
        of, _retros(world).is_public(world.me.workspace, channel_of(of.workspace)) or None
    ),
    "find": lambda world, of: _retros(world).find(world.me.workspace, _id(world, of)),
    "deleted": _left,
    "clicked": lambda world, of: _retros(world).clicked(world.me.workspace, _id(world, of), HERE, "UANA"),
    "show": lambda world, _: _retros(world).show(1, workspace=world.me.workspace, channel=HERE, user="UANA"),
    "listing": lambda world, _: _retros(world).listing(world.me.workspace, HERE, "UANA"),
    "history": lambda world, of: _retros(world).history(world.me.workspace, _id(world, of)),
    "draft": lambda world, of: _retros(world).draft(world.me.workspace, "UANA", HERE, _id(world, of)),
    "keep_draft": lambda world, of: _retros(world).keep_draft(
        {"why": "Ours."}, by=world.me.actor, channel=HERE, retro=_id(world, of)
    ),
    "forget_draft": lambda world, _: _retros(world).forget_draft(by=world.me.actor, channel=HERE),
}
RETRO_STORE: Mapping[str, StoreCase] = {
    "next_number": lambda database, tx, me, _: store.next_number(database, tx, me),
    "add_actions": lambda _, tx, me, of: store.add_actions(tx, me, _retro(tx, of), [NewAction("Do", "UBEN", DUE)], NOW),
    "lock": lambda _, tx, me, of: whose(of, store.lock(tx, me, _retro(tx, of))),
    "touch": lambda _, tx, me, of: store.touch(tx, me, _retro(tx, of)),
    "get": lambda _, tx, me, of: store.get(tx, me, [_retro(tx, of)]),
    "deleted": lambda _, tx, me, of: _left_in(tx, me, of),
    "visible": lambda _, tx, me, of: whose(of, store.visible(tx, _viewer(me), id=_retro(tx, of))),
    "took_part": lambda _, tx, me, __: store.get(tx, me, store.took_part(tx, _viewer(me), 50)),
    "ids_for_export": lambda _, tx, me, __: store.ids_for_export(tx, me),
}
WRITING_STORE: Mapping[str, StoreCase] = {
    "add_people": lambda _, tx, me, of: writing.add_people(tx, me, _retro(tx, of), ["UZOE"]),
    "set_people": lambda _, tx, me, of: writing.set_people(tx, me, _retro(tx, of), ["UZOE"]),
    "rewrite": lambda _, tx, me, of: writing.rewrite(tx, me, _retro(tx, of), Words(why="Ours."), 9, "UANA", NOW),
    "erase": lambda _, tx, me, of: writing.erase(tx, me, _retro(tx, of), "UANA", NOW),
}
PAST_STORE: Mapping[str, StoreCase] = {
    "history": lambda _, tx, me, of: past.history(tx, me, _retro(tx, of)),
    "add_change": lambda _, tx, me, of: past.add_change(tx, me, _retro(tx, of), Change(NOW, "UANA", "edited")),
}
DRAFTS_STORE: Mapping[str, StoreCase] = {
    "find": lambda _, tx, me, of: [drafts.find(tx, _of(tx, me, of), form) for form in (None, "")],
    "keep": lambda database, tx, me, of: drafts.keep(database, tx, _of(tx, me, of), "new", {"why": "Ours."}, NOW),
    "forget": lambda _, tx, me, of: drafts.forget(tx, _of(tx, me, of), ""),
    "note_logged": lambda database, tx, me, of: drafts.note_logged(
        database, tx, Actor(me, "UANA"), "new", _retro(tx, of), NOW
    ),
    "logged_as": lambda database, tx, me, of: whose(of, drafts.logged_as(database, tx, Actor(me, "UANA"), of.text)),
}
# Seen to read or to change what is ours, so that their cases prove something.
READING = {
    "Retros.log", "Retros.edit", "Retros.require_editable", "Retros.delete", "Retros.require_deletable",
    "Retros.is_public", "Retros.find", "Retros.deleted", "Retros.clicked", "Retros.show",
    "Retros.listing", "Retros.history", "Retros.draft",
}  # fmt: skip
CHANGING = {
    "Retros.log", "Retros.edit", "Retros.delete", "Retros.post_again", "Retros.keep_draft", "Retros.forget_draft",
}  # fmt: skip
WITHOUT_A_CASE = {
    "retros.seen_by": "is a condition; `visible` is the case for it",
    "retros.any_logged": "says whether, and names nothing",
    "retros.taken_part_in": "is a query; `took_part` is the case for it",
    "writing.add": "takes a whole retro, workspace and all; `log` is the case for it",
    "retros.action_of": "reads one row that is there",
    "retros.places_to_check": "the clock looks after the channels of every workspace",
    "Retros.places_to_check": "the clock looks after the channels of every workspace",
}
