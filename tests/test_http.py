"""What reaches the coach over HTTP, and what does not: signatures, sizes, methods, garbage, repetitions."""

import copy
import json
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.http import payload
from sandbox.client import Json, words
from tests.e2e import wire
from tests.e2e.stage import Stage, playing
from tests.e2e.team import HELPED, TICK, Team, block_of, boxes

LIMIT = 1_000_000
BODY = b"token=x&command=%2Faipm&text=help&team_id=T1&user_id=U1&channel_id=C1&trigger_id=1.2"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(tmp_path_factory.mktemp("http")) as started:
        yield started


@pytest.fixture
def team(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Team]:
    made = Team(stage, f"{request.node.name[:60]} v1")
    yield made
    made.clear()


def headers(stage: Stage, body: bytes = BODY, **changed: str | None) -> dict[str, str]:
    """Sign a body, then change some headers; None leaves one out."""
    signed = wire.signed(stage.secret, body)
    names = {"timestamp": "X-Slack-Request-Timestamp", "signature": "X-Slack-Signature"}
    merged = {**signed, **{names[key]: value for key, value in changed.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def test_a_signed_request_is_answered(stage: Stage) -> None:
    status, text = wire.send(stage.bot_url, BODY, headers(stage))
    assert status == 200
    assert HELPED in text


@given(st.dictionaries(st.text(), st.text()))
def test_whatever_people_write_is_read_as_it_was_sent(written: dict[str, str]) -> None:
    assert json.loads(payload(urlencode({"payload": json.dumps(written)}))) == written
    assert json.loads(payload(urlencode({"payload": json.dumps(written, ensure_ascii=False)}))) == written


@pytest.mark.parametrize("body", ["", "payload=", "payload=%5B%5D", "payload=%7B&x=1", "text=%7B%7D", "payload=é"])
def test_what_is_no_payload_stays_as_it_is(body: str) -> None:
    assert payload(body) == body


def test_slack_can_verify_the_address(stage: Stage) -> None:
    assert stage.client.do("verify")["verified"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_405(stage: Stage, method: str) -> None:
    assert wire.send(stage.bot_url, method=method)[0] == 405


def test_another_path_is_404(stage: Stage) -> None:
    for path in ("/", "/slack", "/slack/events/", "/slack/install", "/api/chat.postMessage", "/control/state"):
        assert wire.send(stage.bot_url, BODY, headers(stage), path=path)[0] in {404, 307}


def test_healthz_needs_no_signature_and_tells_nothing(stage: Stage) -> None:
    assert wire.send(stage.bot_url, method="GET", path="/healthz") == (200, '{"ok":true}')


def test_an_unsigned_request_is_401(stage: Stage) -> None:
    assert wire.send(stage.bot_url, BODY)[0] == 401
    assert wire.send(stage.bot_url, BODY, headers(stage, timestamp=None))[0] == 401
    assert wire.send(stage.bot_url, BODY, headers(stage, signature=None))[0] == 401


@pytest.mark.parametrize("seconds", [-3600, -310, 310, 10**9])
def test_a_request_from_another_time_is_401(stage: Stage, seconds: int) -> None:
    assert wire.send(stage.bot_url, BODY, wire.signed(stage.secret, BODY, at=time.time() + seconds))[0] == 401


@pytest.mark.parametrize(
    "timestamp", ["", " ", "soon", "12.5", "-5", "1e9", "0x10", "9" * 13, "9" * 400, "²³", "\xa05", "nan"]
)
def test_a_malformed_timestamp_is_401_even_if_it_is_signed(stage: Stage, timestamp: str) -> None:
    signature = wire.signature(stage.secret, timestamp, BODY)
    assert wire.send(stage.bot_url, BODY, headers(stage, timestamp=timestamp, signature=signature))[0] == 401


@pytest.mark.parametrize(
    "signature", ["", "v0=", "v0", "v1=" + "0" * 64, "v0=" + "0" * 64, "v0=" + "é" * 64, "v0=" + "0" * 63, "ÿ" * 3000]
)
def test_a_malformed_or_wrong_signature_is_401(stage: Stage, signature: str) -> None:
    assert wire.send(stage.bot_url, BODY, headers(stage, signature=signature))[0] == 401


def test_a_signature_of_another_secret_or_another_body_is_401(stage: Stage) -> None:
    assert wire.send(stage.bot_url, BODY, wire.signed("another secret", BODY))[0] == 401
    assert wire.send(stage.bot_url, BODY + b"&x=1", headers(stage))[0] == 401


def test_a_body_that_is_too_large_is_413_before_its_signature_is_looked_at(stage: Stage) -> None:
    assert wire.send(stage.bot_url, b"x" * (LIMIT + 1))[0] == 413
    assert wire.send(stage.bot_url, b"x" * LIMIT)[0] == 401


def test_a_body_that_is_too_large_and_hides_its_size_is_413(stage: Stage) -> None:
    pieces = [b"x" * 50_000] * 20
    assert wire.send(stage.bot_url, iter([*pieces, b"x"]))[0] == 413
    assert wire.send(stage.bot_url, iter(pieces))[0] == 401


def test_a_body_that_is_no_text_is_401(stage: Stage) -> None:
    body = b"command=/aipm&text=\xff\xfe"
    assert wire.send(stage.bot_url, body, headers(stage, body))[0] == 401


GARBAGE: dict[str, Json | list[object] | str | None] = {
    "nothing": None,
    "a list": [],
    "a text": "block_actions",
    "an empty object": {},
    "an unknown type": {"type": "surprise"},
    "a click without a click": {"type": "block_actions"},
    "a click of nobody": {"type": "block_actions", "actions": [{"action_id": TICK, "type": "checkboxes"}]},
    "clicks that are none": {"type": "block_actions", "user": {"id": "U1"}, "actions": "all"},
    "a click at no time": {
        "type": "block_actions",
        "user": {"id": "U1"},
        "actions": [{"action_id": TICK, "type": "checkboxes", "action_ts": "now"}],
    },
    "a form without a form": {"type": "view_submission", "user": {"id": "U1"}},
    "a form with odd fields": {
        "type": "view_submission",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "view": {"id": "V1", "callback_id": "checklist.detail_form", "state": {"values": {"a": ["b"]}}},
    },
    "a form of nothing": {
        "type": "view_submission",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "view": {"id": "V1", "callback_id": "checklist.detail_form", "private_metadata": "{"},
    },
    "a shortcut of nobody": {"type": "message_action", "callback_id": "response.add_message"},
    "an event without an event": {"type": "event_callback"},
    "an event that is a text": {"type": "event_callback", "event": "app_mention"},
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_signed_garbage_is_never_500(stage: Stage, kind: str) -> None:
    as_form = urlencode({"payload": json.dumps(GARBAGE[kind])}).encode()
    as_json = json.dumps(GARBAGE[kind]).encode()
    for body, how in ((as_form, "form"), (as_json, "json"), (as_json, "form"), (as_form, "json")):
        status, _ = wire.send(stage.bot_url, body, wire.signed(stage.secret, body, kind=how))
        assert status in {200, 400, 404}, (body, how)


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=%7B", b"{", b"[" * 20_000, b"&&==&", b"%", b"\x00"])
def test_signed_bytes_that_mean_nothing_are_never_500(stage: Stage, body: bytes) -> None:
    for how in ("form", "json"):
        assert wire.send(stage.bot_url, body, wire.signed(stage.secret, body, kind=how))[0] in {200, 400, 404}


def test_nothing_was_written_about_garbage_that_would_show_what_was_sent(stage: Stage) -> None:
    body = b'{"type": "event_callback", "event": "the secret plan"}'
    wire.send(stage.bot_url, body, wire.signed(stage.secret, body, kind="json"))
    assert "the secret plan" not in (stage.folder / "sandbox.log").read_text("utf-8")


def test_a_command_that_is_repeated_word_for_word_acts_once(team: Team) -> None:
    team.start("llm-check")
    body, _ = wire.encoded(team.stage.sent("/aipm"))
    again = wire.signed(team.stage.secret, body)
    for _ in range(3):
        status, text = wire.send(team.stage.bot_url, body, again)
        assert (status, text) == (200, "")
    assert len(team.cards()) == 1


def test_a_tick_that_is_repeated_word_for_word_acts_once(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.tick(team.anna, card, item)
    ticked = copy.deepcopy(team.stage.sent("block_actions"))
    shown = team.card("1 of 9 done")
    assert team.stage.deliver(ticked) == (200, "")
    team.until(lambda: block_of(team.card(), item) != block_of(shown, item))
    shown = team.card()
    team.ben.tick(shown, TICK, block_of(shown, item))
    team.until(lambda: not boxes(team.card())[item])
    assert team.stage.deliver(ticked) == (200, "")
    team.more(team.anna, card, "history")
    past = words(team.anna.opened("started it")["data"]).splitlines()
    assert len([one for one in past if "ticked" in one]) == 2
    assert not boxes(team.card())[item]


def test_a_form_that_is_repeated_word_for_word_acts_once(team: Team) -> None:
    team.start("drift-response")
    team.anna.click(team.card(), "response.entry")
    team.anna.opened()
    team.anna.submit({"text": "Rolled back"})
    team.card("Rolled back")
    for _ in range(2):
        assert team.stage.deliver(team.stage.sent("view_submission")) == (200, "")
    assert words(team.card()["data"]).count("Rolled back") == 1
    team.more(team.anna, team.card(), "history")
    assert len([one for one in words(team.anna.opened("started it")["data"]).splitlines() if one[0] == "•"]) == 2


def test_an_event_that_is_repeated_word_for_word_acts_once(team: Team) -> None:
    team.ben.send(team.channel, f"@aipm llm-check {team.system}")
    team.card()
    for _ in range(2):
        assert team.stage.deliver(team.stage.sent("app_mention")) == (200, "")
    team.ben.send(team.channel, "@aipm help")
    team.told(team.ben, HELPED)
    assert team.stage.deliver(team.stage.sent("app_mention")) == (200, "")
    team.ben.send(team.channel, "@aipm zzzzz")
    team.told(team.ben, "I do not know")
    assert len(team.cards()) == 1
    assert len([one for one in team.seen(team.ben) if one["ephemeral"]]) == 2
