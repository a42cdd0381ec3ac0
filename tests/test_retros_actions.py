"""Actions on a real database: what people see, and what becomes of an action; the digest and the proof are beside."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from bot.database import Actor, Database
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.errors import (
    ActionGone,
    AlreadyDone,
    AlreadyProven,
    FieldErrors,
    NotTakenPart,
    NotYourAction,
    RetroGone,
)
from bot.installs.service import Installs
from bot.retros.actions.model import Listing, Place, place_of
from bot.retros.actions.service import Actions
from bot.retros.model import Action, NewAction, Retro, Words
from bot.retros.service import Retros, Sent, key
from bot.systems.model import Named
from tests.samples import ANA, BEN, FRAUD, HERE, NOW, THERE, Clock

TODAY = NOW.date()
CLEO = Actor("T1", "UCLEO")
WORDS = Words(named=FRAUD, kind="incident", expected="Fewer false alarms.", why="Nobody looked.", keep="We look.")
TABLE = NewAction("Add a table by country", "UBEN", date(2026, 3, 20), "The table in the report")
ALERT = NewAction("Set an alert", "UANA", date(2026, 3, 10))


@dataclass
class Room:
    """Retros and their actions, and shortcuts for both."""

    retros: Retros
    actions: Actions
    installs: Installs
    clock: Clock

    @property
    def database(self) -> Database:
        return self.actions.database

    def log(self, *new: NewAction, words: Words = WORDS, by: Actor = ANA, channel: str = HERE) -> Retro:
        """Log a retro; give it with its actions."""
        return self.found(self.retros.log(words, new, by=by, channel=channel))

    def found(self, retro: Retro) -> Retro:
        found = self.retros.find(retro.workspace, retro.id)
        assert found
        return found

    def one(self, new: NewAction = TABLE, words: Words = WORDS, by: Actor = ANA, channel: str = HERE) -> Action:
        """Log a retro with one action, and give that."""
        return self.log(new, words=words, by=by, channel=channel).actions[0]

    def now(self, action: Action) -> Action:
        found = self.retros.find(action.workspace, action.retro)
        assert found
        return next(one for one in found.actions if one.id == action.id)

    def told(self, action: Action) -> list[tuple[str, str]]:
        return [(one.by, one.what) for one in self.retros.history(action.workspace, action.retro)]

    def list(self, user: str, channel: str = HERE, named: Named | None = None) -> Listing:
        return self.actions.listing("T1", channel, user, named)

    def public(self, *channels: str) -> None:
        for one in channels:
            self.installs.note_channel("T1", one, public=True)

    def revision(self, of: Key) -> int:
        with self.database.read() as tx:
            card = cards.find(tx, of)
        assert card
        return card.revision


@pytest.fixture
def room(database: Database, installs: Installs, clock: Clock) -> Room:
    actions = Actions(database, clock)
    return Room(Retros(database, clock, actions.came_or_went, actions.carry_ticked), actions, installs, clock)


def mine(of: Listing) -> list[str]:
    return [one.action.text for one in of.mine]


def others(of: Listing) -> list[str]:
    return [one.action.text for one in of.others]


# What people see


def test_a_list_begins_with_what_is_overdue_and_parts_mine_from_the_others(room: Room) -> None:
    late = replace(ALERT, text="Late", due=TODAY)
    room.log(TABLE, ALERT, replace(ALERT, text="Far", due=date(2026, 6, 1)), late, replace(TABLE, text="Near"))
    room.clock.forward(days=1)
    found = room.list("UANA")
    assert mine(found) == ["Late", "Set an alert", "Far"]
    assert others(found) == ["Add a table by country", "Near"]
    assert [one.action.is_overdue(found.today) for one in found.mine] == [True, False, False]


def test_what_is_mine_is_shown_wherever_i_ask_and_the_rest_only_in_its_channel(room: Room) -> None:
    room.log(TABLE, ALERT)
    assert mine(room.list("UBEN", THERE)) == ["Add a table by country"]
    assert others(room.list("UBEN", THERE)) == []
    assert others(room.list("UBEN", HERE)) == ["Set an alert"]
    assert mine(room.actions.mine("T1", "UBEN")) == ["Add a table by country"]
    assert room.actions.listing("T2", HERE, "UBEN") == Listing(TODAY)


def test_of_a_private_channel_its_owner_sees_the_action_but_may_not_read_the_retro(room: Room) -> None:
    room.log(TABLE, words=replace(WORDS, people=("UCLEO",)))
    (elsewhere,) = room.list("UBEN", THERE).mine
    assert (elsewhere.seen, elsewhere.may) == (False, True)
    (here,) = room.list("UBEN", HERE).mine
    assert here.seen
    assert room.list("UCLEO", THERE).mine == room.list("UCLEO", THERE).others == ()


def test_who_may_change_an_action_is_known_beforehand(room: Room) -> None:
    room.log(TABLE, words=replace(WORDS, people=("UCLEO",)))
    assert [one.may for one in room.list("UCLEO").others] == [True]
    assert [one.may for one in room.list("UANA").others] == [True]
    assert [one.may for one in room.list("UDORA").others] == [False]


def test_what_is_done_stays_for_two_weeks_at_the_end_of_mine(room: Room) -> None:
    first, second = room.log(ALERT, replace(ALERT, text="Second")).actions
    room.actions.done(first.id, "It rang.", "", by=ANA)
    assert mine(room.list("UANA")) == ["Second", "Set an alert"]
    assert others(room.list("UBEN")) == ["Second"]
    room.clock.forward(days=15)
    assert mine(room.list("UANA")) == ["Second"]
    assert second.state == "open"


def test_a_systems_actions_are_those_of_retros_that_i_may_read(room: Room) -> None:
    everyone = replace(WORDS, visibility="workspace")
    room.one(replace(TABLE, text="Private"), words=everyone, channel="CPRIVATE")
    room.one(replace(TABLE, text="Of the channel"), channel=THERE)
    room.one(replace(TABLE, text="For everyone"), words=everyone, channel=THERE)
    room.one(replace(TABLE, text="Here"))
    room.one(replace(TABLE, text="Another system"), words=replace(WORDS, named=Named("Chat helper")))
    room.one(replace(TABLE, text="Another version"), words=replace(WORDS, named=Named("Fraud model", "v4")))
    room.public(HERE, THERE)
    assert others(room.list("UCLEO", named=FRAUD)) == ["For everyone", "Here"]
    assert others(room.list("UANA", named=FRAUD)) == ["Of the channel", "For everyone", "Here"]
    assert others(room.list("UCLEO", named=Named("fraud MODEL"))) == ["For everyone", "Here", "Another version"]
    readers = room.actions.earlier(FRAUD, workspace="T1", channel=HERE, user="")
    assert others(readers) == ["For everyone", "Here", "Another version"]
    assert others(room.list("UANA")) == ["Here", "Another system", "Another version"]
    assert room.list("UCLEO", named=Named("Nobody's")).others == ()


def test_the_same_list_is_found_again_by_its_place(room: Room) -> None:
    retro = room.log(TABLE, ALERT)
    room.one(replace(TABLE, text="Newer"), words=replace(WORDS, named=Named("Fraud model", "v4")))
    for named, expected in ((None, 3), (FRAUD, 2), (Named("Fraud model"), 3)):
        first = room.list("UANA", named=named)
        again = room.actions.again(place_of(f"until:{first.place}:7"), "T1", HERE, "UANA")
        assert again == first
        assert len(again.mine) + len(again.others) == expected
    of_retro = room.actions.again(Place("retro", retro.id), "T1", HERE, "UANA")
    assert (mine(of_retro), others(of_retro)) == (["Set an alert"], ["Add a table by country"])
    assert of_retro.about == retro.title
    assert room.actions.again(Place("retro", retro.id), "T1", THERE, "UCLEO").others == ()


@pytest.mark.parametrize("text", ["", "x", "all", "all.0", "name.x.0", "²", "evil.1.1:3", "name.9999999999999999999.0"])
def test_a_place_that_makes_no_sense_is_the_list_of_everything(text: str) -> None:
    assert place_of(text) == Place("all")


def test_the_day_is_that_of_the_person(room: Room) -> None:
    room.installs.note_person("T1", "UBEN", zone="Pacific/Kiritimati", admin=False)
    room.clock.forward(hours=2)
    assert room.list("UBEN").today == TODAY + timedelta(days=1)
    assert room.list("UANA").today == TODAY


# Done, with what proves it


@pytest.mark.parametrize(
    ("note", "link", "field"),
    [("", "", "note"), ("x" * 1001, "", "note"), ("", "wiki", "link"), ("Fine.", "https://a b", "link")],
)
def test_done_needs_a_note_or_a_link(room: Room, note: str, link: str, field: str) -> None:
    action = room.one()
    with pytest.raises(FieldErrors) as refused:
        room.actions.done(action.id, note, link, by=BEN)
    assert list(refused.value.fields) == [field]
    assert room.now(action).state == "open"


def test_done_is_kept_with_its_proof_and_told_in_the_history(room: Room) -> None:
    action = room.one()
    before = room.revision(key("T1", action.retro))
    done = room.actions.done(action.id, "It is on page 3.", "https://wiki.example/3", by=BEN)
    assert (done.state, done.note, done.link, done.done_at) == (
        "done",
        "It is on page 3.",
        "https://wiki.example/3",
        NOW,
    )
    assert room.now(action) == done
    (line,) = room.retros.history("T1", action.retro)
    assert (line.by, line.what, line.after["note"], line.before["state"]) == (
        "UBEN",
        "done",
        "It is on page 3.",
        "open",
    )
    assert room.revision(key("T1", action.retro)) == before + 1
    assert room.retros.show(1, workspace="T1", channel=HERE, user="UBEN").version == 2


def test_a_second_click_does_nothing_and_a_repeated_request_neither(room: Room) -> None:
    action = room.one()
    by = replace(BEN, request="v:1")
    room.actions.done(action.id, "Done.", "", by=by)
    with pytest.raises(AlreadyDone):
        room.actions.done(action.id, "Done.", "", by=by)
    assert room.actions.done(action.id, "Done.", "", by=BEN).note == "Done."
    assert room.told(action) == [("UBEN", "done")]


def test_of_two_people_who_prove_it_the_second_learns_of_the_first(room: Room) -> None:
    action = room.one()
    room.actions.done(action.id, "Mine.", "", by=BEN)
    with pytest.raises(AlreadyProven):
        room.actions.done(action.id, "Yours.", "", by=ANA, channel=HERE)
    assert room.now(action).note == "Mine."


def test_of_many_at_once_one_is_first(room: Room, patience: None) -> None:
    assert patience is None
    action = room.one()

    def prove(number: int) -> bool:
        try:
            room.actions.done(action.id, f"Proof {number}.", "", by=BEN if number % 2 else ANA, channel=HERE)
        except AlreadyProven:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(prove, range(6))) == [False] * 5 + [True]
    assert len(room.told(action)) == 1


def test_only_its_owner_or_who_took_part_changes_an_action(room: Room) -> None:
    action = room.one(words=replace(WORDS, people=("UCLEO",)))
    stranger = Actor("T1", "UDORA")
    for deed in (
        lambda: room.actions.done(action.id, "Done.", "", by=stranger, channel=HERE),
        lambda: room.actions.reopen(action.id, by=stranger, channel=HERE),
        lambda: room.actions.snooze(action.id, by=stranger, channel=HERE),
        lambda: room.actions.hand_over(action.id, "UDORA", by=stranger, channel=HERE),
        lambda: room.actions.proved(action.id, held=True, by=stranger, channel=""),
        lambda: room.actions.clicked(action.id, by=stranger, channel=HERE),
    ):
        with pytest.raises(NotYourAction):
            deed()
    assert room.told(action) == []
    room.actions.done(action.id, "Done.", "", by=CLEO, channel=HERE)
    assert room.told(action) == [("UCLEO", "done")]


def test_but_for_its_owner_nobody_changes_an_action_where_its_retro_may_not_be_seen(room: Room) -> None:
    action = room.one()
    deeds = {
        "snoozed": lambda by: room.actions.snooze(action.id, by=by, channel=THERE),
        "handed over": lambda by: room.actions.hand_over(action.id, "UBEN", by=by, channel=THERE),
        "done": lambda by: room.actions.done(action.id, "Done.", "", by=by, channel=THERE),
        "reopened": lambda by: room.actions.reopen(action.id, by=by, channel=THERE),
    }
    for deed in deeds.values():
        with pytest.raises(ActionGone):
            deed(ANA)
    assert room.told(action) == []
    for deed in deeds.values():
        deed(BEN)
    room.public(HERE)
    room.actions.snooze(action.id, by=ANA, channel=THERE)
    assert [what for _, what in room.told(action)] == ["snoozed", "done", "reopened", "snoozed"]


@pytest.mark.parametrize("number", [0, 999, 10**17])
def test_what_is_not_there_is_gone(room: Room, number: int) -> None:
    for deed in (
        lambda: room.actions.done(number, "Done.", "", by=ANA),
        lambda: room.actions.snooze(number, by=ANA),
        lambda: room.actions.clicked(number, by=ANA, channel=HERE),
    ):
        with pytest.raises(ActionGone):
            deed()


def test_an_action_of_a_deleted_retro_is_gone(room: Room) -> None:
    action = room.one()
    room.retros.delete(action.retro, by=ANA)
    with pytest.raises(ActionGone):
        room.actions.done(action.id, "Done.", "", by=BEN)
    assert room.list("UBEN") == Listing(TODAY)


def test_whoever_may_not_see_it_here_is_not_shown_it(room: Room) -> None:
    action = room.one(words=replace(WORDS, people=("UCLEO",)))
    assert room.actions.clicked(action.id, by=BEN, channel=THERE) == action
    assert room.actions.clicked(action.id, by=CLEO, channel=HERE) == action
    with pytest.raises(ActionGone):
        room.actions.clicked(action.id, by=CLEO, channel=THERE)


# Reopened, put off, handed over


def test_what_is_opened_again_loses_its_proof_and_gets_a_new_day_if_its_own_has_passed(room: Room) -> None:
    action = room.one()
    room.actions.done(action.id, "Done.", "", by=BEN)
    assert room.actions.reopen(action.id, by=BEN).due == action.due
    assert (room.now(action).note, room.now(action).done_at) == ("", None)
    room.actions.done(action.id, "Done.", "", by=BEN)
    room.clock.at = NOW + timedelta(days=60)
    again = room.actions.reopen(action.id, by=BEN)
    assert again.due == TODAY + timedelta(days=74)
    assert room.actions.reopen(action.id, by=BEN) == again
    assert [what for _, what in room.told(action)] == ["done", "reopened", "done", "reopened"]


def test_a_snooze_is_a_week_after_its_day_or_after_today_whichever_is_later(room: Room) -> None:
    action = room.one()
    assert room.actions.snooze(action.id, by=BEN).snoozed_until == action.due + timedelta(days=7)
    room.clock.at = NOW + timedelta(days=60)
    late = room.clock.at.date()
    assert room.now(action).is_overdue(late)
    assert room.actions.snooze(action.id, by=BEN).snoozed_until == late + timedelta(days=7)
    assert not room.now(action).is_overdue(late + timedelta(days=7))
    assert room.now(action).is_overdue(late + timedelta(days=8))
    room.actions.snooze(action.id, by=BEN)
    assert [what for _, what in room.told(action)] == ["snoozed", "snoozed"]


@pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=367)])
def test_a_snooze_ends_on_a_later_day_within_a_year(room: Room, until: date) -> None:
    action = room.one()
    with pytest.raises(FieldErrors) as refused:
        room.actions.snooze(action.id, until, by=BEN)
    assert list(refused.value.fields) == ["until"]
    assert room.actions.snooze(action.id, TODAY + timedelta(days=40), by=BEN).snoozed_until == date(2026, 4, 11)


def test_what_is_handed_over_is_the_others_from_then_on(room: Room) -> None:
    action = room.one()
    with pytest.raises(FieldErrors):
        room.actions.hand_over(action.id, "", by=BEN)
    assert room.actions.hand_over(action.id, "UCLEO", by=BEN).owner == "UCLEO"
    assert mine(room.list("UCLEO", THERE)) == [TABLE.text]
    assert mine(room.list("UBEN", THERE)) == []
    with pytest.raises(NotYourAction):
        room.actions.hand_over(action.id, "UBEN", by=BEN, channel=HERE)
    room.actions.hand_over(action.id, "UCLEO", by=CLEO)
    (line,) = room.retros.history("T1", action.retro)
    assert (line.what, line.before["owner"], line.after["owner"]) == ("handed over", "UBEN", "UCLEO")


def test_what_is_done_is_neither_put_off_nor_handed_over(room: Room) -> None:
    action = room.one()
    room.actions.done(action.id, "Done.", "", by=BEN)
    with pytest.raises(ActionGone):
        room.actions.snooze(action.id, by=BEN)
    with pytest.raises(ActionGone):
        room.actions.hand_over(action.id, "UCLEO", by=BEN)


# Carried over


def test_what_is_carried_over_is_open_in_the_new_retro_and_closed_in_the_old(room: Room) -> None:
    old = room.one()
    room.clock.at = NOW + timedelta(days=60)
    new = room.log(words=replace(WORDS, named=Named("Fraud model", "v4")))
    room.actions.carry_over([old.id], new.id, by=ANA)
    (fresh,) = room.found(new).actions
    assert (fresh.text, fresh.owner, fresh.proof) == (old.text, old.owner, old.proof)
    assert (fresh.due, fresh.carried_from, fresh.state) == (TODAY + timedelta(days=74), old.id, "open")
    assert room.now(old).state == "carried"
    assert room.told(old) == [("UANA", "carried")]
    assert room.told(fresh) == [("UANA", "carried in")]
    assert mine(room.list("UBEN")) == [old.text]
    room.actions.carry_over([old.id], new.id, by=ANA)
    assert len(room.list("UBEN").mine) == 1
    with pytest.raises(ActionGone):
        room.actions.done(old.id, "Done.", "", by=BEN)


def test_a_day_that_is_still_ahead_is_kept(room: Room) -> None:
    old, new = room.one(), room.log()
    room.actions.carry_over([old.id], new.id, by=ANA)
    assert [one.action.due for one in room.list("UBEN").mine] == [TABLE.due]


def test_what_is_ticked_is_carried_over_as_the_retro_is_logged_or_neither_is_done(room: Room) -> None:
    many = room.log(*(replace(TABLE, text=f"Number {number}") for number in range(4))).actions
    new = [replace(TABLE, text=f"New {number}") for number in range(7)]
    ticked = Sent("a", [one.id for one in many])
    with pytest.raises(FieldErrors) as refused:
        room.retros.log(WORDS, new, by=replace(ANA, request="v:1"), channel=HERE, sent=ticked)
    assert refused.value.fields == {"carry": "A retro holds 10 actions, so there is room for 3 of these."}
    assert len(room.retros.listing("T1", HERE, "UANA")) == 1
    room.actions.done(many[0].id, "Done.", "", by=BEN)
    logged = room.found(room.retros.log(WORDS, new, by=replace(ANA, request="v:1"), channel=HERE, sent=ticked))
    assert logged.number == 2
    assert [one.carried_from for one in logged.actions[7:]] == [one.id for one in many[1:]]
    assert [room.now(one).state for one in many] == ["done", *["carried"] * 3]


def test_a_retro_into_which_nothing_is_carried_any_more_begins_no_digest(room: Room) -> None:
    old = room.one(channel=THERE)
    room.retros.log(WORDS, [], by=ANA, channel=HERE, sent=Sent("a", [old.id]))
    assert room.actions.digest("T1", HERE) is None
    assert room.now(old).state == "open"


def test_a_retro_holds_ten_actions(room: Room) -> None:
    many = room.log(*(replace(TABLE, text=f"Number {number}") for number in range(4))).actions
    new = room.log(*(replace(TABLE, text=f"New {number}") for number in range(7)))
    with pytest.raises(FieldErrors) as refused:
        room.actions.carry_over([one.id for one in many], new.id, by=ANA)
    assert "room for 3" in refused.value.fields["carry"]
    assert {room.now(one).state for one in many} == {"open"}
    room.actions.carry_over([one.id for one in many[:3]], new.id, by=ANA)
    assert len(room.found(new).actions) == 10


def test_who_carries_over_took_part_in_the_new_retro(room: Room) -> None:
    old, new = room.one(), room.log()
    with pytest.raises(NotTakenPart):
        room.actions.carry_over([old.id], new.id, by=BEN)
    with pytest.raises(RetroGone):
        room.actions.carry_over([old.id], 999, by=ANA)


def test_nothing_is_carried_to_where_its_readers_may_not_see_it(room: Room) -> None:
    room.public(HERE, THERE)
    private = room.one(words=replace(WORDS, visibility="workspace"), channel="CPRIVATE")
    of_channel = room.one(channel=THERE)
    everyones = room.one(words=replace(WORDS, visibility="workspace"), by=BEN, channel=THERE)
    new = room.log()
    for hidden in (private, of_channel):
        with pytest.raises(ActionGone):
            room.actions.carry_over([hidden.id], new.id, by=ANA)
    with pytest.raises(NotYourAction):  # what another channel agreed is not taken away from it by strangers
        room.actions.carry_over([everyones.id], new.id, by=ANA)
    offers = {one: room.actions.to_carry(FRAUD, workspace="T1", channel=HERE, user=one) for one in ("UANA", "UBEN")}
    assert offers["UANA"] == []
    assert [one.id for one in offers["UBEN"]] == [everyones.id]
    ours = room.log(words=replace(WORDS, people=("UBEN",)))
    room.actions.carry_over([everyones.id], ours.id, by=BEN)
    assert room.now(everyones).state == "carried"


def test_what_is_left_of_a_system_is_shown_by_the_same_rule_and_without_the_new_retro(room: Room) -> None:
    room.public(HERE, THERE)
    room.one(replace(TABLE, text="Private"), channel="CPRIVATE")
    room.one(replace(TABLE, text="Took part"), channel=THERE)
    old = room.one(replace(TABLE, text="Old"), words=replace(WORDS, named=Named("Fraud model", "v2")))
    new = room.log(replace(TABLE, text="New"))
    found = room.actions.earlier(FRAUD, workspace="T1", channel=HERE, user="UANA", but=new.id)
    assert sorted(others(found)) == ["Old", "Took part"]
    stranger = room.actions.earlier(FRAUD, workspace="T1", channel=HERE, user="UCLEO")
    assert sorted(others(stranger)) == ["New", "Old"]
    assert found.about == "Fraud model"
    room.actions.done(old.id, "Done.", "", by=BEN)
    assert others(room.actions.earlier(FRAUD, workspace="T1", channel=HERE, user="UANA", but=new.id)) == ["Took part"]


def test_two_who_carry_the_same_over_at_once_move_it_once(room: Room, patience: None) -> None:
    assert patience is None
    old = room.log(*(replace(TABLE, text=f"Number {number}") for number in range(3))).actions
    first, second = room.log(), room.log()

    def carry(into: Retro) -> None:
        room.actions.carry_over([one.id for one in old], into.id, by=ANA)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(carry, (first, second)))
    assert len(room.list("UBEN").mine) == 3


def test_a_viewer_of_another_workspace_has_nothing(room: Room) -> None:
    action = room.one()
    other = Actor("T2", "UBEN")
    with pytest.raises(ActionGone):
        room.actions.done(action.id, "Done.", "", by=other)
    for named in (None, FRAUD):
        listed = room.actions.listing("T2", HERE, "UBEN", named)
        assert (listed.mine, listed.others) == ((), ())
