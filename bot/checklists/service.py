"""What people can do with checklists; one public method is one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from bot.blocks import clean
from bot.checklists import gaps, store
from bot.checklists.lists import finding
from bot.checklists.lists import store as lists
from bot.checklists.model import (
    ENTRY_LIMIT,
    NOTE_LIMIT,
    Answer,
    Change,
    Choices,
    Duty,
    Response,
    Run,
    State,
    Summary,
    mistakes,
)
from bot.checklists.own import store as own
from bot.checklists.own.model import OwnItem, extended
from bot.database import Actor, Database, Transaction
from bot.delivery import clicks
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import (
    AlreadyOpen,
    Discarded,
    FieldErrors,
    Frozen,
    Gone,
    LearningLeft,
    NoItems,
    NotABox,
    UnknownChecklist,
    Unmet,
)
from bot.installs import store as installs
from bot.library import Library
from bot.schema import Checklist
from bot.systems import store as systems
from bot.systems.model import Named


def key(workspace: str, run_id: int) -> Key:
    """Give the key of a run's card."""
    return Key(workspace, "run", run_id)


Saved = Literal["saved", "unchanged", "overtaken"]


@dataclass(frozen=True)
class Started:
    """A run, and whether it is new or was open already."""

    run_id: int
    new: bool


@dataclass(frozen=True)
class Record:
    """A run with all that is known of it, for an export."""

    run: Run
    history: tuple[Change, ...]
    link: str | None


@dataclass(frozen=True)
class Checklists:
    """The checklists of all workspaces."""

    database: Database
    library: Library
    now: Callable[[], datetime]
    _kept: set[tuple[str, str]] = field(default_factory=set, compare=False)

    def checklist(self, name: str) -> Checklist:
        """Give a checklist as it stands in the content now."""
        found = self.library.checklists.get(name)
        if found is None:
            raise UnknownChecklist
        return found

    def version(self, workspace: str, name: str) -> Checklist:
        """Give a checklist as a workspace has it: with the items that it added."""
        base = self.checklist(name)
        with self.database.read() as tx:
            return extended(base, own.added(tx, workspace, name))

    def start(self, name: str, named: Named, choices: Choices, *, by: Actor, channel: str) -> Started:
        """Start a run, or find the open one of the same checklist and system in this channel."""
        base = self.checklist(name)
        with self.database.write(by, self.now()) as tx:
            added = own.added(tx, by.workspace, name)
            checklist = extended(base, added)
            if not choices.fit(checklist):
                raise NoItems
            system = systems.ensure(self.database, tx, by.workspace, named)
            open_key = _open_key(by.workspace, channel, name, choices.purpose, system.id)
            row = {
                "workspace_id": by.workspace,
                "channel_id": channel,
                "checklist_id": name,
                "digest": checklist.digest,
                "system_id": system.id,
                "kind": choices.kind,
                "labelled": choices.labelled,
                "scope": choices.scope,
                "purpose": choices.purpose,
                "state": "open",
                "open_key": open_key,
                "started_by": by.user,
                "started_at": self.now(),
            }
            self._keep_template(tx, by.workspace, checklist)
            run_id = store.add_run(self.database, tx, row)
            if run_id is None:
                return Started(store.open_run(tx, open_key) or 0, new=False)
            if checklist.rule == "response" and choices.purpose == "check":
                visible = finding.visible_in(tx, by.workspace, channel, self.now())
                missing = finding.missing_preparation(tx, by.workspace, name, named, visible)
                store.add_response(tx, by.workspace, run_id, missing)
            delivery.add(tx, key(by.workspace, run_id), channel, by.user)
            _tell(tx, added)
        self._kept.add((by.workspace, checklist.digest))
        return Started(run_id, new=True)

    def _keep_template(self, tx: Transaction, workspace: str, checklist: Checklist) -> None:
        """Keep the template, unless a committed transaction of this process has seen it there."""
        if (workspace, checklist.digest) not in self._kept:
            store.snapshot(self.database, tx, workspace, checklist)

    def tick(self, run_id: int, item_id: str, *, ticked: bool, clicked: int, seen_at: str = "", by: Actor) -> None:
        """Set an item as a click says; `clicked` is Slack's action_ts in microseconds, and the newest wins.

        `seen_at` is the ts of the card that was clicked: it tells where a card lives whose posting was unclear.
        """
        with self.database.write() as tx:
            of = self._open(tx, by.workspace, run_id, item_id)
            answer, last = store.get_answer(tx, by.workspace, run_id, item_id)
            if answer.state not in {"open", "done"}:
                raise NotABox
            state: State = "done" if ticked else "open"
            # A late click changes nothing but the version: its screen shows a box that has to be drawn anew.
            fresh = replace(answer, version=answer.version + 1)
            if clicked > last and state != answer.state:
                fresh = replace(fresh, state=state, by=by.user, at=self.now())
                said = Change(self.now(), by.user, "item", item_id, {"state": answer.state}, {"state": state})
                store.add_change(tx, by.workspace, run_id, said)
            store.put_answer(self.database, tx, by.workspace, run_id, fresh, max(clicked, last))
            delivery.touch(tx, key(by.workspace, run_id), seen_at)
            _tell_of(tx, by.workspace, of, item_id)

    def answer(self, run_id: int, given: Answer, *, clicked: int = 0, by: Actor) -> Saved:
        """Set state, note, evidence and owner of an item; raises FieldErrors with what to mend.

        `clicked` is when, by Slack's clock (ours may be off), in microseconds: an older tick that comes late loses.
        `given.version` is the version that the person saw: if somebody changed the item since, nothing is saved.
        """
        given = replace(given, note=clean(given.note), evidence=clean(given.evidence))
        if mistakes(given):
            raise FieldErrors(mistakes(given))
        with self.database.write(by, self.now()) as tx:
            of = self._open(tx, by.workspace, run_id, given.item_id)
            old, last = store.get_answer(tx, by.workspace, run_id, given.item_id)
            before, after = _difference(old, given)
            if not after:
                return "unchanged"
            if old.version != given.version:
                return "overtaken"
            fresh = replace(given, accepted=old.accepted, version=old.version + 1, by=by.user, at=self.now())
            store.put_answer(self.database, tx, by.workspace, run_id, fresh, max(last, clicked))
            self._record(tx, by, run_id, Change(self.now(), by.user, "item", given.item_id, before, after))
            _tell_of(tx, by.workspace, of, given.item_id)
        return "saved"

    def sign(
        self, run_id: int, reasons: Mapping[str, str], *, comment: str = "", stop: bool = False, by: Actor
    ) -> None:
        """Sign a run; raises Unmet with the must-haves that still need a reason.

        `stop` signs a banded checklist with its risks left open, for the verdict "stop".
        """
        given = {item: clean(reason)[:NOTE_LIMIT] for item, reason in reasons.items() if clean(reason)}
        with self.database.write(by, self.now()) as tx:
            self._open(tx, by.workspace, run_id)
            run = self._whole(tx, by.workspace, run_id)
            if run.learning_left:
                raise LearningLeft([item.title for item in run.learning_left])
            unmet = [] if stop and run.checklist.rule == "bands" else run.unmet_musts()
            open_still = [item.id for item in unmet if item.id not in given]
            if open_still:
                raise Unmet(open_still)
            accepted = {item.id: given[item.id] for item in unmet}
            self._accept(tx, by, run, accepted)
            verdict = self._whole(tx, by.workspace, run_id).verdict
            signed: dict[str, Any] = {
                "signed_by": by.user,
                "signed_at": self.now(),
                "self_signed": by.user == run.started_by,
                "verdict": verdict,
                "comment": clean(comment)[:NOTE_LIMIT],
            }
            store.set_run(tx, by.workspace, run_id, state="signed", open_key=None, **signed)
            said = {"verdict": verdict, "accepted": accepted, "comment": signed["comment"]}
            said["self_signed"] = signed["self_signed"]
            self._record(tx, by, run_id, Change(self.now(), by.user, "signed", after=said))

    def reopen(self, run_id: int, *, by: Actor) -> None:
        """Open a signed or discarded run again; its signature stays in the history."""
        with self.database.write(by, self.now()) as tx:
            row = store.lock_run(tx, by.workspace, run_id)
            if row is None:
                raise Gone
            if row.state == "open":
                return
            open_key = _open_key(by.workspace, row.channel_id, row.checklist_id, row.purpose, row.system_id)
            if not store.reopen_run(tx, by.workspace, run_id, open_key):
                raise AlreadyOpen
            store.clear_accepted(tx, by.workspace, run_id)
            was = {"state": row.state, "verdict": row.verdict}
            self._record(tx, by, run_id, Change(self.now(), by.user, "reopened", before=was))

    def discard(self, run_id: int, *, by: Actor) -> None:
        """Put an open run aside; it can be reopened."""
        with self.database.write(by, self.now()) as tx:
            self._open(tx, by.workspace, run_id)
            store.set_run(tx, by.workspace, run_id, state="discarded", open_key=None)
            self._record(tx, by, run_id, Change(self.now(), by.user, "discarded"))

    def lead(self, run_id: int, wanted: Mapping[str, str | None], *, by: Actor) -> None:
        """Set those of severity, lead, operations and communications that a person changed."""
        with self.database.write(by, self.now()) as tx:
            self._open(tx, by.workspace, run_id)
            old = self._whole(tx, by.workspace, run_id).response or Response()
            after = {name: value for name, value in wanted.items() if getattr(old, name) != value}
            before = {name: getattr(old, name) for name in after}
            if not after:
                return
            store.set_response(tx, by.workspace, run_id, **after)
            self._record(tx, by, run_id, Change(self.now(), by.user, "roles", None, before, after))

    def contain(self, run_id: int, *, by: Actor) -> None:
        """Stop the clock: people are protected as of now."""
        with self.database.write(by, self.now()) as tx:
            self._open(tx, by.workspace, run_id)
            run = self._whole(tx, by.workspace, run_id)
            if run.response is None or run.response.contained_at:
                return
            store.set_response(tx, by.workspace, run_id, contained_at=self.now())
            text = "Marked contained."
            self._record(tx, by, run_id, Change(self.now(), by.user, "contained", after={"text": text}))

    def note(self, run_id: int, text: str, *, source: Mapping[str, str] | None = None, by: Actor) -> None:
        """Add an entry to the timeline of a response; `source` has link, author and time of a message."""
        text = clean(text)
        if not text:
            raise FieldErrors({"text": "Write what happened, in a sentence."})
        if len(text) > ENTRY_LIMIT:
            raise FieldErrors({"text": f"Keep it within {ENTRY_LIMIT} characters; this has {len(text)}."})
        with self.database.write(by, self.now()) as tx:
            self._open(tx, by.workspace, run_id)
            after = {"text": text} | {name: value for name, value in (source or {}).items() if value}
            self._record(tx, by, run_id, Change(self.now(), by.user, "entry", after=after))

    def post_again(self, run_id: int, *, by: Actor) -> tuple[str, str | None]:
        """Have the card posted anew in its channel; give the channel and the ts of the card that it replaces."""
        with self.database.write(by, self.now()) as tx:
            row = store.lock_run(tx, by.workspace, run_id)
            if row is None:
                raise Gone
            return clicks.post_again(tx, key(by.workspace, run_id), str(row.channel_id), by=by)

    def get(self, workspace: str, run_id: int) -> Run:
        """Give a run; raises Gone."""
        with self.database.read() as tx:
            return self._whole(tx, workspace, run_id)

    def brief(self, workspace: str, run_id: int) -> Summary:
        """Give a run in one line."""
        with self.database.read() as tx:
            found = finding.summaries(tx, workspace, [run_id])
        if not found:
            raise Gone
        return found[0]

    def require_signable(self, run: Run) -> None:
        """Raise what keeps this run from being signed, before anybody fills in a form."""
        _require_open(run.state)
        if run.learning_left:
            raise LearningLeft([item.title for item in run.learning_left])

    def open_responses(self, workspace: str, channel: str) -> list[Run]:
        """List the open drift-responses of a channel, newest first."""
        with self.database.read() as tx:
            found = store.get_runs(tx, workspace, lists.ids_in_channel(tx, workspace, channel))
        return [run for run in found if run.response]

    def find(self, workspace: str, run_id: int) -> Run | None:
        """Give a run, or None."""
        with self.database.read() as tx:
            return store.get_run(tx, workspace, run_id)

    def record(self, workspace: str, run_id: int) -> Record:
        """Give a run with its history, for an export."""
        with self.database.read() as tx:
            run = self._whole(tx, workspace, run_id)
            start = Change(run.started_at, run.started_by, "started")
            past = (start, *store.history(tx, workspace, run_id))
            return Record(run, past, finding.link(run, installs.find(tx, workspace)))

    def open_in(self, workspace: str, channel: str) -> list[Summary]:
        """List the open runs of a channel, newest first."""
        with self.database.read() as tx:
            return finding.summaries(tx, workspace, lists.ids_in_channel(tx, workspace, channel))

    def owned_by(self, workspace: str, user: str) -> list[Duty]:
        """List the unmet items that a person owns, in every channel: an owner was named by a reader."""
        with self.database.read() as tx:
            return finding.owned_by(tx, workspace, user)

    def worked_on_by(self, workspace: str, user: str, most: int = 50) -> list[Summary]:
        """List the runs that a person worked on, newest first; they are shown to that person alone."""
        with self.database.read() as tx:
            return finding.summaries(tx, workspace, lists.ids_worked_on(tx, workspace, user, most))

    def of_system(self, named: Named, *, workspace: str, channel: str) -> list[Summary]:
        """Give the last run of every checklist for a system, from this channel and from public ones."""
        with self.database.read() as tx:
            visible = finding.visible_in(tx, workspace, channel, self.now())
            return finding.of_system(tx, workspace, named, visible)

    def unsure_channels(self, named: Named, workspace: str) -> set[str]:
        """Give the channels of a system of which nobody has checked lately whether they are public."""
        with self.database.read() as tx:
            return finding.unsure_channels(tx, workspace, named, self.now())

    def gaps(self, workspace: str, channel: str) -> list[tuple[str, str]]:
        """Give topic and reason of what a channel's newest checklists keep leaving open."""
        with self.database.read() as tx:
            newest = lists.newest_in_channel(tx, workspace, channel, gaps.RUNS)
            return gaps.find(store.get_runs(tx, workspace, newest))

    def places_to_check(self, limit: int = 5) -> list[tuple[str, str]]:
        """Give workspace and channel of a few runs of which it is not sure any more whether they are public."""
        with self.database.read() as tx:
            return lists.places_to_check(tx, self.now() - installs.FRESH / 2, limit)

    def all_runs(self, workspace: str | None = None, checklist: str | None = None) -> list[tuple[str, int]]:
        """Give workspace and id of every run, for whoever owns the database (`aipm export`)."""
        with self.database.read() as tx:
            return lists.ids_for_export(tx, workspace, checklist)

    def _accept(self, tx: Transaction, by: Actor, run: Run, accepted: Mapping[str, str]) -> None:
        for item_id, reason in accepted.items():
            answer, last = store.get_answer(tx, by.workspace, run.id, item_id)
            fresh = replace(answer, accepted=reason, version=answer.version + 1)
            store.put_answer(self.database, tx, by.workspace, run.id, fresh, last)

    def _record(self, tx: Transaction, by: Actor, run_id: int, change: Change) -> None:
        store.add_change(tx, by.workspace, run_id, change)
        delivery.touch(tx, key(by.workspace, run_id))

    def _open(self, tx: Transaction, workspace: str, run_id: int, item_id: str | None = None) -> Checklist:
        row = store.lock_run(tx, workspace, run_id)
        if row is None:
            raise Gone
        _require_open(row.state)
        template = store.template(tx, workspace, row.digest)
        choices = Choices(row.kind, row.labelled, row.scope, row.purpose)
        if item_id is not None and not choices.includes(template, item_id):
            raise Gone
        return template

    def _whole(self, tx: Transaction, workspace: str, run_id: int) -> Run:
        run = store.get_run(tx, workspace, run_id)
        if run is None:
            raise Gone
        return run


def _tell(tx: Transaction, added: Iterable[OwnItem]) -> None:
    """Have the cards drawn anew that tell how these items are used."""
    for card in {one.card for one in added}:
        delivery.touch(tx, card)


def _tell_of(tx: Transaction, workspace: str, checklist: Checklist, item_id: str) -> None:
    """Have the card drawn anew that tells how an item is used, if a workspace added it."""
    if checklist.added.get(item_id):
        card = own.card_of(tx, workspace, checklist.id, item_id)
        if card:
            delivery.touch(tx, card)


def _open_key(workspace: str, channel: str, checklist: str, purpose: str, system: int) -> str:
    """Name what may be open only once."""
    return f"{workspace}/{channel}/{checklist}/{purpose}/{system}"


def _require_open(state: str) -> None:
    if state == "discarded":
        raise Discarded
    if state == "signed":
        raise Frozen


def _difference(old: Answer, new: Answer) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in ("state", "note", "evidence", "owner") if getattr(old, name) != getattr(new, name)]
    return {name: getattr(old, name) for name in names}, {name: getattr(new, name) for name in names}
