"""Retros on a real database: logging, editing, who may see what, deleting, and finding them again."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from bot.database import Actor, Database
from bot.errors import AlreadyDone, AlreadyLogged, FieldErrors, NotTakenPart, NotYourRetro, RetroGone
from bot.installs.service import Installs
from bot.retros.model import NewAction, Retro, Words
from bot.retros.search.service import Finder
from bot.retros.service import Overtaken, Retros, Sent
from bot.retros.sheet import merged, of_retro
from bot.systems.model import Named
from tests.samples import ANA, BEN, FRAUD, HERE, THERE, Clock

WORDS = Words(
    named=FRAUD,
    kind="incident",
    expected="We expected fewer false alarms; merchants in Portugal saw twice as many.",
    why="Nobody looked at the groups behind the average.",
    keep="We compare groups before each launch.",
    causes=("data", "process"),
    caught="A table by country in the evaluation.",
)
ACT = NewAction("Add a table by country", "UBEN", date(2026, 3, 20), "The table in the report")
CAROL = Actor("T1", "UCAROL")


@dataclass
class Room:
    retros: Retros
    finder: Finder
    installs: Installs
    clock: Clock

    def log(
        self, words: Words = WORDS, actions: Iterable[NewAction] = (), by: Actor = ANA, channel: str = HERE
    ) -> Retro:
        logged = self.retros.log(words, list(actions), by=by, channel=channel)
        self.finder.catch_up()
        return logged

    def public(self, *channels: str) -> None:
        for one in channels:
            self.installs.note_channel("T1", one, public=True)

    def found(self, text: str, channel: str = HERE, user: str = "UANA") -> list[int]:
        return [one.retro.number for one in self.finder.search(text, workspace="T1", channel=channel, user=user)]


@pytest.fixture
def room(database: Database, installs: Installs, clock: Clock) -> Room:
    return Room(Retros(database, clock), Finder(database, clock), installs, clock)


def test_a_retro_is_kept_with_all_that_was_said(room: Room) -> None:
    logged = room.log(actions=[ACT])
    found = room.retros.show(1, workspace="T1", channel=HERE, user="UBEN")
    assert replace(found.words, people=()) == WORDS
    assert found.words.people == ("UANA",)
    assert found.number == logged.number == 1
    assert [(one.text, one.owner, one.due, one.proof) for one in found.actions] == [
        ("Add a table by country", "UBEN", date(2026, 3, 20), "The table in the report")
    ]
    assert room.log().number == 2


def test_a_form_that_is_sent_twice_logs_once(room: Room) -> None:
    by = replace(ANA, request="v:1:2")
    room.log(by=by)
    with pytest.raises(AlreadyDone):
        room.log(by=by)
    assert len(room.retros.listing("T1", HERE, "UANA")) == 1


@pytest.mark.parametrize(
    ("words", "field"),
    [(Words(), "expected"), (replace(WORDS, why="x" * 3001), "why"), (replace(WORDS, caught="x" * 3001), "caught")],
)
def test_bad_answers_are_named(room: Room, words: Words, field: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        room.log(words)
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (replace(ACT, due=date(2026, 2, 28)), "due"),
        (replace(ACT, owner=""), "owner"),
        (replace(ACT, text=""), "action"),
    ],
)
def test_bad_actions_are_named_and_nothing_is_logged(room: Room, action: NewAction, field: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        room.log(actions=[action])
    assert list(caught.value.fields) == [field]
    assert not room.retros.listing("T1", HERE, "UANA")


def test_today_has_not_passed_while_it_is_today_somewhere(room: Room) -> None:
    room.clock.at = room.clock.at.replace(hour=11)
    assert room.log(actions=[replace(ACT, due=date(2026, 3, 1))])
    room.clock.forward(hours=2)
    with pytest.raises(FieldErrors):
        room.log(actions=[replace(ACT, due=date(2026, 3, 1))])


def test_the_second_of_two_editors_is_told(room: Room) -> None:
    logged = room.log(replace(WORDS, people=("UBEN",)))
    room.retros.edit(logged.id, replace(WORDS, people=("UBEN",), why="First."), [], version=1, by=ANA)
    with pytest.raises(Overtaken) as caught:
        room.retros.edit(logged.id, replace(WORDS, people=("UBEN",), why="Second."), [], version=1, by=BEN)
    assert caught.value.retro.words.why == "First."
    room.retros.edit(logged.id, replace(WORDS, people=("UBEN",), why="Second."), [], version=2, by=BEN)
    past = room.retros.history("T1", logged.id)
    assert [(one.by, one.after.get("why")) for one in past] == [("UANA", "First."), ("UBEN", "Second.")]
    assert past[0].before["why"] == WORDS.why


def test_a_third_editor_who_comes_while_two_are_brought_together_is_not_overwritten(room: Room) -> None:
    said = replace(WORDS, people=("UBEN",))
    logged = room.log(said)
    mine = replace(of_retro(logged, 0), keep="Mine.")
    room.retros.edit(logged.id, replace(said, why="First."), [], version=1, by=ANA)
    with pytest.raises(Overtaken) as second:
        room.retros.edit(logged.id, mine.words(), [], version=1, by=BEN)
    room.retros.edit(logged.id, replace(said, why="First.", caught="Third."), [], version=2, by=ANA)
    both = merged(mine, second.value.retro, second.value.past)
    assert both
    with pytest.raises(Overtaken) as again:
        room.retros.edit(logged.id, both.sheet.words(), [], version=both.sheet.version, by=BEN)
    all_three = merged(both.sheet, again.value.retro, again.value.past)
    assert all_three
    assert (all_three.sheet.why, all_three.sheet.keep, all_three.sheet.caught) == ("First.", "Mine.", "Third.")


def test_only_who_took_part_edits(room: Room) -> None:
    logged = room.log()
    with pytest.raises(NotTakenPart):
        room.retros.edit(logged.id, replace(WORDS, why="Mine."), [], version=1, by=BEN)


def test_a_retro_of_a_channel_stays_there_and_one_for_everyone_does_not(room: Room) -> None:
    room.public(HERE, THERE)
    room.log()
    room.log(replace(WORDS, visibility="workspace"))
    seen = [one.number for one in room.retros.listing("T1", THERE, "UCAROL")]
    assert seen == [2]
    assert [one.number for one in room.retros.listing("T1", HERE, "UCAROL")] == [2, 1]
    assert [one.number for one in room.retros.listing("T1", THERE, "UANA")] == [2, 1]
    with pytest.raises(RetroGone):
        room.retros.show(1, workspace="T1", channel=THERE, user="UCAROL")
    with pytest.raises(RetroGone):
        room.retros.show(2, workspace="T2", channel=THERE, user="UCAROL")


def test_nothing_of_a_private_channel_is_seen_elsewhere(room: Room) -> None:
    room.public(THERE)
    room.log(replace(WORDS, visibility="workspace"))
    assert not room.retros.listing("T1", THERE, "UANA")
    assert not room.found("Portugal", THERE)
    assert room.found("Portugal", HERE) == [1]


def test_a_channel_that_was_public_yesterday_counts_as_private(room: Room) -> None:
    room.public(HERE, THERE)
    room.log(replace(WORDS, visibility="workspace"))
    assert room.found("Portugal", THERE) == [1]
    room.clock.forward(hours=25)
    assert not room.found("Portugal", THERE)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("portugal", 1),
        ("PORTUGÁL merchants", 1),
        ("merchant alarms", 1),
        ("nothing-like-it", 0),
        ('" OR 1=1 --', 0),
        ("NEAR(portugal, 2)", 1),
        ("a' & !b | portugal:*", 1),
        ("workspace_id:t1", 0),
        ("*", None),
        ("table by country", 1),
        ("compare", 1),
    ],
)
def test_any_text_is_a_search(room: Room, query: str, hits: int | None) -> None:
    room.log(actions=[ACT])
    if hits is None:
        with pytest.raises(Exception, match="Say which words"):
            room.found(query)
    else:
        assert len(room.found(query)) == hits


def test_the_match_is_shown(room: Room) -> None:
    room.log()
    hit = room.finder.search("portugal", workspace="T1", channel=HERE, user="UANA")[0]
    assert (hit.field, hit.match) == ("expected", "Portugal")
    assert hit.before.endswith("merchants in ")


def test_the_most_similar_come_first(room: Room) -> None:
    room.log(replace(WORDS, expected="The rain forecast was wrong for Lisbon.", why="", keep="", caught=""))
    room.log()
    room.log(replace(WORDS, named=Named("Chat helper"), expected="It was rude.", why="", keep="", caught="", causes=()))
    text = "Fraud model v3: false alarms for merchants in Portugal"
    similar = [one.retro.number for one in room.finder.begin(text, "0a1b2c3d", by=ANA, channel=HERE)]
    assert similar[:1] == [2]
    assert 3 not in similar


def test_one_word_that_two_texts_share_is_chance_unless_it_is_all_that_there_is(room: Room) -> None:
    room.log()
    for text, alike in (("Spam model v9", []), ("Spam fraud model", [1]), ("Fraud", [1]), ("Spam", [])):
        found = room.finder.begin(text, "0a1b2c3d", by=ANA, channel=HERE)
        assert [one.retro.number for one in found] == alike, text


def test_an_edit_is_found_and_the_old_words_are_not(room: Room) -> None:
    logged = room.log()
    room.retros.edit(logged.id, replace(WORDS, expected="Merchants in Greece."), [], version=1, by=ANA)
    room.finder.catch_up()
    assert room.found("greece") == [1]
    assert not room.found("portugal")


def test_a_deleted_retro_leaves_no_words(room: Room) -> None:
    logged = room.log(actions=[ACT])
    with pytest.raises(NotYourRetro):
        room.retros.delete(logged.id, by=BEN)
    room.retros.delete(logged.id, by=ANA)
    room.finder.catch_up()
    assert not room.retros.listing("T1", HERE, "UANA")
    assert not room.found("portugal")
    assert [(one.by, one.what) for one in room.retros.history("T1", logged.id)] == [("UANA", "deleted")]
    with pytest.raises(RetroGone):
        room.retros.delete(logged.id, by=ANA)


def test_an_admin_deletes_too(room: Room) -> None:
    logged = room.log()
    room.installs.note_person("T1", "UCAROL", zone="", admin=True)
    room.retros.delete(logged.id, by=CAROL)
    assert room.retros.find("T1", logged.id) is None


def test_a_draft_is_kept_until_the_retro_is_logged(room: Room) -> None:
    room.retros.keep_draft({"expected": "half"}, by=ANA, channel=HERE)
    room.retros.keep_draft({"expected": "half of it"}, by=ANA, channel=HERE)
    kept = room.retros.draft("T1", "UANA", HERE)
    assert kept
    assert kept.body == {"expected": "half of it"}
    assert room.retros.draft("T1", "UBEN", HERE) is None
    room.log()
    assert room.retros.draft("T1", "UANA", HERE) is None


def test_a_form_that_two_windows_send_at_once_is_logged_by_one(room: Room, patience: None) -> None:
    assert patience is None

    def log(window: int) -> int:
        by = replace(ANA, request=f"v:{window}")
        try:
            return room.retros.log(WORDS, [], by=by, channel=HERE, sent=Sent("a")).number
        except AlreadyLogged as late:
            return -int(late.text.partition("retro ")[2].partition(" ")[0])

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(log, range(3))) == [-1, -1, 1]
    assert len(room.retros.listing("T1", HERE, "UANA")) == 1


def test_a_form_that_was_logged_keeps_no_draft(room: Room) -> None:
    room.log()
    room.retros.log(WORDS, [], by=ANA, channel=HERE, sent=Sent("a"))
    with pytest.raises(AlreadyLogged, match="as retro 2 from"):
        room.retros.keep_draft({"why": "Late."}, by=ANA, channel=HERE, form="a")
    room.retros.keep_draft({"why": "Ben's."}, by=BEN, channel=HERE, form="a")
    room.retros.keep_draft({"why": "Another."}, by=ANA, channel=HERE, form="aa")
    assert texts(room, "a", "aa") == [None, ("aa", "Another.")]


def texts(room: Room, *forms: str | None, retro: int = 0) -> list[object]:
    """Give what each form's draft says, or the newest for None."""
    found = [room.retros.draft("T1", "UANA", HERE, retro, form) for form in forms]
    return [one and (one.form, one.body["why"]) for one in found]


def test_each_form_keeps_its_own_draft_and_the_newest_comes_first(room: Room) -> None:
    for form, why in (("b", "One."), ("a", "Two."), ("c", "Three."), ("a", "Two, mended.")):
        room.clock.forward(minutes=1)
        room.retros.keep_draft({"why": why}, by=ANA, channel=HERE, form=form)
    assert texts(room, None, "a", "b", "c", "d") == [
        ("a", "Two, mended."), ("a", "Two, mended."), ("b", "One."), ("c", "Three."), None,
    ]  # fmt: skip
    room.retros.log(WORDS, [], by=ANA, channel=HERE, sent=Sent("a"))
    assert texts(room, None, "a", "b") == [("c", "Three."), None, ("b", "One.")]
    room.retros.forget_draft(by=ANA, channel=HERE, form="c")
    assert texts(room, None, "c") == [("b", "One."), None]


def test_saving_an_edit_drops_its_own_draft_and_deleting_drops_all(room: Room) -> None:
    logged = room.log()
    for form in ("a", "b", "c"):
        room.retros.keep_draft({"why": form}, by=ANA, channel=HERE, retro=logged.id, form=form)
    room.retros.edit(logged.id, replace(WORDS, why="Anew."), [], version=1, by=ANA, form="c")
    assert texts(room, "a", "b", "c", retro=logged.id) == [("a", "a"), ("b", "b"), None]
    room.retros.delete(logged.id, by=ANA)
    assert texts(room, None, "a", "b", retro=logged.id) == [None] * 3


def test_the_newest_five_drafts_of_the_same_are_kept(room: Room) -> None:
    logged = room.log()
    room.retros.keep_draft({"why": "edit"}, by=ANA, channel=HERE, retro=logged.id, form="x")
    room.retros.keep_draft({"why": "there"}, by=ANA, channel=THERE, form="x")
    room.retros.keep_draft({"why": "Ben's"}, by=BEN, channel=HERE, form="x")
    for form in "zyxwvu":
        room.clock.forward(minutes=1)
        room.retros.keep_draft({"why": form}, by=ANA, channel=HERE, form=form)
    assert texts(room, *"zyxwvu") == [None, *((form, form) for form in "yxwvu")]
    room.clock.forward(minutes=-60)  # what is saved stays, whatever the clock says
    room.retros.keep_draft({"why": "t"}, by=ANA, channel=HERE, form="t")
    assert texts(room, *"tyxwvu") == [("t", "t"), None, *((form, form) for form in "xwvu")]
    assert texts(room, "x", retro=logged.id) == [("x", "edit")]
    others = [room.retros.draft("T1", user, channel) for user, channel in (("UANA", THERE), ("UBEN", HERE))]
    assert [one and one.body["why"] for one in others] == ["there", "Ben's"]


def test_no_draft_brings_back_the_words_of_a_deleted_retro(room: Room) -> None:
    logged = room.log()
    room.retros.keep_draft({"why": WORDS.why}, by=BEN, channel=HERE, retro=logged.id)
    room.retros.delete(logged.id, by=ANA)
    with pytest.raises(RetroGone):  # a form that was open all the while
        room.retros.keep_draft({"why": WORDS.why}, by=ANA, channel=HERE, retro=logged.id)
    for user in ("UANA", "UBEN"):
        assert room.retros.draft("T1", user, HERE, logged.id) is None


def test_an_overdue_action_is_one_whose_day_and_snooze_have_passed(room: Room) -> None:
    room.log(actions=[ACT])
    action = room.retros.show(1, workspace="T1", channel=HERE, user="").actions[0]
    assert not action.is_overdue(ACT.due)
    assert action.is_overdue(ACT.due + timedelta(days=1))
    assert not replace(action, snoozed_until=ACT.due + timedelta(days=7)).is_overdue(ACT.due + timedelta(days=7))
