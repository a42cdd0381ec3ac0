"""The drawer against a real loopback HTTP server: posted once, redrawn until right, whatever Slack answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.blocks import Message
from bot.checklists import views
from bot.checklists.model import Choices
from bot.checklists.service import Checklists, key
from bot.database import Database
from bot.delivery import store
from bot.delivery.drawer import HOOK_USES, Drawer
from bot.delivery.model import Card, Key
from bot.delivery.notices import POST_AGAIN
from bot.limits import problems
from bot.slack import Slack
from bot.systems.model import Named
from tests.samples import ANA, FRAUD, HERE, NOW, Clock, micros
from tests.wire import DROP, Json, Status, Wire, wired

POST, UPDATE, WHISPER, HISTORY = "chat.postMessage", "chat.update", "chat.postEphemeral", "conversations.history"
SPACING = 0.02


@dataclass
class Stage:
    """A run whose card is to be posted, a drawer, and the wire that it draws on."""

    wire: Wire
    slack: Slack
    drawer: Drawer
    checklists: Checklists
    clock: Clock
    run_id: int

    @property
    def key(self) -> Key:
        return key("T1", self.run_id)

    @property
    def hook(self) -> str:
        return f"{self.wire.url}/hook/1"

    def card(self) -> Card:
        with self.checklists.database.read() as tx:
            found = store.find(tx, self.key)
        assert found
        return found

    def tick(self, item: str = "W1") -> None:
        self.checklists.tick(self.run_id, item, ticked=True, clicked=micros(1), by=ANA)

    async def draw(self, hook: str | None = None, *, replaces: bool = False) -> Card:
        self.drawer.want(self.key, hook, replaces=replaces)
        await self.drawer.idle()
        return self.card()

    async def catch_up(self) -> Card:
        await self.drawer.catch_up()
        await self.drawer.idle()
        return self.card()

    async def find_out(self) -> Card:
        """Catch up when a post that was never answered may be looked for."""
        self.clock.forward(seconds=31)
        return await self.catch_up()


Story = Callable[[Stage], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture
def play(checklists: Checklists, clock: Clock) -> Play:
    """Run a story on a stage of its own."""

    @asynccontextmanager
    async def stage() -> AsyncIterator[Stage]:
        run_id = checklists.start("house-check", FRAUD, Choices(), by=ANA, channel=HERE).run_id
        async with wired() as wire, Slack("xoxb-1", f"{wire.url}/api/") as slack:
            drawer = drawer_on(checklists, slack, clock)
            yield Stage(wire, slack, drawer, checklists, clock, run_id)
            await drawer.drain()

    async def perform(story: Story) -> None:
        async with stage() as made:
            await story(made)

    return lambda story: asyncio.run(perform(story))


def drawer_on(checklists: Checklists, slack: Slack, clock: Clock) -> Drawer:
    def render(place: Key) -> Message | None:
        run = checklists.find(place.workspace, place.subject)
        return views.card(run) if run else None

    return Drawer(checklists.database, slack, render, clock, SPACING)


def ours(stage: Stage, ts: str = "99.1", **changes: object) -> Json:
    """Give the card as it would stand in the channel's history."""
    mark = {"event_type": "aipm_card", "event_payload": {"delivery_id": f"run-{stage.run_id}"}}
    return {"ts": ts, "bot_id": "B1", "metadata": mark, **changes}


def sentence(body: Json) -> str:
    return str(body["text"])


# The usual way


def test_a_card_is_posted_once_and_found_again_by_its_metadata(play: Play) -> None:
    async def story(stage: Stage) -> None:
        card = await stage.draw()
        assert (card.state, card.ts, card.drawn) == ("sent", "17.000001", card.revision)
        await stage.draw()
        await stage.catch_up()
        (posted,) = stage.wire.of(POST)
        assert posted["channel"] == HERE
        assert posted["metadata"] == ours(stage)["metadata"]
        assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)
        shown = {name: posted[name] for name in ("text", "blocks", "metadata")}
        assert problems(shown, "message") == []

    play(story)


def test_a_change_is_redrawn_in_place(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        stage.tick()
        card = await stage.draw()
        assert (card.drawn, card.revision) == (2, 2)
        (updated,) = stage.wire.of(UPDATE)
        assert (updated["channel"], updated["ts"]) == (HERE, "17.000001")
        assert "1 of 6" in sentence(updated)

    play(story)


def test_many_changes_are_few_redraws_and_the_last_shows_them_all(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        for item in ("W1", "W2", "R1", "R2", "R3", "R4"):
            stage.tick(item)
            stage.drawer.want(stage.key)
        card = await stage.draw()
        assert card.drawn == card.revision == 7
        assert len(stage.wire.of(UPDATE)) <= 3
        assert "6 of 6" in sentence(stage.wire.of(UPDATE)[-1])

    play(story)


def test_a_change_during_a_redraw_is_drawn_next(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        stage.tick("W1")
        stage.wire.held[UPDATE] = asyncio.Event()
        stage.drawer.want(stage.key)
        await stage.wire.until(UPDATE)
        stage.tick("W2")
        stage.drawer.want(stage.key)
        stage.wire.held[UPDATE].set()
        await stage.drawer.idle()
        assert ["2 of 6" in sentence(one) for one in stage.wire.of(UPDATE)] == [False, True]
        assert stage.card().drawn == stage.card().revision

    play(story)


def test_what_is_behind_is_drawn_after_a_start(play: Play) -> None:
    async def story(stage: Stage) -> None:
        card = await stage.catch_up()
        assert card.state == "sent"
        stage.tick()
        assert (await stage.catch_up()).drawn == 2

    play(story)


def test_two_processes_post_one_card(play: Play) -> None:
    async def story(stage: Stage) -> None:
        other = drawer_on(stage.checklists, stage.slack, stage.clock)
        for drawer in (stage.drawer, other):
            drawer.want(stage.key)
        await asyncio.gather(stage.drawer.idle(), other.idle())
        assert len(stage.wire.of(POST)) == 1

    play(story)


def test_what_is_gone_is_not_drawn(play: Play) -> None:
    async def story(stage: Stage) -> None:
        with stage.checklists.database.write() as tx:
            store.add(tx, key("T1", 4711), HERE, "UANA")
        stage.drawer.want(key("T1", 4711))
        await stage.drawer.idle()
        assert stage.wire.asked == []

    play(story)


def test_the_end_waits_for_what_is_under_way_and_begins_nothing(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.held[POST] = asyncio.Event()
        stage.drawer.want(stage.key)
        await stage.wire.until(POST)
        ending = asyncio.create_task(stage.drawer.drain())
        await asyncio.sleep(0.05)
        stage.drawer.want(stage.key)
        assert not ending.done()
        stage.wire.held[POST].set()
        await ending
        assert stage.card().state == "sent"
        stage.drawer.want(key("T1", 4711))
        await stage.drawer.idle()
        assert len(stage.wire.asked) == 1

    play(story)


def test_a_card_that_links_to_another_waits_for_it(play: Play) -> None:
    async def story(stage: Stage) -> None:
        other = key("T1", stage.checklists.start("band-check", FRAUD, Choices(), by=ANA, channel=HERE).run_id)
        stage.wire.held[POST] = asyncio.Event()
        stage.drawer.want(stage.key)
        await stage.wire.until(POST)
        stage.drawer.want(other, after=stage.key)
        await asyncio.sleep(0.05)
        assert len(stage.wire.of(POST)) == 1
        stage.wire.held[POST].set()
        await stage.drawer.idle()
        assert len(stage.wire.of(POST)) == 2
        stage.drawer.want(other, after=stage.key)
        await stage.drawer.idle()

    play(story)


# Slack is slow, down, or silent


def test_a_limit_is_waited_for(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(429, "0.1"))
        started = asyncio.get_running_loop().time()
        card = await stage.draw()
        assert card.state == "sent"
        assert asyncio.get_running_loop().time() - started >= 0.1
        assert len(stage.wire.of(POST)) == 2

    play(story)


def test_a_limit_holds_the_whole_workspace_back(play: Play) -> None:
    async def story(stage: Stage) -> None:
        other = stage.checklists.start("band-check", FRAUD, Choices(), by=ANA, channel=HERE).run_id
        await stage.draw()
        stage.tick()
        stage.wire.order(UPDATE, Status(429, "0.5"))
        stage.drawer.want(stage.key)
        await stage.wire.until(UPDATE)
        await asyncio.sleep(0.15)
        stage.drawer.want(key("T1", other))
        await stage.drawer.idle()
        (limited, *_), (_, posted) = stage.wire.times[UPDATE], stage.wire.times[POST]
        assert posted - limited >= 0.5

    play(story)


@pytest.mark.parametrize("answer", [Status(500), Status(503), "internal_error", "fatal_error", DROP], ids=str)
def test_a_post_without_a_clear_answer_is_looked_for_and_never_repeated_blindly(play: Play, answer: object) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, answer)
        card = await stage.draw()
        assert card.state == "unknown"
        await stage.draw()
        assert len(stage.wire.of(POST)) == 1
        await stage.catch_up()
        assert stage.wire.of(HISTORY) == []  # Slack may still take it
        stage.wire.order(HISTORY, {"messages": [{"ts": "98.0", "text": "Hello"}, ours(stage)]})
        card = await stage.find_out()
        assert (card.state, card.ts, len(stage.wire.of(POST))) == ("sent", "99.1", 1)
        assert card.drawn == card.revision  # what it shows was not sure, so it was redrawn

    play(story)


def test_a_post_that_is_not_in_the_channel_is_posted_again(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(500))
        await stage.draw()
        card = await stage.find_out()
        assert (card.state, len(stage.wire.of(POST))) == ("sent", 2)

    play(story)


@pytest.mark.parametrize("changes", [{"bot_id": None}, {"metadata": {}}, {"metadata": None}])
def test_what_others_write_is_not_taken_for_the_card(play: Play, changes: Json) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(500))
        await stage.draw()
        stage.wire.order(HISTORY, {"messages": [ours(stage, **changes)]})
        card = await stage.find_out()
        assert (card.ts, len(stage.wire.of(POST))) == ("17.000001", 2)

    play(story)


def test_another_cards_message_is_not_taken_for_this_one(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(500))
        await stage.draw()
        other = {"event_type": "aipm_card", "event_payload": {"delivery_id": f"run-{stage.run_id}0"}}
        stage.wire.order(HISTORY, {"messages": [ours(stage, metadata=other)]})
        assert (await stage.find_out()).ts == "17.000001"

    play(story)


def test_a_busy_channel_is_read_to_the_end(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(500))
        await stage.draw()
        page = {"messages": [{"ts": "98.0"}], "has_more": True, "response_metadata": {"next_cursor": "more"}}
        stage.wire.order(HISTORY, page, {"messages": [ours(stage)]})
        assert (await stage.find_out()).ts == "99.1"
        first, second = stage.wire.of(HISTORY)
        assert second["cursor"] == "more"
        assert float(first["oldest"]) < NOW.timestamp() < float(first["latest"])

    play(story)


def test_a_history_that_may_not_be_read_makes_it_ask_the_person(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(500))
        await stage.draw()
        stage.wire.order(HISTORY, "missing_scope")
        card = await stage.find_out()
        assert card.state == "held"
        (asked,) = stage.wire.of(WHISPER)
        assert (asked["channel"], asked["user"]) == (HERE, "UANA")
        assert asked["blocks"][-1]["elements"][0]["action_id"] == POST_AGAIN
        await stage.catch_up()
        assert len(stage.wire.of(WHISPER)) == len(stage.wire.of(POST)) == 1

    play(story)


def test_a_history_that_cannot_be_reached_is_read_later(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, Status(500))
        await stage.draw()
        stage.wire.order(HISTORY, Status(500))
        assert (await stage.find_out()).state == "unknown"
        stage.wire.order(HISTORY, {"messages": [ours(stage)]})
        assert (await stage.find_out()).state == "sent"

    play(story)


def test_a_slack_that_was_not_reached_got_nothing(play: Play) -> None:
    async def story(stage: Stage) -> None:
        async with Slack("xoxb-1", "http://127.0.0.1:9/api/") as nobody:
            away = drawer_on(stage.checklists, nobody, stage.clock)
            away.want(stage.key)
            await away.idle()
        assert stage.card().state == "ready"
        assert (await stage.catch_up()).state == "sent"

    play(story)


def test_a_process_that_died_while_posting_is_cleaned_up_after(play: Play) -> None:
    async def story(stage: Stage) -> None:
        with stage.checklists.database.write() as tx:
            assert store.claim(tx, stage.key, stage.clock())
        stage.clock.forward(seconds=20)
        assert (await stage.catch_up()).state == "sending"
        assert stage.wire.asked == []  # it may still be at it
        stage.clock.forward(seconds=20)
        stage.wire.order(HISTORY, {"messages": [ours(stage)]})
        assert (await stage.catch_up()).ts == "99.1"
        assert stage.wire.of(POST) == []

    play(story)


# Where the coach may not post


def test_a_channel_without_the_coach_gets_the_card_through_the_commands_own_address(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "not_in_channel")
        card = await stage.draw(stage.hook)
        assert (card.state, card.drawn) == ("hook", 1)
        shown, told = stage.wire.of("hook")
        assert (shown["response_type"], "blocks" in shown) == ("in_channel", True)
        assert told["response_type"] == "ephemeral"
        assert "/invite" in sentence(told)

    play(story)


def test_such_a_card_follows_clicks_through_their_addresses(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "channel_not_found")
        await stage.draw(stage.hook)
        stage.tick()
        card = await stage.draw(stage.hook, replaces=True)
        assert card.drawn == card.revision == 2
        assert stage.wire.of("hook")[-1]["replace_original"] is True
        assert stage.wire.of(UPDATE) == []

    play(story)


def test_an_address_has_five_uses(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "not_in_channel")
        await stage.draw(stage.hook)
        stage.wire.asked.clear()
        stage.drawer.want(stage.key, stage.hook, replaces=True)
        for item in ("W1", "W2", "R1", "R2", "R3", "R4"):
            stage.tick(item)
            await stage.draw()
        assert len(stage.wire.of("hook")) == HOOK_USES
        assert stage.card().drawn < stage.card().revision

    play(story)


def test_an_address_lives_for_half_an_hour(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "not_in_channel")
        await stage.draw(stage.hook)
        stage.drawer.want(stage.key, stage.hook, replaces=True)
        await stage.drawer.idle()
        stage.clock.forward(minutes=31)
        stage.wire.asked.clear()
        stage.tick()
        await stage.draw()
        assert stage.wire.asked == []

    play(story)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("is_archived", "This channel is archived"),
        ("not_in_channel", "Type `/invite @aipm`"),
        ("restricted_action", "does not let me post"),
        ("invalid_blocks", "(invalid_blocks)"),
    ],
)
def test_a_refusal_is_told_and_nothing_is_lost(play: Play, code: str, told: str) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, code)
        assert (await stage.draw()).state == "refused"
        (said,) = stage.wire.of(WHISPER)
        assert told in sentence(said)
        assert "saved" in sentence(said)
        await stage.catch_up()
        assert len(stage.wire.of(POST)) == len(stage.wire.of(WHISPER)) == 1

    play(story)


def test_who_cannot_be_told_in_the_channel_is_told_directly(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "is_archived")
        stage.wire.order(WHISPER, "is_archived")
        await stage.draw()
        assert stage.wire.of("conversations.open")[0]["users"] == "UANA"
        assert stage.wire.of(POST)[-1]["channel"] == "DASKER"
        assert "archived" in sentence(stage.wire.of(POST)[-1])

    play(story)


def test_a_card_is_posted_again_when_a_person_asks(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "not_in_channel")
        await stage.draw()
        stage.checklists.post_again(stage.run_id, by=ANA)
        card = await stage.draw()
        assert (card.state, len(stage.wire.of(POST))) == ("sent", 2)

    play(story)


def test_a_dead_token_is_told_once_and_the_card_follows_when_it_is_mended(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(POST, "invalid_auth", "invalid_auth")
        assert (await stage.draw(stage.hook)).state == "ready"
        assert (await stage.catch_up()).state == "ready"
        (told,) = stage.wire.of("hook")
        assert "no longer accepts my token" in sentence(told)
        assert (await stage.catch_up()).state == "sent"

    play(story)


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_card_that_was_deleted_is_posted_anew(play: Play, code: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        stage.tick()
        stage.wire.order(UPDATE, code)
        card = await stage.draw()
        assert (card.state, card.ts, card.drawn) == ("sent", "17.000002", card.revision)

    play(story)


def test_a_redraw_that_failed_is_made_up_for(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        stage.tick()
        stage.wire.order(UPDATE, Status(500))
        card = await stage.draw()
        assert (card.state, card.drawn) == ("sent", 1)
        assert (await stage.catch_up()).drawn == 2

    play(story)


def test_a_coach_that_was_removed_goes_on_through_the_address_of_a_click(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        stage.tick()
        stage.wire.order(UPDATE, "not_in_channel")
        card = await stage.draw(stage.hook, replaces=True)
        assert (card.state, card.drawn) == ("hook", 2)
        assert stage.wire.of("hook")[-1]["replace_original"] is True

    play(story)


def test_a_card_that_may_not_be_redrawn_is_left_alone_until_somebody_clicks(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.draw()
        stage.tick()
        stage.wire.order(UPDATE, "is_archived")
        await stage.draw()
        for _ in range(3):
            await stage.catch_up()
        assert len(stage.wire.of(UPDATE)) == 1

    play(story)


def test_two_workspaces_with_one_run_id_have_two_cards(database: Database) -> None:
    with database.write() as tx:
        for workspace in ("T1", "T2"):
            store.add(tx, key(workspace, 1), HERE, "UANA")
        assert store.claim(tx, key("T1", 1), NOW)
        assert store.claim(tx, key("T2", 1), NOW)
        assert not store.claim(tx, key("T1", 1), NOW)


def test_named_systems_do_not_matter_to_a_card(checklists: Checklists) -> None:
    runs = [checklists.start("house-check", Named(f"S{n}"), Choices(), by=ANA, channel=HERE).run_id for n in range(3)]
    with checklists.database.read() as tx:
        assert [card.delivery_id for card in store.undrawn(tx)] == [f"run-{one}" for one in runs]
