"""Calls for answers on a real database: who may answer, who may read, what is forgotten, and how they end."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from bot import library
from bot.database import Actor, Database
from bot.delivery import store as delivery
from bot.errors import AlreadyDone, AnswerGone, FieldErrors, NotFacilitator, RoundClosed, RoundGone
from bot.installs.service import Installs
from bot.retros.model import ANSWER_LIMIT, Retro, Words
from bot.retros.rounds import store
from bot.retros.rounds.model import Answer, Call, Given, Round, gathered, in_order, participants
from bot.retros.rounds.service import Opened, Rounds, key
from bot.retros.service import Retros
from bot.retros.service import key as retro_key
from bot.systems.model import Named
from tests.catalogue import INSTALL
from tests.samples import ANA, BEN, FRAUD, HERE, NOW, THERE, Clock

CLEO = Actor("T1", "UCLEO")
STRANGER = Actor("T2", "UANA")
WORDS = Words(named=FRAUD, kind="incident", expected="We expected fewer alarms.")
SAID = Given("Fewer alarms.", "Nobody looked.", "Compare groups.")
SECRET = Given("It was the deadline.", "", "Ask for time.", named=False)


@dataclass
class Room:
    rounds: Rounds
    retros: Retros
    installs: Installs

    def open(self, named: Named | None = FRAUD, by: Actor = ANA, channel: str = HERE) -> int:
        return self.rounds.open(Call(named), by=by, channel=channel).round_id

    def get(self, number: int) -> Round:
        return self.rounds.get("T1", number, HERE)

    def answered(self, number: int, *given: tuple[Actor, Given]) -> None:
        for by, one in given:
            self.rounds.answer(number, one, by=by, channel=HERE)

    def read(self, number: int, by: Actor = ANA) -> list[Answer]:
        return list(self.rounds.answers(number, by=by)[1])

    def log(self, number: int, by: Actor = ANA, channel: str = HERE) -> Retro:
        return self.retros.log(WORDS, [], by=by, channel=channel, gathered=number)

    def users(self) -> list[str]:
        """Give whose answers the database says they are."""
        with self.rounds.database.read() as tx:
            return sorted(row.user_id for row in tx.execute(select(store.answers.c.user_id)))

    def card(self, number: int) -> str:
        drawn = self.rounds.card("T1", number)
        return str(drawn.payload()) if drawn else ""

    def posted(self, number: int, ts: str) -> None:
        with self.rounds.database.write() as tx:
            delivery.sent(tx, key("T1", number), 1, ts)

    def behind(self, number: int) -> bool:
        """Say whether the card is to be drawn."""
        with self.rounds.database.read() as tx:
            card = delivery.find(tx, key("T1", number))
        return card is not None and card.drawn != card.revision


@pytest.fixture
def room(database: Database, installs: Installs, clock: Clock) -> Room:
    return Room(Rounds(database, library.load(), clock), Retros(database, clock), installs)


# Opening


def test_one_call_is_open_for_a_system_in_a_channel(room: Room) -> None:
    first = room.rounds.open(Call(FRAUD, "incident", "https://a.example/", 3), by=ANA, channel=HERE)
    assert first.new
    again = room.rounds.open(Call(Named("FRAUD MODEL", "V3")), by=BEN, channel=HERE)
    assert again == Opened(room.open(FRAUD, BEN), new=False)
    found = room.get(first.round_id)
    assert (found.about, found.facilitator, found.state, found.opened_at) == (
        Call(FRAUD, "incident", "https://a.example/", 3),
        "UANA",
        "open",
        NOW,
    )
    others = [room.open(None), room.open(Named("Fraud model", "v4")), room.open(FRAUD, channel=THERE)]
    assert len({first.round_id, *others}) == 4
    assert room.open(None, BEN) == others[0]
    elsewhere = room.rounds.open(Call(FRAUD), by=STRANGER, channel=HERE)
    assert elsewhere.new


@pytest.mark.usefixtures("patience")
def test_two_who_call_at_once_share_one(room: Room) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(room.rounds.open, Call(FRAUD), by=by, channel=HERE) for by in (ANA, BEN, CLEO, ANA)]
    opened = [one.result() for one in asked]
    assert len({one.round_id for one in opened}) == 1
    assert [one.new for one in opened].count(True) == 1


def test_a_request_that_is_repeated_opens_nothing(room: Room) -> None:
    by = replace(ANA, request="c:1")
    room.rounds.open(Call(FRAUD), by=by, channel=HERE)
    with pytest.raises(AlreadyDone):
        room.rounds.open(Call(None), by=by, channel=HERE)


# Answering


def test_everyone_has_one_answer_and_can_change_it(room: Room) -> None:
    number = room.open()
    room.answered(number, (ANA, SAID), (BEN, SECRET), (CLEO, replace(SAID, why="")))
    assert room.get(number).count == 3
    room.answered(number, (BEN, replace(SECRET, keep="More time.")))
    assert room.get(number).count == 3
    assert room.rounds.mine("T1", number, "UBEN") == replace(SECRET, keep="More time.")
    assert room.rounds.mine("T1", number, "UCLEO") == replace(SAID, why="")
    assert room.rounds.mine("T1", number, "UDAN") is None


@pytest.mark.usefixtures("patience")
def test_one_person_on_two_devices_at_once_has_one_answer(room: Room) -> None:
    number = room.open()
    with ThreadPoolExecutor(4) as pool:
        sent = [
            pool.submit(room.rounds.answer, number, replace(SAID, why=str(way)), by=by, channel=HERE)
            for way in range(5)
            for by in (ANA, BEN)
        ]
    assert all(one.result() for one in sent)
    assert room.users() == ["UANA", "UBEN"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Given(), "expected"),
        (Given(named=False), "expected"),
        (Given("x" * 3001), "expected"),
        (Given("Fine.", "x" * 3001), "why"),
        (Given("Fine.", "", "x" * 3001), "keep"),
    ],
)
def test_bad_answers_are_named_and_none_is_kept(room: Room, given: Given, field: str) -> None:
    number = room.open()
    with pytest.raises(FieldErrors) as caught:
        room.answered(number, (BEN, given))
    assert list(caught.value.fields) == [field]
    assert room.get(number).count == 0


def test_one_question_is_enough_and_three_thousand_characters_fit(room: Room) -> None:
    number = room.open()
    room.answered(number, (ANA, Given(keep="x" * 3000)))
    assert room.read(number)[0].given.keep == "x" * 3000


def test_an_answer_has_the_card_drawn_and_a_refused_one_has_not(room: Room) -> None:
    number = room.open()
    room.posted(number, "1.2")
    with pytest.raises(FieldErrors):
        room.answered(number, (BEN, Given()))
    assert not room.behind(number)
    room.answered(number, (BEN, SAID))
    assert room.behind(number)


@pytest.mark.parametrize("how", ["logged", "without a retro"])
def test_after_the_end_nobody_answers(room: Room, how: str) -> None:
    number = room.open()
    room.answered(number, (BEN, SAID))
    if how == "logged":
        room.log(number)
    else:
        room.rounds.close(number, by=ANA)
    for by in (BEN, CLEO):
        with pytest.raises(RoundClosed):
            room.answered(number, (by, replace(SAID, why="Late.")))
    for deed in (room.rounds.close, room.rounds.post_again):
        with pytest.raises(RoundClosed):
            deed(number, by=ANA)
    with pytest.raises(RoundClosed):
        room.rounds.take_over(number, by=BEN, channel=HERE)
    with pytest.raises(RoundClosed):
        room.rounds.require_open(room.get(number))
    assert [one.given for one in room.read(number)] == [SAID]
    assert room.open() != number


def test_a_call_that_is_not_there(room: Room) -> None:
    with pytest.raises(RoundGone):
        room.get(99)
    with pytest.raises(RoundGone):
        room.answered(99, (BEN, SAID))
    with pytest.raises(RoundGone):
        room.read(99)
    assert room.rounds.card("T1", 99) is None


# Deleting one's own


@pytest.mark.parametrize("how", ["open", "without a retro"])
def test_a_person_deletes_their_own_answer_and_nobody_elses(room: Room, how: str) -> None:
    number, other = room.open(), room.open(None)
    room.answered(number, (ANA, SAID), (BEN, replace(SAID, why="Late.")), (CLEO, SECRET))
    room.answered(other, (BEN, SAID))
    if how != "open":
        room.rounds.close(number, by=ANA)
    dropped = room.rounds.drop(number, by=BEN)
    assert (dropped.count, dropped.dropped) == (2, 1)
    assert {one.given for one in room.read(number)} == {SAID, SECRET}
    assert room.rounds.mine("T1", other, "UBEN") == SAID
    with pytest.raises(AnswerGone):
        room.rounds.own(room.get(number), "UBEN")
    with pytest.raises(AnswerGone):
        room.rounds.drop(number, by=BEN)
    assert room.get(number).dropped == 1


def test_that_an_answer_was_deleted_stays_without_its_words_and_whose_it_was(room: Room) -> None:
    number = room.open()
    room.posted(number, "1.2")
    room.answered(number, (BEN, SAID), (CLEO, SECRET))
    for by in (BEN, CLEO):
        room.rounds.drop(number, by=by)
    assert "No answer is here. 2 answers were deleted." in room.card(number)
    assert room.behind(number)
    assert room.read(number) == []
    with room.rounds.database.read() as tx:
        kept = [str(tuple(row)) for row in tx.execute(select(store.answers))]
    assert len(kept) == 2
    assert not [row for row in kept for word in ("UBEN", "UCLEO", "alarms", "deadline") if word in row]


def test_whoever_deleted_an_answer_may_answer_anew(room: Room) -> None:
    number = room.open()
    room.answered(number, (BEN, SAID))
    room.rounds.drop(number, by=BEN)
    room.answered(number, (BEN, SECRET))
    assert room.rounds.mine("T1", number, "UBEN") == SECRET
    assert "1 person has answered. 1 answer was deleted." in room.card(number)
    room.rounds.close(number, by=ANA)
    assert "1 person answered. 1 answer was deleted. <@UANA> closed them" in room.card(number)


def test_nobody_deletes_for_somebody_else(room: Room) -> None:
    number = room.open()
    room.answered(number, (BEN, SAID), (CLEO, SECRET))
    for by in (ANA, Actor("T1", "")):
        with pytest.raises(AnswerGone):
            room.rounds.drop(number, by=by)
    with pytest.raises(RoundGone):
        room.rounds.drop(number, by=replace(BEN, workspace="T2"))
    room.rounds.close(number, by=ANA)
    for by in (CLEO, Actor("T1", "")):
        with pytest.raises(AnswerGone, match="nobody can tell who gave one without a name"):
            room.rounds.drop(number, by=by)
    assert room.get(number).count == 2


def test_with_a_retro_the_answers_are_no_longer_deleted_one_by_one(room: Room) -> None:
    number = room.open()
    room.answered(number, (BEN, SAID))
    assert room.rounds.own(room.get(number), "UBEN") == SAID
    room.log(number)
    with pytest.raises(RoundClosed):
        room.rounds.drop(number, by=BEN)
    with pytest.raises(RoundClosed):
        room.rounds.own(room.get(number), "UBEN")
    assert [one.given for one in room.read(number)] == [SAID]


def test_a_deleted_answer_goes_with_the_retro_too(room: Room) -> None:
    number = room.open()
    room.answered(number, (BEN, SAID), (CLEO, SAID))
    room.rounds.drop(number, by=BEN)
    room.retros.delete(room.log(number).id, by=ANA)
    assert room.users() == []


# Reading


def test_only_the_facilitator_reads_the_answers(room: Room) -> None:
    number = room.open()
    room.answered(number, (ANA, SAID), (BEN, SECRET))
    assert {one.given for one in room.read(number)} == {SAID, SECRET}
    for by in (BEN, CLEO):
        with pytest.raises(NotFacilitator, match="<@UANA>"):
            room.read(number, by)
    with pytest.raises(RoundGone):
        room.read(number, STRANGER)


def test_nothing_that_anybody_may_see_holds_an_answer(room: Room) -> None:
    number = room.open()
    room.answered(number, (BEN, SECRET), (CLEO, SAID))
    for told in (repr(room.get(number)), room.card(number)):
        assert not any(word in told for word in ("deadline", "alarms", "looked", "UBEN", "UCLEO"))


def test_in_another_channel_or_workspace_there_is_no_such_call(room: Room) -> None:
    number = room.open()
    room.answered(number, (BEN, SAID))
    for workspace, channel in (("T1", THERE), ("T2", HERE), ("T1", "")):
        with pytest.raises(RoundGone):
            room.rounds.get(workspace, number, channel)
    with pytest.raises(RoundGone):
        room.rounds.take_over(number, by=BEN, channel=THERE)
    for deed in (room.rounds.close, room.rounds.post_again):
        with pytest.raises(RoundGone):
            deed(number, by=STRANGER)
    with pytest.raises(RoundGone):
        room.rounds.answer(number, SAID, by=STRANGER, channel=HERE)
    with pytest.raises(RoundGone):
        room.rounds.answer(number, SAID, by=BEN, channel=THERE)
    assert room.rounds.mine("T2", number, "UBEN") is None
    assert room.rounds.card("T2", number) is None
    assert room.get(number).facilitator == "UANA"


def test_a_nameless_answer_has_no_name_even_for_the_facilitator(room: Room) -> None:
    number = room.open()
    room.answered(number, (ANA, SAID), (BEN, SECRET))
    read = room.read(number)
    assert {one.user for one in read} == {"UANA", ""}
    assert "UBEN" not in repr(read)
    assert participants(read) == ("UANA",)
    room.answered(number, (BEN, replace(SECRET, named=True)), (ANA, replace(SAID, named=False)))
    assert participants(room.read(number)) == ("UBEN",)


@pytest.mark.parametrize("how", ["logged", "without a retro"])
def test_who_gave_a_nameless_answer_is_forgotten_at_the_end(room: Room, how: str) -> None:
    number, other = room.open(), room.open(None)
    room.answered(number, (ANA, SAID), (BEN, SECRET), (CLEO, SECRET))
    room.answered(other, (BEN, SECRET))
    assert room.users() == ["UANA", "UBEN", "UBEN", "UCLEO"]
    if how == "logged":
        room.log(number)
    else:
        room.rounds.close(number, by=ANA)
    assert room.users() == ["", "", "UANA", "UBEN"]
    assert [one.given for one in room.read(number)].count(SECRET) == 2
    assert room.rounds.mine("T1", number, "UBEN") is None
    assert room.rounds.mine("T1", number, "") is None


# Handing over


def test_taking_over_is_on_the_card_with_all_who_could_read(room: Room) -> None:
    number = room.open()
    room.answered(number, (CLEO, SAID))
    assert "took over" not in room.card(number)
    room.rounds.take_over(number, by=BEN, channel=HERE)
    assert room.read(number, BEN)
    with pytest.raises(NotFacilitator, match="<@UBEN>"):
        room.read(number)
    with pytest.raises(NotFacilitator):
        room.rounds.close(number, by=ANA)
    assert "<@UBEN> took over from <@UANA>, who could read" in room.card(number)
    room.rounds.take_over(number, by=ANA, channel=HERE)
    assert "<@UANA> took over from <@UBEN>, who could read" in room.card(number)
    assert room.rounds.take_over(number, by=ANA, channel=HERE).earlier == ("UANA", "UBEN")
    room.rounds.close(number, by=ANA)
    assert "<@UANA> took over from <@UBEN>, who could read" in room.card(number)


# The end


def linked(room: Room, number: int, retro: int) -> str:
    with room.rounds.database.write() as tx:
        delivery.sent(tx, retro_key("T1", retro), 1, "7.8")
    return room.card(number)


def test_a_retro_closes_the_call_and_the_card_links_to_it(room: Room) -> None:
    room.installs.remember(INSTALL)
    number = room.open()
    room.posted(number, "1.2")
    room.answered(number, (ANA, SAID), (BEN, SECRET))
    assert "2 people have answered." in room.card(number)
    logged = room.log(number)
    found = room.get(number)
    assert (found.state, found.retro, found.number) == ("closed", logged.id, 1)
    assert room.behind(number)
    assert room.rounds.card("T1", number) is None, "drawn before it can link to the retro"
    shown = linked(room, number, logged.id)
    assert "Answers are closed: 2 people answered. <https://acme.slack.com/archives/CHERE/p78|Retro 1>." in shown
    assert "round.answer" not in shown


@pytest.mark.parametrize("state", ["refused", "unknown", "hook", "held"])
def test_without_a_link_it_says_how_to_find_the_retro(room: Room, state: str) -> None:
    room.installs.remember(INSTALL)
    number = room.open()
    logged = room.log(number)
    with room.rounds.database.write() as tx:
        delivery.settle(tx, retro_key("T1", logged.id), {"state": state})
    assert "no people answered. Retro 1: `/aipm retro show 1`" in room.card(number)


def test_a_retro_by_somebody_else_or_elsewhere_closes_nothing(room: Room) -> None:
    number = room.open()
    room.log(number, BEN)
    room.log(number, channel=THERE)
    room.retros.log(WORDS, [], by=ANA, channel=HERE)
    room.retros.log(WORDS, [], by=STRANGER, channel=HERE, gathered=number)
    room.log(99)
    assert room.get(number).state == "open"
    room.log(number)
    room.log(number)
    assert room.get(number).number == 5, "the first one keeps it"


def test_a_retro_that_cannot_be_logged_leaves_the_call_open(room: Room) -> None:
    number = room.open()
    with pytest.raises(FieldErrors):
        room.retros.log(Words(), [], by=ANA, channel=HERE, gathered=number)
    assert room.get(number).state == "open"


def test_closing_without_a_retro(room: Room) -> None:
    number = room.open()
    with pytest.raises(NotFacilitator):
        room.rounds.close(number, by=BEN)
    room.rounds.close(number, by=ANA)
    assert "Answers are closed: no people answered. <@UANA> closed them without a retro." in room.card(number)
    assert "round.read" not in room.card(number)


def test_with_its_retro_the_answers_are_deleted(room: Room) -> None:
    number, other = room.open(), room.open(None)
    room.answered(number, (BEN, SAID), (CLEO, SECRET))
    room.answered(other, (BEN, SAID))
    logged = room.log(number)
    room.retros.delete(logged.id, by=ANA)
    assert room.read(number) == []
    assert len(room.read(other)) == 1
    shown = linked(room, number, logged.id)
    assert "Retro 1 was written from them. It was deleted, and the answers with it." in shown
    assert "round.read" not in shown


def test_a_card_is_posted_again_and_a_click_settles_one_that_is_unclear(room: Room) -> None:
    number = room.open()
    room.posted(number, "1.2")
    assert room.get(number).message_ts == "1.2"
    assert room.rounds.post_again(number, by=BEN, channel=HERE) == (HERE, "1.2")
    assert room.rounds.post_again(number, by=BEN, channel=HERE) == (HERE, None)
    with room.rounds.database.write() as tx:
        delivery.settle(tx, key("T1", number), {"state": "held"})
    room.rounds.seen("T1", number, "3.4")
    assert room.get(number).message_ts == "3.4"
    room.rounds.seen("T1", number, "5.6")
    assert room.get(number).message_ts == "3.4", "a card that is known to be there stays"


def test_the_card_is_linked_to_as_soon_as_it_is_there(room: Room) -> None:
    number = room.open()
    room.posted(number, "1.2")
    assert room.rounds.link(room.get(number)) == ""
    room.installs.remember(INSTALL)
    assert room.rounds.link(room.get(number)) == "https://acme.slack.com/archives/CHERE/p12"


# Pure rules


def some(texts: Iterable[str], **more: bool) -> list[Answer]:
    return [Answer(number, Given(text, text, text, **more)) for number, text in enumerate(texts, 1)]


def a_round(salt: str) -> Round:
    return Round(1, "T1", HERE, Call(FRAUD), "open", "UANA", NOW, 0, salt)


def test_the_order_of_answers_stays_and_tells_nothing() -> None:
    answers = some("abcdefgh")
    orders = set()
    for salt in ("one", "two", "three"):
        for place in ("expected", "why", "keep"):
            order = "".join(one.given.why for one in in_order(a_round(salt), place, answers))
            assert order == "".join(one.given.why for one in in_order(a_round(salt), place, reversed(answers)))
            orders.add(order)
    assert len(orders) == 9
    assert "abcdefgh" not in orders


def test_who_left_a_question_out_is_not_listed_under_it() -> None:
    answers = [Answer(1, Given("a", "", "")), Answer(2, Given("", "b", ""))]
    assert [one.id for one in in_order(a_round("x"), "why", answers)] == [2]
    assert gathered(a_round("x"), answers) == {"expected": "• a", "why": "• b", "keep": ""}


@pytest.mark.parametrize(("people", "length"), [(1, 3000), (2, 3000), (7, 900), (40, 3000), (2000, 5)])
def test_answers_fit_a_field_together_however_many_there_are(people: int, length: int) -> None:
    drafts = gathered(a_round("x"), [*some(["short"]), *some(["x" * length] * people)])
    assert all(0 < len(text) <= ANSWER_LIMIT for text in drafts.values())
    if people < 40:
        assert all("• short" in text and text.count("• x") == people for text in drafts.values())


def test_short_answers_are_gathered_whole() -> None:
    text = gathered(a_round("x"), some(["One thing.", "Another\nof two lines."]))["why"]
    one, other = "• One thing.", "• Another\nof two lines."
    assert text in (f"{one}\n{other}", f"{other}\n{one}")
