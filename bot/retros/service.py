"""What people can do with retros; one public method is one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.database import Actor, Database, Transaction
from bot.delivery import clicks
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import AlreadyLogged, FieldErrors, NotTakenPart, NotYourRetro, RetroGone
from bot.installs import store as installs
from bot.retros import store
from bot.retros.drafts import store as drafts
from bot.retros.model import ACTIONS, Change, Deleted, NewAction, Retro, Viewer, Words, changed, day_of
from bot.retros.past import store as past
from bot.retros.rounds import service as rounds
from bot.retros.writing import store as writing
from bot.systems import store as systems
from bot.systems.model import Named


def key(workspace: str, retro: int) -> Key:
    """Give the key of a retro's card."""
    return Key(workspace, store.CARD, retro)


class Overtaken(Exception):
    """Somebody else has changed the retro since the form was opened; `retro` is as it stands now, `past` its history.

    Both are of one moment: a history read later may hold a change that `retro` lacks, which would then be lost.
    """

    def __init__(self, retro: Retro, past: Sequence[Change]) -> None:
        super().__init__()
        self.retro, self.past = retro, tuple(past)


@dataclass(frozen=True)
class Draft:
    """What a person has half written, as the form holds it; `form` tells it from their others of the same."""

    form: str
    body: Mapping[str, Any]
    saved_at: datetime


@dataclass(frozen=True)
class Sent:
    """What a form brings along when it is sent: which one it was, and what is ticked in it to be carried over."""

    form: str = ""
    carried: Sequence[int] = ()


UNSENT = Sent()
"""What is logged without a form."""


@dataclass(frozen=True)
class Retros:
    """The retros of all workspaces.

    In the same transaction `on_actions` is told whose actions came or went, and `carry` carries over into a new retro
    what was ticked, as far as that may still be, and says whether that was anything.
    """

    database: Database
    now: Callable[[], datetime]
    on_actions: Callable[[Transaction, Retro], None] | None = None
    carry: Callable[[Transaction, Actor, Retro, Collection[int]], bool] | None = None

    def log(
        self,
        words: Words,
        actions: Sequence[NewAction],
        *,
        by: Actor,
        channel: str,
        gathered: int = 0,
        sent: Sent = UNSENT,
    ) -> Retro:
        """Log a retro with its actions, drop the draft of its form, and have its card posted; raise FieldErrors.

        `gathered` is the call for answers that it was written from: that one closes. Of a form that is open twice, the
        second raises AlreadyLogged.
        """
        self._require(words, actions)
        now = self.now()
        with self.database.write(by, now) as tx:
            system = systems.ensure(self.database, tx, by.workspace, words.named).id if words.named else None
            number = store.next_number(self.database, tx, by.workspace)
            if sent.form and not drafts.note_logged(self.database, tx, by, sent.form, number, now):
                raise AlreadyLogged(drafts.logged_as(self.database, tx, by, sent.form))
            kept = replace(words, people=tuple(sorted({by.user, *words.people})))
            new = Retro(0, by.workspace, number, channel, kept, by.user, now, version=1)
            new = replace(new, id=writing.add(tx, new, system))
            store.add_actions(tx, by.workspace, new.id, actions, now)
            drafts.forget(tx, (by.workspace, by.user, channel, 0), sent.form)
            delivery.add(tx, key(by.workspace, new.id), channel, by.user)
            # First what locks other retros: a digest's card, which `on_actions` touches, comes after those.
            brought = bool(sent.carried and self.carry and self.carry(tx, by, new, sent.carried))
            if (actions or brought) and self.on_actions:
                self.on_actions(tx, new)
            if gathered:
                rounds.close_for(tx, gathered, new.id, by=by, channel=channel)
            return self._whole(tx, by.workspace, new.id) if brought else new

    def _require(self, words: Words, actions: Sequence[NewAction]) -> None:
        today = day_of(self.now())
        wrong = words.mistakes()
        for one in actions:
            wrong |= one.mistakes(today)
        if len(actions) > ACTIONS:
            wrong["action"] = f"Keep it to {ACTIONS} actions: those that you will really do."
        if wrong:
            raise FieldErrors(wrong)

    def require_editable(self, retro: Retro, user: str) -> None:
        """Raise what keeps a person from changing a retro, before anybody fills in a form."""
        if not retro.may_edit(user):
            raise NotTakenPart

    def edit(
        self, retro: int, words: Words, actions: Sequence[NewAction], *, version: int, by: Actor, form: str = ""
    ) -> Retro:
        """Change a retro's words and add actions, drop the draft; raise Overtaken if it is no longer at `version`."""
        self._require(words, actions)
        with self.database.write(by, self.now()) as tx:
            old = self._mine(tx, by, retro)
            if old.version != version:
                raise Overtaken(old, past.history(tx, by.workspace, retro))
            kept = replace(words, named=old.words.named, people=tuple(sorted({old.author, *words.people})))
            before, after = changed(old.words, kept)
            if actions:
                after["actions"] = [one.text for one in actions]
            if after:
                writing.rewrite(tx, by.workspace, retro, kept, version + 1, by.user, self.now())
                writing.set_people(tx, by.workspace, retro, kept.people)
                store.add_actions(tx, by.workspace, retro, actions, self.now())
                past.add_change(tx, by.workspace, retro, Change(self.now(), by.user, "edited", before, after))
                delivery.touch(tx, key(by.workspace, retro))
            if actions and self.on_actions:
                self.on_actions(tx, old)
            drafts.forget(tx, (by.workspace, by.user, old.channel, retro), form)
            return self._whole(tx, by.workspace, retro)

    def _mine(self, tx: Transaction, by: Actor, retro: int) -> Retro:
        """Give a retro for a change by somebody who took part."""
        if store.lock(tx, by.workspace, retro) is None:
            raise RetroGone
        found = self._whole(tx, by.workspace, retro)
        self.require_editable(found, by.user)
        return found

    def _whole(self, tx: Transaction, workspace: str, retro: int) -> Retro:
        found = store.get(tx, workspace, [retro])
        if not found:
            raise RetroGone
        return found[0]

    def delete(self, retro: int, *, by: Actor) -> Retro:
        """Delete a retro, as its author or an admin; give it as it was. That it was stays, without its words."""
        with self.database.write(by, self.now()) as tx:
            if store.lock(tx, by.workspace, retro) is None:
                raise RetroGone
            found = self._whole(tx, by.workspace, retro)
            self._require_owner(tx, found, by.user)
            writing.erase(tx, by.workspace, retro, by.user, self.now())
            rounds.erase_for(tx, by.workspace, retro)
            past.add_change(tx, by.workspace, retro, Change(self.now(), by.user, "deleted"))
            delivery.touch(tx, key(by.workspace, retro))
            if found.actions and self.on_actions:
                self.on_actions(tx, found)
        return found

    def require_deletable(self, retro: Retro, user: str) -> None:
        """Raise what keeps a person from deleting a retro, before they are asked whether they are sure."""
        with self.database.read() as tx:
            self._require_owner(tx, retro, user)

    def _require_owner(self, tx: Transaction, retro: Retro, user: str) -> None:
        if user != retro.author and not installs.is_admin(tx, retro.workspace, user, self.now()):
            raise NotYourRetro

    def post_again(self, retro: int, *, by: Actor, channel: str = "") -> tuple[str, str | None]:
        """Have the card posted anew in its channel; give the channel and the ts of the card that it replaces.

        That may be asked there, and anywhere by whoever asked for the card that is not there.
        """
        with self.database.write(by, self.now()) as tx:
            if store.lock(tx, by.workspace, retro) is None:
                raise RetroGone
            home = self._whole(tx, by.workspace, retro).channel
            if not clicks.may_post_again(tx, key(by.workspace, retro), home, by=by, channel=channel):
                raise RetroGone
            return clicks.post_again(tx, key(by.workspace, retro), home, by=by)

    def seen(self, workspace: str, retro: int, ts: str) -> None:
        """Take a click on a card for proof that it is there, should nobody have confirmed it."""
        clicks.seen(self.database, key(workspace, retro), ts)

    def is_public(self, workspace: str, channel: str) -> bool:
        """Say whether everyone in the workspace may read a channel, as far as that is known."""
        with self.database.read() as tx:
            return installs.is_public(tx, workspace, channel, self.now())

    def find(self, workspace: str, retro: int) -> Retro | None:
        """Give a retro, or None; for its own card only."""
        with self.database.read() as tx:
            found = store.get(tx, workspace, [retro])
        return found[0] if found else None

    def edited(self, retro: int, *, by: Actor, channel: str) -> Retro:
        """Give a retro to somebody whose form of it is open in a channel; raise RetroGone, or NotTakenPart by now."""
        with self.database.read() as tx:
            found = self._whole(tx, by.workspace, retro)
        if found.channel != channel:
            raise RetroGone
        self.require_editable(found, by.user)
        return found

    def deleted(self, workspace: str, retro: int) -> Deleted | None:
        """Give what is left of a retro if it was deleted; for its own card only."""
        with self.database.read() as tx:
            return store.deleted(tx, workspace, retro)

    def clicked(self, workspace: str, retro: int, channel: str, user: str) -> Retro:
        """Give a retro to somebody who clicked on it in a channel; raise RetroGone if they may not see it there."""
        with self.database.read() as tx:
            seen = store.visible(tx, Viewer(workspace, channel, user, self.now()), 1, id=retro)
            return self._whole(tx, workspace, seen[0] if seen else 0)

    def show(self, number: int, *, workspace: str, channel: str, user: str) -> Retro:
        """Give a retro by its number; raise RetroGone if there is none that the person may see here."""
        with self.database.read() as tx:
            seen = store.visible(tx, Viewer(workspace, channel, user, self.now()), 1, number=number)
            return self._whole(tx, workspace, seen[0] if seen else 0)

    def listing(
        self, workspace: str, channel: str, user: str, named: Named | None = None, most: int = 20
    ) -> list[Retro]:
        """Give the newest retros that a person may see here, of one system if it is named."""
        with self.database.read() as tx:
            only: dict[str, Any] = {}
            if named:
                only["system_id"] = [one.id for one in systems.named_like(tx, workspace, named)]
            viewer = Viewer(workspace, channel, user, self.now())
            return store.get(tx, workspace, store.visible(tx, viewer, most, **only))

    def places_to_check(self, limit: int = 5) -> list[tuple[str, str]]:
        """Give workspace and channel of a few retros of which it is not sure any more whether they are public."""
        with self.database.read() as tx:
            return store.places_to_check(tx, self.now() - installs.FRESH / 2, limit)

    def history(self, workspace: str, retro: int) -> list[Change]:
        """Give what happened to a retro, oldest first."""
        with self.database.read() as tx:
            return past.history(tx, workspace, retro)

    def draft(self, workspace: str, user: str, channel: str, retro: int = 0, form: str | None = None) -> Draft | None:
        """Give what a person has half written in a channel; `retro` is the one that they edit.

        That is what they wrote in one form, if it is named, and else what they saved last.
        """
        with self.database.read() as tx:
            found = drafts.find(tx, (workspace, user, channel, retro), form)
        return Draft(*found) if found else None

    def keep_draft(self, body: Mapping[str, Any], *, by: Actor, channel: str, retro: int = 0, form: str = "") -> None:
        """Keep what a form holds, so that nothing typed is lost.

        Raise RetroGone if its retro was deleted meanwhile, AlreadyLogged if it was logged: its draft would come back.
        """
        with self.database.write() as tx:
            if retro:
                store.lock(tx, by.workspace, retro)  # or a draft would bring words back that are being deleted
                self._whole(tx, by.workspace, retro)
            elif number := drafts.logged_as(self.database, tx, by, form):
                raise AlreadyLogged(number)
            drafts.keep(self.database, tx, (by.workspace, by.user, channel, retro), form, body, self.now())

    def forget_draft(self, *, by: Actor, channel: str, retro: int = 0, form: str = "") -> None:
        """Drop what was half written in a form."""
        with self.database.write() as tx:
            drafts.forget(tx, (by.workspace, by.user, channel, retro), form)
