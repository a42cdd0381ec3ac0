"""The weekly digest and the question after a month on a real database: when they come, and what they show."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.blocks import Message
from bot.database import Actor, Database
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.errors import ActionGone, NoDigest, NotYourAction, NotYours
from bot.installs.service import Installs
from bot.outbox import notices
from bot.outbox import store as outbox
from bot.outbox.model import Delivery, State
from bot.outbox.service import Channelled, Outbox, Outcome
from bot.retros.actions.feed import DigestFeed, ProofFeed
from bot.retros.actions.model import DIGEST, PROOF, digest_of, subject_of
from bot.retros.actions.service import Actions, proof_key
from bot.retros.model import Action, NewAction, Words
from bot.retros.service import Retros
from bot.schedule import Schedule
from tests.samples import ANA, BEN, FRAUD, HERE, NOW, THERE, Clock

WORDS = Words(named=FRAUD, kind="incident", expected="Fewer false alarms.")
TABLE = NewAction("Add a table by country", "UBEN", date(2026, 3, 5), "The table in the report")
# The clock stands at Monday, 2 March 2026, 9:30 in UTC; nine in Berlin is eight in UTC.
MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)
EVERY: tuple[State, ...] = ("ready", "sending", "sent", "unknown", "held", "refused", "skipped")


@dataclass
class Desk:
    """The services, what the clock does, and shortcuts for both."""

    retros: Retros
    actions: Actions
    installs: Installs
    outbox: Outbox
    clock: Clock

    def one(self, new: NewAction = TABLE, by: Actor = ANA, channel: str = HERE) -> Action:
        """Log a retro with one action, and give that."""
        logged = self.retros.log(WORDS, [new], by=by, channel=channel)
        found = self.retros.find(by.workspace, logged.id)
        assert found
        return found.actions[0]

    def now(self, action: Action) -> Action:
        found = self.retros.find(action.workspace, action.retro)
        assert found
        return found.actions[0]

    def tick(self, at: datetime) -> list[str]:
        """Plan what is due at a moment; name the slots that are ready then."""
        self.clock.at = at
        self.outbox.plan(at)
        return [one.slot for one in self.deliveries("ready")]

    def deliveries(self, *states: State) -> list[Delivery]:
        return sorted(self.outbox.listing("T1", states or EVERY), key=lambda one: one.due)

    def post(self, at: datetime | None = None) -> list[tuple[str, str]]:
        """Post what is due as the dispatcher would; give where and what."""
        moment = at or self.clock.at
        self.tick(moment)
        posted = []
        while claimed := self.outbox.claim("T1", moment, ()).claimed:
            for one in claimed:
                message = self.message(one)
                self.outbox.settle("T1", [Outcome(one, "sent" if message else "skipped", f"{len(posted)}.1")])
                posted += [(one.channel, words(message))] if message else []
        return posted

    def message(self, one: Delivery) -> Message | None:
        return self.outbox.messages("T1", [one]).get(one.id)

    def refuse(self, code: str) -> None:
        """Have the next post refused."""
        (one,) = self.outbox.claim("T1", self.clock.at, ()).claimed
        self.outbox.settle("T1", [Outcome(one, "refused", code=code)])

    def digest(self) -> str:
        """Give the digest of the channel as it is drawn now."""
        return words(self.actions.digest_card("T1", self.newest().subject))

    def newest(self) -> Key:
        """Give the card of the newest digest."""
        found = self.actions.digest("T1", HERE)
        assert found
        assert found.newest
        return Key("T1", DIGEST, found.newest)

    def draw(self) -> None:
        """Have every card drawn."""
        with self.actions.database.write() as tx:
            for one in cards.undrawn(tx):
                cards.drawn(tx, one.key, one.drawn, one.revision)

    def undrawn(self) -> set[Key]:
        with self.actions.database.read() as tx:
            return {one.key for one in cards.undrawn(tx)}


def words(message: Message | None) -> str:
    return str(message.payload()) if message else ""


@pytest.fixture
def desk(database: Database, installs: Installs, clock: Clock) -> Desk:
    actions = Actions(database, clock)
    kinds = {
        DIGEST: Channelled(DigestFeed(database, clock), redrawn=True),
        PROOF: Channelled(ProofFeed(database, clock), redrawn=True),
    }
    return Desk(
        Retros(database, clock, actions.came_or_went), actions, installs, Outbox(database, kinds, clock, "me"), clock
    )


# When the digest comes


def test_a_channel_has_a_digest_from_its_first_action_on(desk: Desk) -> None:
    desk.retros.log(WORDS, [], by=ANA, channel=HERE)
    assert desk.actions.digest("T1", HERE) is None
    with pytest.raises(NoDigest):
        desk.actions.set_digest(on=False, by=ANA, channel=HERE)
    desk.installs.note_person("T1", "UANA", zone="Europe/Berlin", admin=False)
    desk.one()
    found = desk.actions.digest("T1", HERE)
    assert found
    assert found.schedule == Schedule(0, time(9), "Europe/Berlin")
    assert (found.owner, found.on, found.next_due) == ("UANA", True, MONDAY - timedelta(hours=1))
    desk.one(by=BEN)
    assert desk.actions.digest("T1", HERE) == found
    assert desk.actions.digest("T1", THERE) is desk.actions.digest("T2", HERE) is None


def test_an_edit_that_adds_the_first_action_begins_it_too(desk: Desk) -> None:
    logged = desk.retros.log(WORDS, [], by=ANA, channel=HERE)
    desk.retros.edit(logged.id, WORDS, [TABLE], version=1, by=ANA)
    assert desk.actions.digest("T1", HERE)


def test_a_zone_that_is_none_is_not_taken(desk: Desk) -> None:
    desk.installs.note_person("T1", "UANA", zone="Mars/Olympus", admin=False)
    desk.one()
    found = desk.actions.digest("T1", HERE)
    assert found
    assert found.schedule.zone == "UTC"


def test_what_is_overdue_is_posted_once_on_monday(desk: Desk) -> None:
    desk.one()
    desk.one(replace(TABLE, text="Not yet", due=date(2026, 3, 9)))
    assert desk.post(MONDAY - timedelta(minutes=1)) == []
    ((channel, told),) = desk.post(MONDAY)
    assert channel == HERE
    assert "1 action is overdue" in told
    assert TABLE.text in told
    assert "Not yet" not in told
    assert desk.post(MONDAY + timedelta(hours=1)) == []
    (delivery,) = desk.deliveries()
    assert (delivery.slot, delivery.asked, delivery.zone) == ("2026-W11", False, "UTC")
    ((_, again),) = desk.post(MONDAY + WEEK)
    assert "2 actions are overdue" in again


def test_where_nothing_is_overdue_nothing_is_planned(desk: Desk) -> None:
    desk.one(replace(TABLE, due=date(2026, 5, 1)))
    done = desk.one()
    asleep = desk.one()
    desk.actions.done(done.id, "Done.", "", by=BEN)
    desk.actions.snooze(asleep.id, by=BEN)
    assert desk.tick(MONDAY) == []
    assert desk.deliveries() == []
    found = desk.actions.digest("T1", HERE)
    assert found
    assert found.next_due == MONDAY + WEEK


def test_what_was_done_before_it_is_posted_is_not_told_of(desk: Desk) -> None:
    action = desk.one()
    assert desk.tick(MONDAY) == ["2026-W11"]
    desk.actions.done(action.id, "Done.", "", by=BEN)
    assert desk.post() == []
    assert [one.state for one in desk.deliveries()] == ["skipped"]


def test_a_digest_keeps_to_its_own_channel_and_workspace(desk: Desk) -> None:
    desk.one(replace(TABLE, text="Here"))
    desk.one(replace(TABLE, text="There"), channel=THERE)
    desk.one(replace(TABLE, text="Elsewhere"), by=Actor("T2", "UANA"))
    told = dict(desk.post(MONDAY))
    assert set(told) == {HERE, THERE}
    assert "'*Here*" in told[HERE]
    assert "There" not in told[HERE]
    assert "Elsewhere" not in str(told)


def test_weeks_that_were_missed_are_one(desk: Desk) -> None:
    desk.one()
    assert desk.tick(MONDAY + 3 * WEEK) == ["2026-W14"]


def test_it_counts_in_the_channels_budget(desk: Desk) -> None:
    desk.one()
    tight = replace(desk, outbox=replace(desk.outbox, budget=0))
    assert tight.post(MONDAY) == []
    assert [one.error for one in desk.deliveries()] == ["budget"]


# Switching it off, and another time


def test_its_owner_and_admins_switch_it_off_and_on(desk: Desk) -> None:
    desk.one()
    with pytest.raises(NotYours, match="UANA"):
        desk.actions.set_digest(on=False, by=BEN, channel=HERE)
    off = desk.actions.set_digest(on=False, by=ANA, channel=HERE)
    assert (off.on, off.next_due) == (False, None)
    assert desk.actions.digest("T1", HERE) == off
    desk.one()
    assert desk.actions.digest("T1", HERE) == off
    assert desk.tick(MONDAY) == []
    desk.installs.note_person("T1", "UBEN", zone="", admin=True)
    on = desk.actions.set_digest(on=True, by=BEN, channel=HERE)
    assert (on.on, on.next_due, on.owner) == (True, MONDAY + WEEK, "UANA")
    assert desk.actions.set_digest(on=True, by=ANA, channel=HERE) == on


def test_what_is_due_at_this_moment_is_not_lost_by_a_click(desk: Desk) -> None:
    desk.one()
    desk.clock.at = MONDAY + timedelta(seconds=5)
    desk.actions.set_digest(on=True, by=ANA, channel=HERE)
    assert desk.tick(desk.clock.at) == ["2026-W11"]


def test_another_time_is_kept_and_one_week_has_one_list(desk: Desk) -> None:
    desk.one()
    assert len(desk.post(MONDAY)) == 1
    desk.actions.set_digest(Schedule(2, time(16, 30), "Europe/Berlin"), on=True, by=ANA, channel=HERE)
    wednesday = datetime(2026, 3, 11, 15, 30, tzinfo=UTC)
    assert desk.post(wednesday) == []
    assert len(desk.post(wednesday + WEEK)) == 1


def test_what_is_switched_off_at_the_last_moment_is_not_posted(desk: Desk) -> None:
    desk.one()
    assert desk.tick(MONDAY) == ["2026-W11"]
    desk.actions.set_digest(on=False, by=ANA, channel=HERE)
    assert desk.post() == []
    assert [one.error for one in desk.deliveries()] == ["withdrawn"]


@pytest.mark.parametrize(("code", "on"), [("not_in_channel", False), ("is_archived", False), ("msg_too_long", True)])
def test_a_channel_that_does_not_take_it_is_left_alone(desk: Desk, code: str, on: bool) -> None:  # noqa: FBT001
    desk.one()
    desk.tick(MONDAY)
    desk.refuse(code)
    found = desk.actions.digest("T1", HERE)
    assert found
    assert found.on is on


def test_its_owner_is_told_how_to_go_on(desk: Desk) -> None:
    desk.one()
    desk.tick(MONDAY)
    (planned,) = desk.deliveries()
    told = notices.refused(planned, "not_in_channel").text
    assert "the list of overdue actions" in told
    assert "`/aipm actions digest on`" in told


# What it shows afterwards


def test_a_posted_digest_shows_what_was_done_since(desk: Desk) -> None:
    first, second, third = desk.one(), desk.one(replace(TABLE, text="Second")), desk.one(replace(TABLE, text="Third"))
    desk.actions.done(third.id, "Before.", "", by=BEN)
    assert "Before." not in desk.post(MONDAY)[0][1]
    desk.draw()
    desk.clock.forward(hours=1)
    desk.actions.done(first.id, "On page 3.", "", by=BEN)
    assert desk.newest() in desk.undrawn()
    assert "1 action is overdue" in desk.digest()
    assert "On page 3." in desk.digest()
    assert "Before." not in desk.digest()
    desk.actions.snooze(second.id, by=BEN)
    assert "Nothing on this list is overdue any more." in desk.digest()
    assert "1 more put off" in desk.digest()
    desk.actions.reopen(first.id, by=BEN)
    assert "On page 3." not in desk.digest()


def test_a_digest_keeps_to_its_monday(desk: Desk) -> None:
    desk.one()
    desk.one(replace(TABLE, text="Tuesday", due=date(2026, 3, 10)))
    desk.post(MONDAY)
    desk.clock.forward(days=3)
    assert "Tuesday" not in desk.digest()


def test_words_of_a_deleted_retro_leave_the_digest(desk: Desk) -> None:
    action = desk.one()
    desk.post(MONDAY)
    desk.draw()
    desk.retros.delete(action.retro, by=ANA)
    assert desk.newest() in desk.undrawn()
    assert TABLE.text not in desk.digest()


def test_an_older_digest_gives_way_to_a_newer_one(desk: Desk) -> None:
    desk.one()
    desk.post(MONDAY)
    older = desk.newest()
    desk.draw()
    desk.post(MONDAY + WEEK)
    assert desk.newest() != older
    assert {older, desk.newest()} <= desk.undrawn()
    told = words(desk.actions.digest_card("T1", older.subject))
    assert "A newer list of what is overdue is further down." in told
    assert TABLE.text not in told
    assert TABLE.text in desk.digest()
    assert desk.actions.digest_card("T1", older.subject + 7_000_000) is None


def test_years_later_a_list_still_counts_higher() -> None:
    subjects = [subject_of(7, slot) for slot in ("2026-W09", "2026-W10", "2026-W53", "2027-W01")]
    assert subjects == sorted(subjects)
    assert {digest_of(one) for one in subjects} == {7}


# Whether the proof held


@pytest.fixture
def asked(desk: Desk) -> Action:
    """An action of Ben's that he was asked about in a direct message."""
    action = desk.one()
    desk.actions.done(action.id, "On page 3.", "https://wiki.example/3", by=BEN)
    assert desk.post(NOW + timedelta(days=29)) == []
    ((channel, told),) = desk.post(NOW + timedelta(days=30))
    assert channel == "UBEN"
    assert "Did the proof hold?" in told
    assert "The table in the report" in told
    assert "On page 3." in told
    return action


def test_its_owner_is_asked_once(desk: Desk, asked: Action) -> None:
    assert desk.post(NOW + timedelta(days=38)) == []
    assert desk.post(NOW + timedelta(days=90)) == []
    assert desk.now(asked).state == "done"


def test_it_held(desk: Desk, asked: Action) -> None:
    done = desk.actions.proved(asked.id, held=True, by=BEN, channel="DBEN")
    assert (done.state, done.held) == ("done", "yes")
    assert "You said: *it held*." in words(desk.actions.proof_card("T1", asked.id))
    again = desk.actions.proved(asked.id, held=False, by=BEN, channel="DBEN")
    assert again == done
    told = desk.retros.history("T1", asked.retro)
    assert [(one.by, one.what) for one in told] == [("UBEN", "done"), ("UBEN", "held")]
    with desk.actions.database.read() as tx:
        card = cards.find(tx, proof_key("T1", asked.id))
    assert card
    assert card.channel == "DBEN"


def test_it_did_not_hold_and_is_open_again(desk: Desk, asked: Action) -> None:
    opened = desk.actions.proved(asked.id, held=False, by=BEN, channel="DBEN")
    assert (opened.state, opened.held, opened.due) == ("open", "no", date(2026, 4, 15))
    assert "You said: *it did not hold*. It is open again, due 15 Apr 2026." in words(
        desk.actions.proof_card("T1", asked.id)
    )
    assert desk.actions.proved(asked.id, held=True, by=BEN, channel="DBEN") == opened
    told = desk.retros.history("T1", asked.retro)
    assert [one.what for one in told] == ["done", "not held"]
    assert told[-1].before["note"] == "On page 3."


def test_what_was_done_anew_is_asked_about_anew(desk: Desk, asked: Action) -> None:
    desk.actions.proved(asked.id, held=False, by=BEN, channel="DBEN")
    desk.actions.done(asked.id, "On page 4.", "", by=BEN)
    assert desk.now(asked).held == ""
    assert "actions.holds" not in words(desk.actions.proof_card("T1", asked.id))
    assert desk.post(NOW + timedelta(days=59)) == []
    ((_, told),) = desk.post(NOW + timedelta(days=60))
    assert "On page 4." in told


def test_only_its_owner_answers(desk: Desk, asked: Action) -> None:
    with pytest.raises(NotYourAction):
        desk.actions.proved(asked.id, held=True, by=ANA, channel="DANA")
    with pytest.raises(ActionGone):
        desk.actions.proved(999, held=True, by=BEN, channel="DBEN")


def test_what_was_opened_again_is_not_asked_about(desk: Desk) -> None:
    action = desk.one()
    desk.actions.done(action.id, "Done.", "", by=BEN)
    desk.actions.reopen(action.id, by=ANA, channel=HERE)
    assert desk.post(NOW + timedelta(days=30, hours=1)) == []


@pytest.mark.parametrize("meanwhile", ["reopened", "deleted"])
def test_what_changed_before_it_was_posted_is_not_asked_about(desk: Desk, meanwhile: str) -> None:
    action = desk.one()
    desk.actions.done(action.id, "Done.", "", by=BEN)
    assert len(desk.tick(NOW + timedelta(days=30))) == 1
    if meanwhile == "reopened":
        desk.actions.reopen(action.id, by=BEN)
    else:
        desk.retros.delete(action.retro, by=ANA)
    assert desk.outbox.claim("T1", desk.clock.at, ()).claimed == []
    assert [one.error for one in desk.deliveries()] == ["withdrawn"]


def test_words_of_a_deleted_retro_leave_the_question(desk: Desk, asked: Action) -> None:
    desk.retros.delete(asked.retro, by=ANA)
    assert proof_key("T1", asked.id) in desk.undrawn()
    told = words(desk.actions.proof_card("T1", asked.id))
    assert "whose retro was deleted" in told
    assert asked.text not in told


def test_one_too_many_for_a_week_is_asked_the_week_after(desk: Desk) -> None:
    for number in range(4):
        action = desk.one(replace(TABLE, text=f"Number {number}"))
        desk.actions.done(action.id, "Done.", "", by=BEN)
    assert len(desk.post(NOW + timedelta(days=30))) == 3
    assert [one.error for one in desk.deliveries("skipped")] == ["budget"]
    assert desk.post(NOW + timedelta(days=36)) == []
    assert len(desk.post(NOW + timedelta(days=37))) == 1
    assert desk.post(NOW + timedelta(days=60)) == []


def test_nobody_is_asked_at_night(desk: Desk) -> None:
    desk.installs.note_person("T1", "UBEN", zone="Asia/Tokyo", admin=False)
    action = desk.one()
    desk.clock.at = NOW + timedelta(hours=5)
    desk.actions.done(action.id, "Done.", "", by=BEN)
    desk.tick(NOW + timedelta(days=30, hours=5))
    (planned,) = desk.deliveries()
    assert planned.due == datetime(2026, 4, 2, 0, tzinfo=UTC)
    with desk.actions.database.read() as tx:
        assert outbox.due_workspaces(tx, desk.clock.at) == []
