"""Questions that come back on a real database: what is asked when, and what an answer does."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, text

from bot.database import Actor, Database, metadata
from bot.delivery import store as cards
from bot.errors import AlreadyDone, FieldErrors, NotEnrolled, NothingToAsk, QuestionGone, QuestionPending
from bot.learning.model import Wish
from bot.learning.reviews import feed as feeding
from bot.learning.reviews import store
from bot.learning.reviews.feed import ReviewFeed
from bot.learning.reviews.model import Asked, Review, Wanted
from bot.learning.reviews.service import Reviews, key
from bot.learning.service import Learning
from bot.library import Library
from bot.outbox import store as outbox
from bot.outbox.model import Delivery, Outcome, State
from tests.catalogue_learning import lesson, track
from tests.samples import ANA, BEN, HERE, Clock

FIRST, SECOND = lesson("first", 1), lesson("second", 2)
CORE = track("core", FIRST, SECOND)
DAILY = Wanted(time(9), "Europe/Berlin", 7)
# The clock stands at Monday, 2 March 2026, 9:30 in UTC; nine in Berlin is eight in UTC.
TUESDAY = datetime(2026, 3, 3, 8, tzinfo=UTC)
DAY = timedelta(days=1)
DIRECT = "D0ANA"


@dataclass
class Desk:
    """The service, what the clock does, and shortcuts for both."""

    reviews: Reviews
    learning: Learning
    feed: ReviewFeed
    database: Database
    clock: Clock

    def quiz(self, *choices: int, by: Actor = ANA, of: str = "first") -> None:
        """Have somebody answer the quiz of a lesson; the right answers are 1 and 2."""
        self.learning.answer(of, dict(enumerate(choices)), by=by)

    def tick(self, at: datetime) -> list[str]:
        """Plan what is due at a moment; name the slots that are ready then."""
        self.clock.at = at
        while self.feed.plan(at):
            pass
        return [one.slot for one in self.deliveries() if one.state == "ready"]

    def deliveries(self) -> list[Delivery]:
        every: tuple[State, ...] = ("ready", "sending", "sent", "unknown", "held", "refused", "skipped")
        with self.database.read() as tx:
            return sorted(outbox.listing(tx, "T1", every, 100), key=lambda one: (one.due, one.subject))

    def settle(self, state: State = "sent", code: str = "") -> Delivery:
        """Let the newest delivery end as Slack would have it."""
        one = self.deliveries()[-1]
        with self.database.write() as tx:
            cards.prepare(self.database, tx, [(key("T1", one.subject), one.channel, one.owner)])
            assert outbox.claim(tx, "T1", [one.id], self.clock())
            assert outbox.settle(tx, "T1", [Outcome(replace(one, sending_at=self.clock()), state, "1.2")])
            if state == "sent":
                cards.posted(tx, [(key("T1", one.subject), "1.2")])
            self.feed.settled(tx, "T1", [Outcome(one, state, code=code)])
        return one

    def answered(self, choice: int, by: Actor = ANA) -> Asked:
        """Answer the newest question; give what became of it."""
        subject = self.deliveries()[-1].subject
        self.reviews.answer(subject, choice, by=by, channel=DIRECT)
        return self.asked(subject)

    def asked(self, number: int) -> Asked:
        with self.database.read() as tx:
            found = store.get_asked(tx, "T1", number)
        assert found
        return found

    def known(self, user: str = "UANA") -> dict[tuple[str, int], Review]:
        with self.database.read() as tx:
            return {(one.lesson, one.question): one for one in store.known(tx, "T1", user)}

    def wanted(self) -> bool:
        with self.database.read() as tx:
            return not self.feed.unwanted(tx, self.deliveries()[-1:])

    def waiting(self) -> tuple[int, int]:
        found = self.reviews.standing("T1", "UANA")
        return found.waiting, found.known


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    content = Library({}, {}, {"core": CORE}, {one.id: one for one in CORE})
    learning = Learning(database, content, clock, lambda _workspace, _channel: ())
    return Desk(Reviews(database, content, clock), learning, ReviewFeed(database, content, clock), database, clock)


@pytest.fixture
def hers(desk: Desk) -> Desk:
    """Ana has both questions of a lesson wrong, and wants one a day."""
    desk.quiz(3, 3)
    desk.reviews.enrol(DAILY, by=ANA)
    return desk


# Wanting them


def test_whoever_wants_questions_gets_the_next_slot(desk: Desk) -> None:
    assert desk.reviews.standing("T1", "UANA").enrolment is None
    made = desk.reviews.enrol(DAILY, by=ANA)
    assert (made.workspace, made.user, made.state, made.next_due) == ("T1", "UANA", "active", TUESDAY)
    assert desk.reviews.find("T1", "UANA") == made
    changed = desk.reviews.enrol(replace(DAILY, most=1), by=ANA)
    assert (changed.id, changed.rhythm.most, changed.next_due) == (made.id, 1, TUESDAY + DAY)
    assert desk.reviews.find("T1", "UBEN") is desk.reviews.find("T2", "UANA") is None


def test_a_clock_that_was_years_ahead_silences_nobody(desk: Desk) -> None:
    desk.reviews.enrol(DAILY, by=ANA)
    now = desk.clock.at
    desk.feed.plan(now + timedelta(weeks=200))
    desk.feed.plan(now)
    found = desk.reviews.find("T1", "UANA")
    assert found
    assert found.next_due == TUESDAY


def test_what_is_wrong_in_the_form_is_refused(desk: Desk) -> None:
    with pytest.raises(FieldErrors) as refused:
        desk.reviews.enrol(Wanted(None, "", 9), by=ANA)
    assert set(refused.value.fields) == {"time", "zone", "most"}


def test_a_request_that_slack_repeats_changes_nothing(desk: Desk) -> None:
    by = replace(ANA, request="v:1")
    desk.reviews.enrol(DAILY, by=by)
    with pytest.raises(AlreadyDone):
        desk.reviews.enrol(replace(DAILY, most=1), by=by)


def test_who_does_not_want_them_is_never_asked(desk: Desk) -> None:
    desk.quiz(3, 3)
    assert desk.tick(TUESDAY) == []
    with pytest.raises(NotEnrolled):
        desk.reviews.give_now(by=ANA)
    with pytest.raises(NotEnrolled):
        desk.reviews.stop(by=ANA)


# What there is to ask


def test_answers_to_quizzes_and_lessons_done_become_questions(desk: Desk) -> None:
    desk.quiz(1, 3)
    desk.quiz(1, by=BEN)
    desk.learning.subscribe(Wish("core", 1, time(10), "Europe/Berlin"), by=ANA, channel=HERE)
    for _ in FIRST, SECOND:
        given = desk.learning.give_now(HERE, by=ANA)
        desk.clock.forward(minutes=2)
    desk.learning.did(given.id, by=ANA)
    desk.reviews.enrol(DAILY, by=ANA)
    # Due are the wrong one (in ten minutes) and both of the lesson done; the right one is for another day.
    assert desk.waiting() == (2, 4)
    desk.clock.forward(minutes=10)
    assert desk.waiting() == (3, 4)
    assert set(desk.known()) == {("first", 0), ("first", 1), ("second", 0), ("second", 1)}
    assert desk.known("UBEN") == {}
    assert desk.known()["first", 0].due > desk.clock() + DAY


def test_a_lesson_that_is_gone_is_not_asked_about(hers: Desk) -> None:
    assert hers.waiting()[1] == 2
    bare = replace(
        hers, reviews=replace(hers.reviews, library=Library({}, {})), feed=replace(hers.feed, library=Library({}, {}))
    )
    assert bare.waiting() == (0, 0)
    assert bare.tick(TUESDAY) == []
    hers.reviews.give_now(by=ANA)
    assert bare.feed.messages("T1", hers.deliveries()) == {}
    with pytest.raises(QuestionGone):
        bare.answered(1)


# The clock


def test_a_question_is_planned_once_a_day_for_the_person_alone(hers: Desk) -> None:
    assert hers.tick(TUESDAY - timedelta(seconds=1)) == []
    assert hers.tick(TUESDAY) == hers.tick(TUESDAY) == ["2026-03-03"]
    (one,) = hers.deliveries()
    assert (one.kind, one.channel, one.owner, one.due, one.asked) == ("review", "UANA", "UANA", TUESDAY, True)
    assert one.zone == "Europe/Berlin"
    found = hers.reviews.find("T1", "UANA")
    assert found
    assert found.next_due == TUESDAY + DAY
    shown = hers.feed.messages("T1", [one])[one.id]
    assert shown == hers.reviews.card("T1", one.subject)
    assert "What is certain?" in shown.text


def test_nothing_is_asked_before_it_is_due(desk: Desk) -> None:
    desk.quiz(1, 2)
    desk.reviews.enrol(DAILY, by=ANA)
    assert desk.waiting() == (0, 2)
    assert desk.tick(TUESDAY) == []
    assert desk.tick(TUESDAY + 2 * DAY) == ["2026-03-05"]


def test_an_outage_ends_in_one_question_and_not_in_a_pile(hers: Desk) -> None:
    assert hers.tick(TUESDAY + 3 * DAY + timedelta(hours=1)) == ["2026-03-06"]


def test_a_slot_that_is_long_past_is_left_out(hers: Desk) -> None:
    assert hers.tick(TUESDAY + timedelta(hours=13)) == []
    assert hers.tick(TUESDAY + DAY) == ["2026-03-04"]


def test_who_does_not_answer_is_not_asked_again_for_a_week(hers: Desk) -> None:
    hers.tick(TUESDAY)
    hers.settle()
    for day in range(1, 7):
        assert hers.tick(TUESDAY + day * DAY) == []
    assert hers.tick(TUESDAY + 7 * DAY) == ["2026-03-10"]


def test_a_week_has_no_more_questions_than_were_wanted(hers: Desk) -> None:
    for day in range(2):
        hers.tick(TUESDAY + day * DAY)
        hers.settle()
        hers.answered(3)
    hers.reviews.enrol(replace(DAILY, most=3), by=ANA)  # Monday, Wednesday, Friday: a third is left this week
    assert hers.tick(TUESDAY + 3 * DAY) == ["2026-03-06"]
    hers.settle()
    hers.answered(3)
    hers.reviews.enrol(replace(DAILY, most=6), by=ANA)
    assert hers.tick(TUESDAY + 4 * DAY) == ["2026-03-07"]
    hers.settle()
    hers.answered(3)
    hers.reviews.enrol(replace(DAILY, most=2), by=ANA)
    assert hers.tick(TUESDAY + 7 * DAY) == ["2026-03-10"]


def test_a_smaller_number_counts_for_the_week_that_has_begun(hers: Desk) -> None:
    hers.tick(TUESDAY)
    hers.settle()
    hers.answered(3)
    hers.reviews.enrol(replace(DAILY, most=1), by=ANA)  # Wednesday
    assert hers.tick(TUESDAY + DAY) == []
    assert hers.tick(TUESDAY + 8 * DAY) == ["2026-03-11"]


def test_many_people_are_planned_for_in_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "BATCH", 2)
    for number in range(5):
        by = Actor("T1", f"U{number}")
        desk.quiz(3, 3, by=by)
        desk.reviews.enrol(DAILY, by=by)
    assert len(desk.tick(TUESDAY)) == 5
    assert {one.channel for one in desk.deliveries()} == {f"U{number}" for number in range(5)}


# What became of it


def test_a_question_of_the_morning_is_not_posted_at_night(hers: Desk) -> None:
    hers.tick(TUESDAY)
    hers.clock.forward(hours=12)
    assert hers.wanted()
    hers.clock.forward(seconds=1)
    assert not hers.wanted()


def test_what_somebody_asked_for_is_posted_however_late(hers: Desk) -> None:
    hers.reviews.give_now(by=ANA)
    hers.clock.forward(hours=20)
    assert hers.wanted()
    hers.reviews.stop(by=ANA)
    assert not hers.wanted()


def test_what_was_not_posted_leaves_its_question_to_the_next_slot(hers: Desk) -> None:
    hers.tick(TUESDAY)
    first = hers.asked(hers.settle("refused", "internal").subject)
    assert first.state == "dropped"
    assert hers.feed.messages("T1", hers.deliveries()) == {}
    assert hers.tick(TUESDAY + DAY) == ["2026-03-04"]
    again = hers.asked(hers.settle().subject)
    assert (again.state, again.lesson, again.question) == ("posted", first.lesson, first.question)


def test_nobody_is_written_to_who_cannot_be_written_to(hers: Desk) -> None:
    hers.tick(TUESDAY)
    hers.settle("refused", "user_disabled")
    assert hers.tick(TUESDAY + DAY) == []
    found = hers.reviews.find("T1", "UANA")
    assert found
    assert (found.state, found.next_due) == ("stopped", None)


def test_after_a_stop_nothing_comes_and_a_new_start_goes_on_from_there(hers: Desk) -> None:
    hers.tick(TUESDAY)
    hers.reviews.stop(by=ANA)
    assert [one.state for one in hers.deliveries()] == ["skipped"]
    assert hers.tick(TUESDAY + DAY) == []
    assert len(hers.known()) == 2
    hers.reviews.enrol(DAILY, by=ANA)
    assert hers.tick(TUESDAY + 2 * DAY) == ["2026-03-05"]


# Answers


def test_a_wrong_answer_comes_back_soon_and_a_right_one_later(hers: Desk) -> None:
    hers.clock.forward(hours=1)
    hers.reviews.give_now(by=ANA)
    hers.settle()
    wrong = hers.answered(3)
    assert (wrong.state, wrong.choice, wrong.days) == ("answered", 3, 0)
    assert hers.known()["first", 0].due == hers.clock() + timedelta(minutes=10)
    hers.clock.forward(seconds=5)
    hers.reviews.give_now(by=ANA)
    hers.settle()
    other = hers.answered(2)
    assert (other.question, other.choice) == (1, 2)
    hers.clock.forward(hours=1)
    hers.reviews.give_now(by=ANA)
    hers.settle()
    right = hers.answered(1)
    assert (right.question, right.choice) == (0, 1)
    assert right.days >= 1
    assert hers.known()["first", 0].due == right.due
    assert hers.waiting() == (0, 2)


def test_an_answer_in_the_lessons_quiz_counts_when_its_question_is_due(hers: Desk) -> None:
    hers.waiting()
    hers.clock.forward(days=1)
    hers.quiz(1, 3)
    known = hers.known()
    assert known["first", 0].due > hers.clock() + timedelta(hours=12)
    assert known["first", 1].due == hers.clock() + timedelta(minutes=10)
    assert hers.waiting() == (0, 2)


def test_what_is_right_in_the_lessons_quiz_before_it_is_due_moves_nothing(hers: Desk) -> None:
    hers.waiting()
    before = hers.known()
    hers.quiz(1, 2)
    assert hers.known() == before
    hers.clock.forward(days=1)
    hers.quiz(1, 2)
    later = hers.known()
    assert later != before
    hers.clock.forward(hours=1)
    hers.quiz(1, 2)
    assert hers.known() == later


def test_a_mistake_in_the_lessons_quiz_brings_its_question_back_soon(hers: Desk) -> None:
    hers.waiting()
    hers.clock.forward(days=1)
    hers.quiz(1, 2)
    kept = hers.known()["first", 0]
    hers.clock.forward(hours=1)
    hers.quiz(1, 3)
    assert hers.known()["first", 0] == kept
    assert hers.known()["first", 1].due == hers.clock() + timedelta(minutes=10)


def test_a_quiz_is_no_review_for_who_has_asked_for_none(desk: Desk) -> None:
    desk.quiz(3, 3)
    desk.quiz(1, 2)
    assert desk.known() == {}


def test_too_easy_means_nothing_after_a_later_answer_in_the_quiz(hers: Desk) -> None:
    hers.tick(TUESDAY)
    hers.settle()
    asked = hers.answered(1)
    hers.quiz(3, 3)
    missed = hers.known()["first", 0]
    hers.reviews.too_easy(asked.id, by=ANA, channel=DIRECT)
    assert hers.known()["first", 0] == missed


def test_an_answer_redraws_its_message_where_it_stands(hers: Desk) -> None:
    one = hers.reviews.give_now(by=ANA)
    hers.settle()
    hers.answered(1)
    with hers.database.read() as tx:
        (card,) = cards.undrawn(tx)
    assert (card.key, card.channel, card.ts, card.state) == (key("T1", one.id), DIRECT, "1.2", "sent")
    shown = hers.reviews.card("T1", one.id)
    assert shown
    assert "✅ You said: This" in str(shown.payload())


def test_the_first_answer_counts(hers: Desk) -> None:
    hers.reviews.give_now(by=ANA)
    hers.settle()
    first = hers.answered(3)
    assert hers.answered(1) == first


def test_an_answer_that_is_none_changes_nothing(hers: Desk) -> None:
    hers.reviews.give_now(by=ANA)
    hers.settle()
    assert hers.answered(0).state == hers.answered(9).state == "posted"


def test_nobody_answers_for_somebody_else(hers: Desk) -> None:
    hers.reviews.give_now(by=ANA)
    hers.settle()
    for by in (BEN, Actor("T2", "UANA")):
        with pytest.raises(QuestionGone):
            hers.answered(1, by=by)
    assert hers.asked(hers.deliveries()[-1].subject).state == "posted"


def test_a_click_before_the_post_is_confirmed_is_kept(hers: Desk) -> None:
    hers.reviews.give_now(by=ANA)
    hers.answered(1)
    assert hers.asked(hers.settle().subject).state == "answered"


def test_too_easy_moves_it_further_once(hers: Desk) -> None:
    hers.clock.forward(days=5)
    one = hers.reviews.give_now(by=ANA)
    hers.settle()
    hers.reviews.too_easy(one.id, by=ANA, channel=DIRECT)
    assert hers.asked(one.id).due is None
    right = hers.answered(1)
    hers.reviews.too_easy(one.id, by=ANA, channel=DIRECT)
    easy = hers.asked(one.id)
    assert easy.easy
    assert easy.days > right.days
    assert hers.known()["first", 0].due == easy.due
    hers.reviews.too_easy(one.id, by=ANA, channel=DIRECT)
    assert hers.asked(one.id) == easy


def test_a_wrong_answer_is_never_too_easy(hers: Desk) -> None:
    one = hers.reviews.give_now(by=ANA)
    hers.settle()
    wrong = hers.answered(3)
    hers.reviews.too_easy(one.id, by=ANA, channel=DIRECT)
    assert hers.asked(one.id) == wrong


def test_asking_twice_at_once_gives_one_question(hers: Desk) -> None:
    hers.reviews.give_now(by=ANA)
    with pytest.raises(QuestionPending):
        hers.reviews.give_now(by=ANA)
    hers.clock.forward(minutes=2)
    hers.reviews.give_now(by=ANA)
    hers.clock.forward(minutes=2)
    with pytest.raises(NothingToAsk):
        hers.reviews.give_now(by=ANA)
    assert [hers.asked(one.subject).question for one in hers.deliveries()] == [0, 1]


def test_without_a_quiz_there_is_nothing_to_ask(desk: Desk) -> None:
    desk.reviews.enrol(DAILY, by=ANA)
    assert desk.waiting() == (0, 0)
    with pytest.raises(NothingToAsk):
        desk.reviews.give_now(by=ANA)


# Workspaces


def rows(desk: Desk, workspace: str) -> dict[str, list[str]]:
    """Give every row of a workspace."""
    with desk.database.read() as tx:
        return {
            table.name: sorted(repr(row) for row in tx.execute(select(table).where(table.c.workspace_id == workspace)))
            for table in metadata.sorted_tables
        }


def test_two_workspaces_with_the_same_people_never_meet(hers: Desk) -> None:
    other = Actor("T2", "UANA")
    hers.quiz(3, 3, by=other)
    hers.reviews.enrol(DAILY, by=other)
    theirs = hers.reviews.give_now(by=other)
    before = rows(hers, "T2")
    assert all(before[name] for name in ("quizzed", "reviews", "asked_reviews", "deliveries"))
    enrolment = hers.reviews.find("T2", "UANA")
    assert enrolment

    hers.reviews.standing("T1", "UANA")
    hers.reviews.give_now(by=ANA)
    hers.settle()
    hers.answered(1)
    hers.reviews.enrol(replace(DAILY, most=2), by=ANA)
    with hers.database.write() as tx:
        store.stop(tx, "T1", enrolment.id)
        store.conclude(tx, "T1", theirs.id, "dropped")
        store.set_asked(tx, "T1", theirs.id, slot="changed")
        store.advance(tx, [replace(enrolment, workspace="T1", next_due=None)])
        store.save_review(tx, replace(theirs, workspace="T1"), "changed", TUESDAY)
        assert store.running(tx, "T1", [enrolment.id]) == set()
        assert store.get_asked(tx, "T1", theirs.id) is store.lock_asked(tx, "T1", theirs.id) is None
        assert store.some_asked(tx, "T1", [theirs.id]) == {}
    assert hers.reviews.card("T1", theirs.id) is None
    hers.reviews.stop(by=ANA)
    assert rows(hers, "T2") == before
    assert rows(hers, "T1") != before


def test_a_pass_looks_for_what_is_due_by_an_index(sqlite_url: str) -> None:
    """PostgreSQL scans a table that is almost empty, whatever its indexes."""
    database = Database(sqlite_url)
    with database.read() as tx:
        plan = tx.execute(text("EXPLAIN QUERY PLAN SELECT * FROM quizzed WHERE next_due <= '2026' ORDER BY next_due"))
        assert "USING INDEX ix_quizzed_next_due" in str(plan.all())
    database.close()
