"""Weekly prompts on a real database: who may do what, what is planned when, and what became of it."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.database import Actor, Database
from bot.delivery import store as cards
from bot.errors import (
    AlreadyDone,
    DayIsOver,
    FieldErrors,
    JustAsked,
    LessonGone,
    NoSubscription,
    NotRunning,
    NotYours,
    PutAside,
    Refused,
    TrackGone,
    TrackIsOver,
)
from bot.installs.service import Installs
from bot.learning import feed as feeding
from bot.learning.feed import LessonFeed
from bot.learning.model import Gap, Prompt, Quizzed, Subscription, Wish
from bot.learning.service import Learning, key
from bot.library import Library
from bot.outbox import store as outbox
from bot.outbox.model import Delivery, Outcome, State
from tests.catalogue_learning import lesson, track
from tests.samples import ANA, BEN, HERE, NOW, THERE, Clock

LESSONS = [lesson("a", 1, topics=["x"]), lesson("b", 2, topics=["y"]), lesson("c", 3, topics=["z"])]
CORE = track("core", *LESSONS, after="again")
SHORT = track("short", lesson("d", 1), title="The short one")
# NOW is Monday, 2 March 2026, 9:30 in UTC: 10:30 in Berlin.
WISH = Wish("core", 1, time(10), "Europe/Berlin")
TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@dataclass
class Gaps:
    """What the record of a channel points to, as a test wants it."""

    found: Sequence[Gap] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, workspace: str, channel: str) -> Sequence[Gap]:
        self.asked.append((workspace, channel))
        return self.found


@dataclass
class School:
    """The service, what the clock does, and shortcuts for both."""

    learning: Learning
    feed: LessonFeed
    database: Database
    clock: Clock
    gaps: Gaps

    def start(self, wish: Wish = WISH, by: Actor = ANA, channel: str = HERE) -> Subscription:
        return self.learning.subscribe(wish, by=by, channel=channel)

    def tick(self, at: datetime | None = None) -> None:
        """Plan what is due, once the clock stands there."""
        self.clock.at = at or self.clock.at
        while self.feed.plan(self.clock.at):
            pass

    def given(self, channel: str = HERE) -> list[Prompt]:
        return self.learning.history("T1", channel)

    def lessons(self) -> list[str]:
        return [one.lesson for one in self.given()]

    def subscription(self) -> Subscription:
        found = self.learning.find("T1", HERE)
        assert found
        return found

    def deliveries(self, workspace: str = "T1") -> list[Delivery]:
        """Give all deliveries, oldest first."""
        every: Sequence[State] = ("ready", "sending", "sent", "unknown", "held", "refused", "skipped")
        with self.database.read() as tx:
            return sorted(outbox.listing(tx, workspace, every, 100), key=lambda one: (one.due, one.subject))

    def settle(self, state: State, code: str = "", which: int = -1) -> Delivery:
        """Let a delivery end as Slack would have it."""
        one = self.deliveries()[which]
        with self.database.write() as tx:
            if state == "skipped":
                outbox.skip(tx, one, code)
            else:
                assert outbox.claim(tx, "T1", [one.id], self.clock())
                begun = replace(one, sending_at=self.clock())
                assert outbox.settle(tx, "T1", [Outcome(begun, state, "1.2")])
            self.feed.settled(tx, "T1", [Outcome(one, state, code=code)])
        return one

    def active(self, which: int = -1) -> bool:
        with self.database.read() as tx:
            return not self.feed.unwanted(tx, [self.deliveries()[which]])

    def post(self) -> Prompt:
        """Have a lesson posted at once, with its card."""
        prompt = self.learning.give_now(HERE, by=ANA)
        with self.database.write() as tx:
            cards.prepare(self.database, tx, [(key("T1", prompt.id), HERE, "UANA")])
        self.settle("sent")
        self.clock.forward(minutes=2)
        return prompt

    def revision(self, prompt: int) -> int:
        with self.database.read() as tx:
            card = cards.find(tx, key("T1", prompt))
        assert card
        return card.revision

    def now(self, prompt: int) -> Prompt:
        found = self.learning.prompt("T1", prompt)
        assert found
        return found


@pytest.fixture
def school(database: Database, clock: Clock) -> School:
    gaps = Gaps()
    tracks = {one.about.id: one for one in (CORE, SHORT)}
    library = Library({}, {}, tracks, {one.id: one for every in tracks.values() for one in every})
    learning = Learning(database, library, clock, gaps)
    return School(learning, LessonFeed(database, library, clock, gaps), database, clock, gaps)


# Subscribing


def test_a_subscription_is_due_at_its_next_slot(school: School) -> None:
    made = school.start(replace(WISH, country="DE", by_gaps=False))
    assert made == school.learning.get("T1", HERE) == school.learning.find("T1", HERE)
    assert (made.workspace, made.channel, made.track, made.owner, made.state) == ("T1", HERE, "core", "UANA", "active")
    assert (made.schedule.weekday, made.schedule.at, made.schedule.zone) == (1, time(10), "Europe/Berlin")
    assert (made.country, made.by_gaps, made.until, made.trouble, made.next_due) == ("DE", False, None, "", TUESDAY)


def test_an_incomplete_wish_is_refused_by_field(school: School) -> None:
    with pytest.raises(FieldErrors) as refused:
        school.start(Wish("nope", None, time(10), "Europe/Berlin", "XX"))
    assert set(refused.value.fields) == {"track", "weekday", "country"}
    assert school.learning.find("T1", HERE) is None


def test_a_channel_has_one_subscription_that_its_owner_changes(school: School) -> None:
    first = school.start()
    changed = school.start(replace(WISH, track="short", weekday=4))
    assert changed.id == first.id
    assert (changed.track, changed.next_due) == ("short", TUESDAY + timedelta(days=3))


def test_an_admin_changes_it_too_and_the_owner_stays(school: School, installs: Installs) -> None:
    school.start()
    with pytest.raises(NotYours, match="<@UANA>"):
        school.start(by=BEN)
    installs.note_person("T1", "UBEN", zone="", admin=True)
    assert school.start(replace(WISH, track="short"), by=BEN).owner == "UANA"


def test_two_people_who_subscribe_at_once_make_one(school: School) -> None:
    together = threading.Barrier(2)

    def act(actor: Actor) -> Subscription | None:
        together.wait()
        try:
            return school.start(by=actor)
        except NotYours:
            return None

    with ThreadPoolExecutor(2) as pool:
        made = [one for one in pool.map(act, (ANA, BEN)) if one]
    assert len(made) == 1
    assert made[0] == school.subscription()


def test_other_channels_and_workspaces_have_their_own(school: School) -> None:
    made = [school.start(), school.start(channel=THERE), school.start(by=Actor("T2", "UANA"))]
    assert len({one.id for one in made}) == 3


def test_a_change_that_leaves_the_time_alone_keeps_what_was_skipped(school: School) -> None:
    school.start()
    school.learning.skip(HERE, by=ANA)
    assert school.start(replace(WISH, track="short")).next_due == TUESDAY + WEEK


def test_a_change_of_day_does_not_give_a_week_two_prompts(school: School) -> None:
    school.start()
    school.tick(TUESDAY)
    assert school.start(replace(WISH, weekday=4)).next_due == datetime(2026, 3, 13, 9, tzinfo=UTC)
    school.tick(datetime(2026, 3, 7, tzinfo=UTC))
    assert len(school.deliveries()) == 1


def test_a_request_that_comes_twice_counts_once(school: School) -> None:
    again = Actor("T1", "UANA", "c:1")
    school.start(by=again)
    with pytest.raises(AlreadyDone):
        school.start(by=again)


@pytest.mark.parametrize("deed", ["pause", "resume", "skip", "stop", "give_now"])
def test_where_nothing_was_started_there_is_nothing_to_do(school: School, deed: str) -> None:
    with pytest.raises(NoSubscription):
        getattr(school.learning, deed)(HERE, by=ANA)
    school.start()
    school.learning.stop(HERE, by=ANA)
    with pytest.raises(NoSubscription):
        getattr(school.learning, deed)(HERE, by=ANA)
    with pytest.raises(NoSubscription):
        school.learning.get("T1", HERE)


@pytest.mark.parametrize("deed", ["pause", "resume", "skip", "stop"])
def test_others_are_told_whom_to_ask(school: School, installs: Installs, deed: str) -> None:
    started = school.start()
    installs.note_person("T1", "UBEN", zone="Europe/Berlin", admin=False)
    with pytest.raises(NotYours, match="<@UANA>"):
        getattr(school.learning, deed)(HERE, by=BEN)
    with pytest.raises(NotYours):
        school.learning.set_by_gaps(HERE, on=False, by=BEN)
    assert school.subscription() == started


# Pausing


def test_a_pause_without_a_day_lasts_until_somebody_resumes(school: School) -> None:
    school.start()
    paused = school.learning.pause(HERE, by=ANA)
    assert paused == school.subscription()
    assert (paused.state, paused.next_due) == ("paused", None)
    school.tick(TUESDAY + 3 * WEEK)
    assert school.deliveries() == []
    resumed = school.learning.resume(HERE, by=ANA)
    assert (resumed.state, resumed.next_due) == ("active", datetime(2026, 3, 31, 8, tzinfo=UTC))


def test_a_pause_until_a_day_ends_by_itself(school: School) -> None:
    school.start()
    paused = school.learning.pause(HERE, date(2026, 3, 10), by=ANA)
    assert (paused.state, paused.until, paused.next_due) == ("paused", date(2026, 3, 10), TUESDAY + WEEK)
    school.tick(TUESDAY + WEEK - timedelta(seconds=1))
    assert school.subscription().state == "paused"
    school.tick(TUESDAY + WEEK)
    assert (school.subscription().state, school.subscription().until) == ("active", None)
    assert school.lessons() == ["a"]
    assert school.active()


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2020, 1, 1), date.max])
def test_a_pause_ends_on_a_day_to_come(school: School, day: date) -> None:
    school.start()
    with pytest.raises(DayIsOver):
        school.learning.pause(HERE, day, by=ANA)
    assert school.subscription().state == "active"


def test_a_pause_takes_back_what_was_not_on_its_way_and_the_lesson_keeps_its_turn(school: School) -> None:
    school.start()
    school.tick(TUESDAY)
    assert school.lessons() == ["a"]
    school.learning.pause(HERE, by=ANA)
    assert school.lessons() == []
    assert [one.state for one in school.deliveries()] == ["skipped"]
    school.learning.resume(HERE, by=ANA)
    school.tick(TUESDAY + WEEK)
    assert school.lessons() == ["a"]


def test_a_pause_leaves_alone_what_may_be_posted_already(school: School) -> None:
    school.start()
    school.tick(TUESDAY)
    with school.database.write() as tx:
        assert outbox.claim(tx, "T1", [school.deliveries()[0].id], school.clock())
    school.learning.pause(HERE, by=ANA)
    assert [one.state for one in school.given()] == ["planned"]


def test_resuming_what_runs_changes_nothing(school: School) -> None:
    school.start()
    skipped = school.learning.skip(HERE, by=ANA)
    assert school.learning.resume(HERE, by=ANA) == skipped == school.subscription()


def test_a_skip_passes_over_one_slot_and_the_lesson_keeps_its_turn(school: School) -> None:
    school.start()
    assert school.learning.skip(HERE, by=ANA).next_due == TUESDAY + WEEK
    school.tick(TUESDAY + WEEK)
    assert [(one.lesson, one.slot) for one in school.given()] == [("a", "2026-W11")]


def test_in_a_pause_there_is_nothing_to_skip(school: School) -> None:
    school.start()
    school.learning.pause(HERE, by=ANA)
    with pytest.raises(NotRunning):
        school.learning.skip(HERE, by=ANA)


def test_a_stop_ends_it_and_whoever_starts_again_goes_on_from_there(school: School) -> None:
    school.start()
    school.tick(TUESDAY)
    school.settle("sent")
    stopped = school.learning.stop(HERE, by=ANA)
    assert (stopped.state, stopped.next_due) == ("stopped", None)
    school.tick(TUESDAY + 2 * WEEK)
    assert school.lessons() == ["a"]
    assert school.start(by=BEN).owner == "UBEN"
    school.tick(TUESDAY + 3 * WEEK)
    assert school.lessons() == ["a", "b"]


# What is due


def test_a_slot_is_planned_once_and_handed_to_the_outbox(school: School) -> None:
    started = school.start()
    school.tick(TUESDAY - timedelta(seconds=1))
    assert school.deliveries() == []
    for _ in range(3):
        school.tick(TUESDAY)
    (one,) = school.deliveries()
    (prompt,) = school.given()
    assert (one.kind, one.series, one.subject, one.slot) == ("lesson", started.id, prompt.id, "2026-W10")
    assert (one.channel, one.owner, one.due, one.asked) == (HERE, "UANA", TUESDAY, False)
    assert (one.zone, one.state, one.thread) == ("Europe/Berlin", "ready", "")
    assert (prompt.lesson, prompt.week, prompt.of, prompt.why) == ("a", 1, 3, "")
    assert (prompt.state, prompt.slot, prompt.posted_at) == ("planned", "2026-W10", None)
    assert school.subscription().next_due == TUESDAY + WEEK


def test_a_round_follows_the_track_and_begins_anew(school: School) -> None:
    school.start()
    for number in range(5):
        school.tick(TUESDAY + number * WEEK)
        school.settle("sent")
    assert school.lessons() == ["a", "b", "c", "a", "b"]
    assert {one.state for one in school.given()} == {"posted"}


def test_after_a_long_silence_only_the_last_slot_is_planned(school: School) -> None:
    school.start()
    school.tick(TUESDAY + 5 * WEEK + timedelta(days=2))
    (one,) = school.deliveries()
    assert (one.slot, one.due) == ("2026-W15", datetime(2026, 4, 7, 8, tzinfo=UTC))
    assert school.subscription().next_due == datetime(2026, 4, 14, 8, tzinfo=UTC)
    assert school.lessons() == ["a"]


def test_a_clock_that_was_years_ahead_silences_nobody(school: School) -> None:
    school.start()
    school.tick(TUESDAY + 200 * WEEK)
    school.tick(TUESDAY - WEEK / 2)
    assert len(school.given()) == 1
    school.tick(TUESDAY)
    assert len(school.given()) == 2
    skipped = school.learning.skip(HERE, by=ANA)
    school.tick(TUESDAY + WEEK / 2)
    assert school.learning.get("T1", HERE).next_due == skipped.next_due


def test_two_processes_that_look_at_once_plan_it_once(school: School) -> None:
    for number in range(6):
        school.start(channel=f"C{number}")
    school.clock.at = TUESDAY
    together = threading.Barrier(2)

    def act(_: int) -> bool:
        together.wait()
        return school.feed.plan(TUESDAY)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(act, range(2))) == [False, False]
    assert len(school.deliveries()) == 6
    assert [len(school.given(f"C{number}")) for number in range(6)] == [1] * 6


def test_what_is_due_is_planned_in_batches(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "BATCH", 2)
    for number in range(5):
        school.start(channel=f"C{number}")
    told = [school.feed.plan(TUESDAY) for _ in range(3)]
    assert told == [True, True, False]
    assert len(school.deliveries()) == 5


def test_public_holidays_are_left_out_and_the_lesson_keeps_its_turn(school: School) -> None:
    good_friday = datetime(2026, 4, 3, 8, tzinfo=UTC)
    school.clock.at = good_friday - timedelta(days=1)
    school.start(replace(WISH, weekday=4, country="DE"))
    school.tick(good_friday)
    assert school.deliveries() == []
    assert school.subscription().next_due == good_friday + WEEK
    school.tick(good_friday + WEEK)
    assert school.lessons() == ["a"]


def test_a_holiday_is_a_day_on_the_spot(school: School) -> None:
    school.start(replace(WISH, weekday=5, at=time(8), zone="Pacific/Auckland", country="NZ"))
    on_friday_in_london = datetime(2026, 4, 24, 20, tzinfo=UTC)  # Saturday, 25 April in Auckland: Anzac Day
    school.clock.at = on_friday_in_london - timedelta(days=3)
    school.learning.pause(HERE, date(2026, 4, 25), by=ANA)
    school.tick(on_friday_in_london)
    assert school.deliveries() == []
    assert school.subscription().state == "active"


def test_a_track_that_ended_or_is_gone_plans_nothing_and_the_weeks_go_on(school: School) -> None:
    school.start(replace(WISH, track="short"))
    school.tick(TUESDAY)
    school.settle("sent")
    school.tick(TUESDAY + WEEK)
    assert school.lessons() == ["d"]
    assert school.subscription().next_due == TUESDAY + 2 * WEEK
    gone = replace(school.feed, library=replace(school.feed.library, tracks={}))
    assert gone.plan(TUESDAY + 2 * WEEK) is False
    assert school.lessons() == ["d"]


def test_others_may_write_while_the_record_is_looked_at(school: School) -> None:
    def look(workspace: str, channel: str) -> list[Gap]:
        assert (workspace, channel) == ("T1", HERE)
        with school.database.write():
            return [Gap("z", "it was at risk")]

    school.start()
    with school.database.write():
        assert not school.feed.plan(TUESDAY - timedelta(seconds=1))
    assert not replace(school.feed, gaps=look).plan(TUESDAY)
    assert [one.why for one in school.given()] == ["it was at risk"]


def test_a_gap_in_the_record_chooses_and_says_why(school: School) -> None:
    school.gaps.found = [Gap("z", "“Check” was at risk twice")]
    school.start()
    for number in range(3):
        school.tick(TUESDAY + number * WEEK)
        school.settle("sent")
    assert [(one.lesson, one.why) for one in school.given()] == [
        ("c", "“Check” was at risk twice"),
        ("a", ""),
        ("b", ""),
    ]
    assert set(school.gaps.asked) == {("T1", HERE)}
    assert school.given()[0].week == 3


def test_a_team_that_does_not_want_it_keeps_to_the_order(school: School) -> None:
    school.gaps.found = [Gap("z", "why not")]
    school.start()
    assert school.learning.set_by_gaps(HERE, on=False, by=ANA).by_gaps is False
    school.tick(TUESDAY)
    assert school.lessons() == ["a"]
    assert school.gaps.asked == []


# Asked for


def test_anyone_may_ask_for_the_next_lesson(school: School) -> None:
    school.start()
    prompt = school.learning.give_now(HERE, by=BEN)
    (one,) = school.deliveries()
    assert school.given() == [prompt]
    assert (one.subject, one.owner, one.due, one.asked) == (prompt.id, "UBEN", NOW, True)
    assert one.slot.startswith("now-")
    assert len(one.slot) <= 40
    assert school.subscription().next_due == TUESDAY
    school.tick(TUESDAY)
    assert school.lessons() == ["a", "b"]


def test_two_wishes_within_a_minute_are_one(school: School) -> None:
    school.start()
    school.learning.give_now(HERE, by=ANA)
    school.clock.forward(seconds=59)
    with pytest.raises(JustAsked):
        school.learning.give_now(HERE, by=BEN)
    school.clock.forward(seconds=2)
    school.learning.give_now(HERE, by=BEN)
    assert school.lessons() == ["a", "b"]


def test_a_lesson_of_the_schedule_does_not_stop_a_wish(school: School) -> None:
    school.start()
    school.tick(TUESDAY)
    assert school.learning.give_now(HERE, by=BEN).lesson == "b"


def test_in_a_pause_one_may_ask_and_get_it(school: School) -> None:
    school.start()
    school.learning.pause(HERE, by=ANA)
    school.learning.give_now(HERE, by=BEN)
    assert school.active()
    school.learning.stop(HERE, by=ANA)
    assert not school.active()


def test_nothing_is_left_of_a_track_that_ended_or_is_gone(school: School) -> None:
    school.start(replace(WISH, track="short"))
    school.post()
    with pytest.raises(TrackIsOver):
        school.learning.give_now(HERE, by=ANA)
    gone = replace(school.learning, library=replace(school.learning.library, tracks={}))
    with pytest.raises(TrackGone):
        gone.give_now(HERE, by=ANA)


# What became of it


def test_a_post_is_noted(school: School) -> None:
    prompt = (school.start(), school.post())[1]
    found = school.now(prompt.id)
    assert (found.state, found.posted_at) == ("posted", NOW)


@pytest.mark.parametrize(("state", "code"), [("skipped", "late"), ("skipped", "budget"), ("refused", "msg_too_long")])
def test_a_lesson_that_was_not_posted_keeps_its_turn(school: School, state: State, code: str) -> None:
    school.start()
    school.tick(TUESDAY)
    one = school.settle(state, code)
    assert school.lessons() == []
    assert school.now(one.subject).state == "dropped"
    assert school.feed.messages("T1", [one]) == {}
    assert school.subscription().state == "active"
    school.tick(TUESDAY + WEEK)
    assert school.lessons() == ["a"]


@pytest.mark.parametrize("code", sorted(feeding.PAUSING))
def test_a_channel_that_cannot_be_posted_into_is_left_alone(school: School, code: str) -> None:
    school.start()
    school.tick(TUESDAY)
    school.settle("refused", code)
    found = school.subscription()
    assert (found.state, found.trouble, found.next_due, found.until) == ("paused", code, None, None)
    school.tick(TUESDAY + WEEK)
    assert len(school.deliveries()) == 1
    resumed = school.learning.resume(HERE, by=ANA)
    assert (resumed.state, resumed.trouble, resumed.next_due) == ("active", "", TUESDAY + 2 * WEEK)


def test_a_refusal_does_not_wake_what_was_stopped(school: School) -> None:
    school.start()
    school.learning.give_now(HERE, by=BEN)
    one = school.deliveries()[0]
    with school.database.write() as tx:
        outbox.claim(tx, "T1", [one.id], NOW)
    school.learning.stop(HERE, by=ANA)
    with school.database.write() as tx:
        school.feed.settled(tx, "T1", [Outcome(one, "refused", code="is_archived")])
    assert (school.subscription().state, school.subscription().trouble) == ("stopped", "")


def test_the_message_is_the_lesson_or_its_question(school: School) -> None:
    school.start()
    prompt = school.post()
    school.learning.discuss(prompt.id, "1.2", by=ANA)
    both = {one.kind: one for one in school.deliveries()}
    found = school.feed.messages("T1", list(both.values()))
    post, question = (found[both[kind].id] for kind in ("lesson", "discussion"))
    assert post == school.learning.card("T1", prompt.id)
    assert "Week 1 of 3 · The a thing" in post.text
    assert "The core track" in str(post.payload())
    assert LESSONS[0].question in question.text
    for of, number in (("T2", prompt.id), ("T1", prompt.id + 1)):
        assert school.feed.messages(of, [replace(both["lesson"], subject=number)]) == {}
        assert school.learning.card(of, number) is None
    bare = replace(school.feed, library=Library({}, {}))
    assert bare.messages("T1", list(both.values())) == {}


def test_what_was_paused_before_it_went_out_is_not_active(school: School) -> None:
    school.start()
    school.tick(TUESDAY)
    assert school.active()
    school.learning.pause(HERE, by=ANA)
    assert not school.active()


# The buttons of a post


def test_each_person_is_counted_once_and_a_second_click_takes_it_back(school: School) -> None:
    school.start()
    prompt = school.post()
    before = school.revision(prompt.id)
    school.learning.did(prompt.id, by=BEN)
    school.clock.forward(seconds=1)
    school.learning.did(prompt.id, by=ANA)
    assert school.now(prompt.id).done == ("UBEN", "UANA")
    school.learning.did(prompt.id, by=BEN)
    assert school.now(prompt.id).done == ("UANA",)
    assert school.revision(prompt.id) == before + 3


def test_a_click_that_comes_twice_counts_once(school: School) -> None:
    school.start()
    prompt = school.post()
    click = Actor("T1", "UBEN", "a:1")
    school.learning.did(prompt.id, by=click)
    with pytest.raises(AlreadyDone):
        school.learning.did(prompt.id, by=click)
    assert school.now(prompt.id).done == ("UBEN",)


def test_a_crowd_that_clicks_at_once_is_counted_whole(school: School, patience: None) -> None:
    del patience
    school.start()
    prompt = school.post()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: school.learning.did(prompt.id, by=Actor("T1", f"U{number}")), range(20)))
    assert set(school.now(prompt.id).done) == {f"U{number}" for number in range(20)}


def test_a_lesson_put_aside_has_had_its_turn(school: School) -> None:
    school.start()
    prompt = school.post()
    before = school.revision(prompt.id)
    school.learning.end(prompt.id, by=BEN)
    found = school.now(prompt.id)
    assert (found.state, found.ended_by) == ("ended", "UBEN")
    assert school.revision(prompt.id) == before + 1
    assert school.feed.messages("T1", school.deliveries()) == {}
    card = school.learning.card("T1", prompt.id)
    assert card
    assert "<@UBEN>" in str(card.payload())
    for deed in (school.learning.did, school.learning.end):
        with pytest.raises(PutAside):
            deed(prompt.id, by=ANA)
    with pytest.raises(PutAside):
        school.learning.discuss(prompt.id, "1.2", by=ANA)
    school.tick(TUESDAY)
    assert school.lessons() == ["a", "b"]


def test_a_lesson_put_aside_before_its_post_was_confirmed_stays_aside(school: School) -> None:
    school.start()
    prompt = school.learning.give_now(HERE, by=ANA)
    school.learning.end(prompt.id, by=BEN)
    school.settle("sent")
    assert (school.now(prompt.id).state, school.now(prompt.id).posted_at) == ("ended", NOW)


def test_the_question_goes_into_the_thread_once(school: School) -> None:
    school.start()
    prompt = school.post()
    before = school.revision(prompt.id)
    assert school.learning.discuss(prompt.id, "1.2", by=BEN) is True
    assert school.learning.discuss(prompt.id, "1.2", by=ANA) is False
    (one,) = [delivery for delivery in school.deliveries() if delivery.kind == "discussion"]
    assert (one.series, one.subject, one.slot, one.thread) == (prompt.id, prompt.id, "discussion", "1.2")
    assert (one.channel, one.owner, one.due, one.asked) == (HERE, "UBEN", school.clock(), True)
    assert school.now(prompt.id).discussed
    assert school.revision(prompt.id) > before
    assert school.active(school.deliveries().index(one))
    school.settle("sent")
    assert school.now(prompt.id).discussed


def test_a_question_that_slack_refused_may_be_put_again(school: School) -> None:
    school.start()
    prompt = school.post()
    school.learning.discuss(prompt.id, "1.2", by=BEN)
    school.settle("refused", "thread_not_found")
    assert not school.now(prompt.id).discussed
    assert school.now(prompt.id).state == "posted"
    school.clock.forward(seconds=5)
    assert school.learning.discuss(prompt.id, "1.2", by=BEN) is True
    assert school.learning.discuss(prompt.id, "1.2", by=BEN) is False
    assert [one.state for one in school.deliveries()] == ["sent", "refused", "ready"]


def test_a_post_of_another_workspace_is_not_there(school: School) -> None:
    school.start()
    prompt = school.post()
    stranger = Actor("T2", "UANA")
    for deed in (school.learning.did, school.learning.end):
        with pytest.raises(LessonGone):
            deed(prompt.id, by=stranger)
    with pytest.raises(LessonGone):
        school.learning.discuss(prompt.id, "1.2", by=stranger)
    with pytest.raises(LessonGone):
        school.learning.answer(prompt.id, {0: 1}, by=stranger)
    assert school.learning.prompt("T2", prompt.id) is None
    assert school.now(prompt.id).state == "posted"


# What a person learned


def test_answers_are_kept_and_marked(school: School) -> None:
    school.start()
    prompt = school.post()
    first, second = LESSONS[0].quiz
    given = school.learning.answer(prompt.id, {0: 1, 1: 3}, by=BEN)
    assert given == [(first, 1, True), (second, 3, False)]
    assert school.learning.record("T1", "UBEN").quizzes == (Quizzed("a", 1, 2, school.clock()),)


def test_answering_again_replaces(school: School) -> None:
    school.start()
    school.learning.answer("a", {0: 2, 1: 2}, by=BEN)
    school.clock.forward(minutes=5)
    school.learning.answer("b", {0: 1, 1: 2}, by=BEN)
    school.clock.forward(minutes=5)
    school.learning.answer("a", {0: 1, 1: 2}, by=BEN)
    earlier = school.clock() - timedelta(minutes=5)
    assert school.learning.record("T1", "UBEN").quizzes == (
        Quizzed("b", 2, 2, earlier),
        Quizzed("a", 2, 2, school.clock()),
    )


def test_choices_that_no_question_has_are_not_kept(school: School) -> None:
    assert school.learning.answer("a", {0: 9, 1: 0, 5: 1, -1: 1}, by=BEN) == []
    assert school.learning.record("T1", "UBEN").quizzes == ()
    with pytest.raises(LessonGone):
        school.learning.answer("nope", {0: 1}, by=BEN)


def test_a_record_is_of_one_person(school: School) -> None:
    school.start()
    prompt = school.post()
    school.learning.did(prompt.id, by=BEN)
    school.learning.answer(prompt.id, {0: 1}, by=ANA)
    mine = school.learning.record("T1", "UBEN")
    assert (mine.user, [one.id for one in mine.did], mine.quizzes) == ("UBEN", [prompt.id], ())
    assert school.learning.record("T2", "UBEN").did == ()
    assert len(school.learning.record("T1", "UANA").quizzes) == 1


def test_a_team_record_is_for_whoever_looks_after_it_and_has_no_quizzes(school: School, installs: Installs) -> None:
    school.start()
    prompt = school.post()
    school.learning.did(prompt.id, by=BEN)
    school.learning.answer(prompt.id, {0: 1}, by=BEN)
    with pytest.raises(NotYours):
        school.learning.team_record("T1", HERE, by=BEN)
    found = school.learning.team_record("T1", HERE, by=ANA)
    assert found.given == tuple(school.given())
    assert found.people == {"UBEN": 1}
    installs.note_person("T1", "UBEN", zone="", admin=True)
    assert school.learning.team_record("T1", HERE, by=BEN) == found
    with pytest.raises(NoSubscription):
        school.learning.team_record("T1", THERE, by=ANA)


# How things stand


def test_an_outline_says_what_comes_next(school: School) -> None:
    empty = school.learning.outline("T1", HERE)
    assert (empty.subscription, empty.track, empty.given, empty.upcoming) == (None, None, 0, None)
    school.start()
    school.post()
    school.gaps.found = [Gap("z", "it was at risk")]
    found = school.learning.outline("T1", HERE)
    assert (found.subscription, found.track, found.given) == (school.subscription(), CORE, 1)
    assert (found.upcoming, found.upcoming_why) == (LESSONS[2], "it was at risk")


def test_an_outline_counts_this_round_and_knows_the_end(school: School) -> None:
    school.start()
    for _ in range(4):
        school.post()
    assert school.learning.outline("T1", HERE).given == 1
    school.start(replace(WISH, track="short"))
    school.post()
    found = school.learning.outline("T1", HERE)
    assert (found.given, found.upcoming) == (1, None)
    bare = replace(school.learning, library=Library({}, {}))
    gone = bare.outline("T1", HERE)
    assert (gone.subscription, gone.track, gone.upcoming) == (school.subscription(), None, None)


def test_a_history_is_of_one_channel(school: School) -> None:
    school.start()
    school.start(channel=THERE)
    school.tick(TUESDAY)
    assert len(school.given()) == len(school.given(THERE)) == 1
    assert school.given() != school.given(THERE)
    assert school.learning.history("T1", "CNOWHERE") == []
    assert school.learning.history("T2", HERE) == []


def test_every_refusal_of_a_click_leaves_no_trace(school: School) -> None:
    school.start()
    prompt = school.post()
    school.learning.end(prompt.id, by=BEN)
    before = school.revision(prompt.id)
    with pytest.raises(Refused):
        school.learning.did(prompt.id, by=ANA)
    assert school.revision(prompt.id) == before
