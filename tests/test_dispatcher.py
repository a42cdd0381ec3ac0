"""The dispatcher against a real loopback HTTP server: each slot posted once, whatever Slack answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks import Message, section
from bot.database import Database, Transaction
from bot.delivery import store as cards
from bot.delivery.courtesy import RightOfWay
from bot.delivery.model import Key
from bot.errors import NothingHeld
from bot.limits import problems
from bot.outbox import notices, report, restoring, store
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.model import Delivery, New, Outcome, State, backoff
from bot.outbox.service import Channelled, Outbox
from bot.slack import Slack
from tests.samples import Clock
from tests.wire import DROP, Json, Status, Wire, wired

POST, HISTORY, REPLIES = "chat.postMessage", "conversations.history", "conversations.replies"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Feed:
    """Something that posts a number; it keeps what it was told."""

    wanted: bool = True
    gone: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    told: list[tuple[int, State, str]] = field(default_factory=list)

    def plan(self, now: datetime) -> bool:
        del now
        return False

    def messages(self, workspace: str, deliveries: Sequence[Delivery]) -> dict[str, Message]:
        if self.broken & {one.subject for one in deliveries}:
            raise RuntimeError("cannot be drawn")
        texts = {one.id: f"{one.kind} {workspace} {one.subject}" for one in deliveries if one.subject not in self.gone}
        return {name: Message(text, [section(text)]) for name, text in texts.items()}

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> set[str]:
        del tx
        return set() if self.wanted else {one.id for one in deliveries}

    def settled(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> None:
        del tx
        assert {one.delivery.workspace for one in outcomes} == {workspace}
        self.told += [(one.delivery.subject, one.state, one.code) for one in outcomes]


@dataclass
class Stage:
    """A process with an outbox, and the wire that it posts on."""

    wire: Wire
    slack: Slack
    outbox: Outbox
    feed: Feed
    clock: Clock
    dispatcher: Dispatcher

    def plan(self, subject: int = 1, channel: str = "C1", workspace: str = "T1", **more: object) -> str:
        given: dict[str, object] = {"slot": f"2026-W{subject:02}", "due": self.clock(), "asked": False} | more
        new = New(workspace, "lesson", 1, subject, channel=channel, owner="UOWNER", **given)  # type: ignore[arg-type]
        with self.outbox.database.write() as tx:
            assert store.plan(self.outbox.database, tx, [new]) == {new.id}
        return new.id

    def find(self, delivery: str, workspace: str = "T1") -> Delivery:
        with self.outbox.database.read() as tx:
            found = store.find(tx, workspace, delivery)
        assert found
        return found

    async def tick(self, due: datetime | None = None) -> None:
        await self.dispatcher.tick(due)
        await self.dispatcher.idle()

    async def after(self, **span: float) -> None:
        self.clock.forward(**span)
        await self.tick()

    def posts(self) -> list[str]:
        return [str(body["text"]) for body in self.wire.of(POST) if body["channel"] != "DASKER"]

    def told(self) -> list[str]:
        return [str(body["text"]) for body in self.wire.of(POST) if body["channel"] == "DASKER"]


Story = Callable[[Stage], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture
def play(database: Database, clock: Clock) -> Play:
    """Run a story on a stage of its own, at noon of a Monday."""
    clock.forward(seconds=(NOON - clock()).total_seconds())

    @asynccontextmanager
    async def stage() -> AsyncIterator[Stage]:
        feed = Feed()
        outbox = Outbox(database, {"lesson": Channelled(feed, redrawn=True)}, clock, "me")
        async with wired() as wire, Slack("xoxb-1", f"{wire.url}/api/") as slack:
            dispatcher = Dispatcher(outbox, slack, RightOfWay(), rate=1000)
            yield Stage(wire, slack, outbox, feed, clock, dispatcher)
            await dispatcher.drain()

    async def perform(story: Story) -> None:
        async with stage() as made:
            await story(made)

    return lambda story: asyncio.run(perform(story))


def marked(delivery: str, ts: str = "99.1") -> Json:
    """Give the post as it would stand in the channel's history."""
    payload = {"event_type": "aipm_delivery", "event_payload": {"delivery_id": delivery}}
    return {"ts": ts, "bot_id": "B1", "metadata": payload}


def test_a_slot_is_planned_once_and_posted_once(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        with stage.outbox.database.write() as tx:
            again = New("T1", "lesson", 1, 2, "2026-W01", "C1", "UOWNER", stage.clock())
            assert not store.plan(stage.outbox.database, tx, [again])
        await stage.tick()
        await stage.tick()
        assert stage.posts() == ["lesson T1 1"]
        assert stage.find(one).state == "sent"
        assert stage.feed.told == [(1, "sent", "")]
        body = stage.wire.of(POST)[0]
        assert '"delivery_id": "' + one in str(body["metadata"]).replace("'", '"')
        with stage.outbox.database.read() as tx:
            card = cards.find(tx, Key("T1", "lesson", 1))
        assert card
        assert (card.state, card.ts, card.drawn, card.revision) == ("sent", "17.000001", 1, 1)

    play(story)


def test_what_is_not_due_waits_and_now_decides_only_what_is_due(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan(due=NOON + timedelta(days=7))
        await stage.tick()
        assert stage.posts() == []
        await stage.tick(NOON + timedelta(days=7, minutes=1))
        assert stage.posts() == ["lesson T1 1"]
        assert stage.find(one).sending_at == stage.clock()

    play(story)


@pytest.mark.parametrize(("hours", "posted"), [(11.9, True), (12.1, False)])
def test_twelve_hours_late_is_posted_and_later_is_skipped(play: Play, hours: float, *, posted: bool) -> None:
    async def story(stage: Stage) -> None:
        stage.plan(due=NOON - timedelta(hours=hours), zone="UTC")
        await stage.tick()
        assert (stage.posts() != []) is posted
        assert stage.feed.told == [(1, "sent", "") if posted else (1, "skipped", "late")]

    play(story)


def test_at_night_it_waits_for_the_morning_unless_the_slot_is_at_night(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.plan(1, "C1", due=NOON + timedelta(hours=7.5), zone="UTC")  # 19:30, found at 22:00
        stage.plan(2, "C2", due=NOON + timedelta(hours=9), zone="UTC")  # 21:00, chosen by the team
        await stage.after(hours=10)
        assert stage.posts() == ["lesson T1 2"]
        await stage.after(hours=8, minutes=59)
        assert len(stage.posts()) == 1
        await stage.after(minutes=2)
        assert stage.posts() == ["lesson T1 2", "lesson T1 1"]

    play(story)


def test_a_channel_gets_so_many_unasked_a_week_and_what_it_asks_for(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for subject in range(1, 5):
            stage.plan(subject, due=NOON - timedelta(minutes=9 - subject))
        stage.plan(5, asked=True, slot="now-1")
        await stage.tick()
        assert sorted(stage.posts()) == ["lesson T1 1", "lesson T1 2", "lesson T1 3", "lesson T1 5"]
        assert (4, "skipped", "budget") in stage.feed.told

    play(story)


def test_what_is_paused_or_gone_is_skipped(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.plan(1)
        stage.feed.wanted = False
        await stage.tick()
        stage.feed.wanted = True
        stage.plan(2)
        stage.feed.gone = {2}
        await stage.tick()
        assert stage.posts() == []
        assert stage.feed.told == [(1, "skipped", "withdrawn"), (2, "skipped", "gone")]

    play(story)


@pytest.mark.parametrize("trouble", [DROP, Status(500), "internal_error", "fatal_error", "request_timeout"])
def test_an_unclear_outcome_is_looked_up_and_never_sent_blindly(play: Play, trouble: object) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, trouble)
        await stage.tick()
        assert stage.find(one).state == "unknown"
        await stage.after(seconds=60)
        assert stage.wire.of(HISTORY) == []
        stage.wire.order(HISTORY, {"messages": [marked("somebody else's"), marked(one)]})
        await stage.after(seconds=70)
        assert stage.posts() == ["lesson T1 1"]
        assert (stage.find(one).state, stage.find(one).ts) == ("sent", "99.1")

    play(story)


def test_only_a_second_look_that_finds_nothing_has_it_posted_again(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, DROP)
        await stage.tick()
        await stage.after(seconds=130)
        assert (len(stage.posts()), len(stage.wire.of(HISTORY)), stage.find(one).state) == (1, 1, "unknown")
        await stage.after(seconds=30)
        assert len(stage.wire.of(HISTORY)) == 1
        await stage.after(seconds=40)
        assert (len(stage.posts()), len(stage.wire.of(HISTORY)), stage.find(one).state) == (2, 2, "sent")

    play(story)


def test_a_post_of_somebody_else_with_the_same_id_is_no_proof(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, DROP)
        await stage.tick()
        forged = {key: value for key, value in marked(one).items() if key != "bot_id"}
        stage.wire.order(HISTORY, {"messages": [forged]})
        await stage.after(seconds=130)
        assert stage.find(one).state == "unknown"

    play(story)


@pytest.mark.parametrize("arrived", [True, False])
def test_where_the_channel_may_not_be_read_an_owner_is_asked_once(play: Play, *, arrived: bool) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, DROP)
        stage.wire.order(HISTORY, "missing_scope")
        await stage.tick()
        await stage.after(seconds=130)
        await stage.after(seconds=600)
        assert stage.find(one).state == "held"
        assert len(stage.told()) == 1
        assert "did it arrive?" in stage.told()[0]
        stage.outbox.resolve("T1", one, arrived=arrived)
        await stage.after(seconds=1)
        assert stage.find(one).state == "sent"
        assert len(stage.posts()) == (1 if arrived else 2)
        with pytest.raises(NothingHeld):
            stage.outbox.resolve("T1", one, arrived=arrived)

    play(story)


def test_what_a_person_wants_posted_again_is_posted_however_late(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, DROP)
        stage.wire.order(HISTORY, "missing_scope")
        await stage.tick()
        await stage.after(seconds=130)
        await stage.after(hours=23)
        stage.outbox.resolve("T1", one, arrived=False)
        await stage.after(seconds=1)
        assert (stage.find(one).state, len(stage.posts())) == ("sent", 2)

    play(story)


def test_a_click_on_the_post_settles_what_was_unclear(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, DROP)
        await stage.tick()
        stage.outbox.seen("T1", "lesson", 1, "88.1")
        await stage.after(seconds=600)
        assert (stage.find(one).state, stage.find(one).ts) == ("sent", "88.1")
        assert stage.wire.of(HISTORY) == []

    play(story)


def test_a_post_to_a_person_is_looked_for_in_their_direct_message(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan(channel="UANA", asked=True)
        stage.wire.order(POST, DROP)
        stage.wire.order(HISTORY, {"messages": [marked(one)]})
        await stage.tick()
        await stage.after(seconds=130)
        assert stage.find(one).state == "sent"
        assert stage.wire.of(HISTORY)[0]["channel"] == "DASKER"

    play(story)


def test_after_a_restore_what_was_due_is_looked_for_before_it_is_posted(play: Play) -> None:
    async def story(stage: Stage) -> None:
        there, lost = stage.plan(1), stage.plan(2, channel="C2")
        later = stage.plan(3, channel="C3", due=stage.clock() + timedelta(hours=1))
        elsewhere = stage.plan(workspace="T2")
        stage.clock.forward(minutes=30)
        assert restoring.doubt(stage.outbox) == 3
        assert [stage.find(one).state for one in (there, lost, later)] == ["unknown", "unknown", "ready"]
        assert stage.find(elsewhere, "T2").state == "unknown"
        assert restoring.doubt(stage.outbox) == 0
        stage.outbox.seen("T1", "lesson", 1, "88.1")  # an older post, whose id was given anew
        assert stage.find(there).state == "unknown"

    play(story)


def test_after_a_restore_each_is_there_once(play: Play) -> None:
    async def story(stage: Stage) -> None:
        due = stage.clock()
        there, lost = stage.plan(1), stage.plan(2, channel="C2", due=due + timedelta(seconds=1))
        stage.clock.forward(minutes=30)
        restoring.doubt(stage.outbox)
        stage.wire.order(HISTORY, {"messages": [marked(there)]})
        await stage.tick()
        assert {str(body["channel"]) for body in stage.wire.of(HISTORY)} == {"C1", "C2"}
        # From the newest message on: our clock may be ahead of Slack's.
        assert not [body for body in stage.wire.of(HISTORY) if "latest" in body or "oldest" in body]
        assert (stage.find(there).state, stage.find(there).ts, stage.posts()) == ("sent", "99.1", [])
        await stage.after(seconds=70)
        assert (stage.find(lost).state, stage.posts()) == ("sent", ["lesson T1 2"])
        with stage.outbox.database.read() as tx:
            card = cards.find(tx, Key("T1", "lesson", 1))
            assert card
            assert (card.state, card.ts) == ("sent", "99.1")
            assert card.key in [one.key for one in cards.undrawn(tx)]

    play(story)


def test_after_a_restore_without_the_scope_its_owner_is_asked(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.clock.forward(hours=13)
        restoring.doubt(stage.outbox)
        stage.wire.order(HISTORY, "missing_scope")
        await stage.tick()
        assert (stage.find(one).state, stage.posts()) == ("held", [])
        assert stage.told() == [notices.held(stage.find(one)).text]
        assert "put back from a backup" in stage.told()[0]

    play(story)


def test_429_holds_up_its_own_workspace_only(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one, other = stage.plan(), stage.plan(channel="C2", workspace="T2")
        stage.wire.order(POST, Status(429, "30"))
        await stage.tick()
        states = {stage.find(one).state, stage.find(other, "T2").state}
        assert states == {"ready", "sent"}
        await stage.after(seconds=20)
        assert len(stage.posts()) == 2
        await stage.after(seconds=11)
        assert len(stage.posts()) == 3
        assert stage.find(one).state == stage.find(other, "T2").state == "sent"

    play(story)


@pytest.mark.parametrize("code", ["not_in_channel", "is_archived", "channel_not_found", "restricted_action"])
def test_a_refusal_is_final_and_its_owner_is_told_once(play: Play, code: str) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, code)
        await stage.tick()
        await stage.after(seconds=600)
        assert stage.find(one).state == "refused"
        assert stage.feed.told == [(1, "refused", code)]
        assert len(stage.told()) == 1
        assert "<#C1>" in stage.told()[0]

    play(story)


def test_a_dead_token_stops_the_workspace_until_it_works_again(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.plan(2, "C2")
        stage.wire.order(POST, "account_inactive", "account_inactive")
        await stage.tick()
        asked = len(stage.posts())
        await stage.after(seconds=600)
        assert len(stage.posts()) == asked
        assert "Stopped: workspace T1 (account_inactive)" in "\n".join(report.lines(stage.outbox, None, 10))
        stage.outbox.token_works("T1")
        await stage.after(seconds=1)
        assert stage.find(one).state == "sent"

    play(story)


def test_a_free_workspace_over_its_quota_is_left_alone_for_a_day(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.plan(asked=True)
        stage.wire.order(POST, "message_limit_exceeded")
        await stage.tick()
        await stage.after(hours=23)
        assert len(stage.posts()) == 1
        await stage.after(hours=2)
        assert len(stage.posts()) == 2

    play(story)


def test_refused_blocks_are_posted_once_more_as_plain_text(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan()
        stage.wire.order(POST, "invalid_blocks")
        await stage.tick()
        assert stage.find(one).state == "sent"
        assert "blocks" not in stage.wire.of(POST)[1]

    play(story)


def test_one_that_cannot_be_drawn_does_not_take_the_others_with_it(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one, *others = [stage.plan(number, f"C{number}") for number in range(1, 5)]
        stage.feed.broken = {1}
        await stage.tick()
        assert stage.find(one).state == "sending"
        assert [stage.find(other).state for other in others] == ["sent"] * 3
        stage.feed.broken = set()
        await stage.after(seconds=130)
        await stage.after(seconds=70)
        assert stage.find(one).state == "sent"
        assert sorted(stage.posts()) == [f"lesson T1 {number}" for number in range(1, 5)]

    play(story)


def test_outcomes_of_one_round_are_each_settled_as_they_went(play: Play) -> None:
    async def story(stage: Stage) -> None:
        names = [stage.plan(number, f"C{number}") for number in range(1, 5)]
        stage.wire.order(POST, {}, "is_archived", DROP)
        await stage.tick()
        states = [stage.find(name).state for name in names]
        assert sorted(states) == ["refused", "sent", "sent", "unknown"]
        codes = {"refused": "is_archived", "sent": ""}
        ended = [(number, state, codes[state]) for number, state in enumerate(states, 1) if state in codes]
        assert sorted(stage.feed.told) == ended
        found = [stage.find(name) for name in names]
        assert all((one.ts is not None) is (one.state == "sent") for one in found)
        with stage.outbox.database.read() as tx:
            shown = [cards.find(tx, Key("T1", "lesson", one.subject)) for one in found]
        assert [one.ts for one in found] == [card.ts for card in shown if card]

    play(story)


def test_what_was_settled_meanwhile_is_left_alone(play: Play) -> None:
    async def story(stage: Stage) -> None:
        names = [stage.plan(number, f"C{number}") for number in (1, 2)]
        claimed = stage.outbox.claim("T1", stage.clock(), ()).claimed
        stage.outbox.seen("T1", "lesson", 1, "88.1")
        late = [Outcome(one, "sent", "99.1") for one in claimed]
        earlier = [replace(one, delivery=replace(one.delivery, sending_at=NOON - timedelta(1))) for one in late]
        assert stage.outbox.settle("T1", earlier) == []
        assert [one.delivery.subject for one in stage.outbox.settle("T1", late)] == [2]
        assert [stage.find(name).ts for name in names] == ["88.1", "99.1"]
        assert sorted(stage.feed.told) == [(1, "sent", ""), (2, "sent", "")]

    play(story)


def test_where_nothing_listens_it_is_tried_again_with_patience(play: Play) -> None:
    async def story(stage: Stage) -> None:
        one = stage.plan(asked=True)
        async with Slack("xoxb-1", "http://127.0.0.1:1/api/") as nowhere:
            lost = Dispatcher(stage.outbox, nowhere, RightOfWay())
            for _ in range(3):
                await lost.tick()
                await lost.idle()
        found = stage.find(one)
        assert (found.state, found.attempt) == ("ready", 1)
        assert found.retry_at
        assert found.retry_at > stage.clock()
        await stage.after(seconds=10)
        assert stage.find(one).state == "sent"

    play(story)


def test_two_processes_never_post_into_one_workspace_at_once(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.plan()
        other = Outbox(stage.outbox.database, stage.outbox.kinds, stage.clock, "other")
        assert other.claim("T1", stage.clock(), ()).claimed
        stage.plan(2, "C2")
        await stage.tick()
        assert stage.posts() == []
        await stage.after(seconds=61)
        assert stage.posts() == ["lesson T1 2"]

    play(story)


def test_two_processes_at_once_post_each_slot_once(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for subject in range(1, 13):
            stage.plan(subject, f"C{subject}", f"T{subject % 3}")
        other = Outbox(stage.outbox.database, stage.outbox.kinds, stage.clock, "other")
        second = Dispatcher(other, stage.slack, RightOfWay(), rate=1000)
        for _ in range(3):
            await asyncio.gather(stage.dispatcher.tick(), second.tick())
            await asyncio.gather(stage.dispatcher.idle(), second.idle())
        assert len(stage.posts()) == len(set(stage.posts())) == 12

    play(story)


def test_a_process_that_was_frozen_before_its_post_sends_nothing(play: Play) -> None:
    async def story(stage: Stage) -> None:
        from bot.slack import Unreached

        with pytest.raises(Unreached):
            await stage.slack.post("C1", {"text": "late"}, deadline=0.0)
        assert stage.posts() == []
        await stage.slack.post("C1", {"text": "in time"}, deadline=float("inf"))
        assert stage.posts() == ["in time"]

    play(story)


def test_the_list_says_what_is_due_sent_and_why_not(play: Play) -> None:
    async def story(stage: Stage) -> None:
        assert "Nothing is planned" in next(report.lines(stage.outbox, None, 10))
        stage.plan(1, due=NOON - timedelta(hours=13))
        stage.plan(2, "C2")
        stage.plan(3, "C3", due=NOON + timedelta(days=7))
        await stage.tick()
        told = "\n".join(report.lines(stage.outbox, "T1", 10))
        assert "Skipped:\n  2026-11-22 23:00 UTC  lesson 1  T1 C1  skipped  late" in told
        assert "Sent:\n  2026-11-23 12:00 UTC  lesson 2  T1 C2  sent" in told
        assert "Due or planned:\n  2026-11-30 12:00 UTC  lesson 3  T1 C3  ready" in told
        assert "Nothing is planned" in next(report.lines(stage.outbox, "T9", 10))

    play(story)


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "msg_too_long"])
def test_what_an_owner_reads_fits_slack(play: Play, code: str) -> None:
    async def story(stage: Stage) -> None:
        one = stage.find(stage.plan())
        for message in (notices.held(one), notices.refused(one, code)):
            assert problems(message.payload(), "message") == []

    play(story)


def test_retries_spread_and_stop_growing() -> None:
    assert backoff(1, 0.0) == timedelta(seconds=1)
    assert backoff(3, 0.5) == timedelta(seconds=8)
    assert backoff(30, 0.5) == timedelta(seconds=300)
