import asyncio
from typing import Any

import pytest

from sandbox.client import SandboxError, words
from tests.sandbox.engine import Reply, World, actions, ask, boxes, button, modal, option, section, writing


def trigger(world: World) -> str:
    world.client.person("anna").command("fraud-team", "/aipm form")
    return str(world.stub.payloads("command")[-1]["trigger_id"])


def opened(world: World, view: dict[str, Any]) -> dict[str, Any]:
    answer = world.call("views_open", trigger_id=trigger(world), view=view)
    assert answer["ok"], answer
    return dict(answer["view"])


NOTE = modal(ask("note", writing()), callback_id="form", private_metadata="7")


def test_a_trigger_opens_one_view_within_three_seconds(world: World) -> None:
    first = trigger(world)
    view = world.call("views_open", trigger_id=first, view=NOTE)["view"]
    assert (view["callback_id"], view["private_metadata"], view["root_view_id"]) == ("form", "7", view["id"])
    assert world.call("views_open", trigger_id=first, view=NOTE)["error"] == "exchanged_trigger_id"
    late = trigger(world)
    world.client.advance(3.1)
    assert world.call("views_open", trigger_id=late, view=NOTE)["error"] == "expired_trigger_id"
    assert world.call("views_open", trigger_id="1.2.3", view=NOTE)["error"] == "invalid_trigger_id"


def test_a_wrong_view_is_refused_with_the_place_and_the_trigger_lives(world: World) -> None:
    given = trigger(world)
    wrong = modal(section("x" * 3001))
    answer = world.call("views_open", trigger_id=given, view=wrong)
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/blocks/0/text/text]" in answer["response_metadata"]["messages"][0]
    assert world.call("views_open", trigger_id=given, view=NOTE)["ok"]


def test_a_submission_carries_the_view_and_its_state(world: World) -> None:
    fields = (
        ask("note", writing()),
        ask("when", {"type": "timepicker", "action_id": "t"}, optional=True),
        actions(boxes("b", "x", "y", ticked=("y",))),
        ask("pick", {"type": "radio_buttons", "action_id": "r", "options": [option("m"), option("n")]}),
    )
    view = opened(world, modal(*fields, callback_id="form"))
    anna = world.client.person("anna")
    anna.submit({"note": "hello", "r": "n"})
    (payload,) = world.stub.payloads("view_submission")
    assert payload["view"]["id"] == view["id"]
    assert payload["view"]["hash"] == view["hash"]
    assert payload["response_urls"] == []
    assert payload["view"]["state"]["values"] == {
        "note": {"text": {"type": "plain_text_input", "value": "hello"}},
        "when": {"t": {"type": "timepicker", "selected_time": None}},
        "row": {"b": {"type": "checkboxes", "selected_options": [option("y")]}},
        "pick": {"r": {"type": "radio_buttons", "selected_option": option("n")}},
    }
    assert anna.modal() is None


def test_the_client_checks_before_it_sends(world: World) -> None:
    opened(
        world,
        modal(
            ask("note", writing(min_length=3, max_length=5)),
            ask("link", {"type": "url_text_input", "action_id": "u"}, optional=True),
            ask("n", {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}, optional=True),
        ),
    )
    anna = world.client.person("anna")
    assert set(anna.submit()["errors"]) == {"note"}
    assert set(anna.submit({"note": "ab", "link": "not a link", "n::n": "1.5"})["errors"]) == {
        "note",
        "link",
        "n",
    }
    assert set(anna.submit({"note": "abcdef"})["errors"]) == {"note"}
    assert world.stub.payloads("view_submission") == []
    assert anna.submit({"note": "abc", "link": "https://a.example", "n::n": "15"})["sent"]


def test_errors_stand_under_their_inputs(world: World) -> None:
    opened(world, NOTE)
    anna = world.client.person("anna")
    world.stub.replies(Reply({"response_action": "errors", "errors": {"note": "Too vague."}}))
    assert anna.submit({"note": "x"})["errors"] == {"note": "Too vague."}
    modal_now = anna.modal()
    assert modal_now is not None
    assert modal_now["errors"] == {"note": "Too vague."}


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"response_action": "errors", "errors": {"nowhere": "x"}}),
        Reply({"response_action": "errors", "errors": {}}),
        Reply({"response_action": "update", "view": {"type": "modal"}}),
        Reply({"response_action": "dance"}),
        Reply("text"),
        Reply(status=500),
    ],
)
def test_a_wrong_answer_is_trouble_and_keeps_the_modal(world: World, reply: Reply) -> None:
    opened(world, NOTE)
    world.stub.replies(reply)
    anna = world.client.person("anna")
    assert anna.submit({"note": "x"})["failed"]
    assert "trouble connecting" in str(anna.opened()["trouble"])


def test_answers_update_push_and_clear(world: World) -> None:
    first = opened(world, NOTE)
    anna = world.client.person("anna")
    second = modal(ask("more", writing()), section("second"))
    world.stub.replies(
        Reply({"response_action": "update", "view": modal(ask("again", writing()))}),
        Reply({"response_action": "push", "view": second}),
        Reply({"response_action": "push", "view": second}),
        Reply({"response_action": "push", "view": second}),
        Reply(),
        Reply({"response_action": "clear"}),
    )
    anna.submit({"note": "1"})
    assert anna.opened()["data"]["id"] == first["id"]
    anna.submit({"again": "2"})
    pushed = anna.opened("second")["data"]
    assert (pushed["previous_view_id"], pushed["root_view_id"]) == (first["id"], first["id"])
    anna.submit({"more": "3"})
    assert anna.submit({"more": "4"})["failed"] == "push_limit_reached"
    anna.submit({"more": "5"})
    assert anna.opened()["data"]["id"] == pushed["id"]
    anna.submit({"more": "6"})
    assert anna.modal() is None


def test_views_push_belongs_to_a_click_in_a_modal(world: World) -> None:
    assert world.call("views_push", trigger_id=trigger(world), view=NOTE)["error"] == "not_found"
    opened(world, modal(actions(button("deeper"))))
    anna = world.client.person("anna")
    errors = []
    for _ in range(3):
        root = world.client.state(person="anna")["modals"][0]
        anna.click(root, "deeper")
        given = world.stub.payloads("block_actions")[-1]["trigger_id"]
        answer = world.call("views_push", trigger_id=given, view=modal(actions(button("deeper"))))
        errors.append(answer.get("error"))
    assert errors == [None, None, "push_limit_reached"]


def test_a_click_in_a_view_has_no_response_url_and_an_input_stays_silent(world: World) -> None:
    live = ask("live", writing(), dispatch_action=True)
    view = opened(world, modal(actions(button("go")), live, ask("quiet", writing("q"))))
    anna = world.client.person("anna")
    assert anna.click(anna.opened(), "q", value="typed") == {"ok": True, "sent": False}
    anna.click(anna.opened(), "text", value="now")
    (payload,) = world.stub.payloads("block_actions")
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert "response_url" not in payload
    assert "message" not in payload
    assert payload["actions"][0]["value"] == "now"
    assert payload["view"]["state"]["values"]["quiet"]["q"]["value"] == "typed"


def test_an_update_needs_the_newest_hash_and_an_open_view(world: World) -> None:
    view = opened(world, NOTE)
    renewed = world.call("views_update", view_id=view["id"], hash=view["hash"], view=NOTE)["view"]
    assert renewed["hash"] != view["hash"]
    stale = world.call("views_update", view_id=view["id"], hash=view["hash"], view=NOTE)
    assert stale["error"] == "hash_conflict"
    world.client.person("anna").cancel()
    assert world.call("views_update", view_id=view["id"], view=NOTE)["error"] == "not_found"


def test_typed_text_survives_an_update_with_the_same_ids(world: World) -> None:
    view = opened(world, modal(ask("live", writing(), dispatch_action=True)))
    anna = world.client.person("anna")
    anna.click(anna.opened(), "text", value="half a sen")
    same = modal(section("news"), ask("live", writing(), dispatch_action=True))
    world.call("views_update", view_id=view["id"], view=same)
    assert anna.form(anna.opened("news")) == {"live::text": ["half a sen"]}
    other = modal(ask("other", writing(initial_value="drawn")))
    world.call("views_update", view_id=view["id"], view=other)
    assert anna.form(anna.opened("drawn")) == {"other::text": ["drawn"]}


def test_closing_is_told_only_if_asked_for(world: World) -> None:
    opened(world, NOTE)
    anna = world.client.person("anna")
    anna.cancel()
    assert world.stub.payloads("view_closed") == []
    root = opened(world, {**NOTE, "notify_on_close": True})
    world.stub.replies(Reply({"response_action": "push", "view": {**NOTE, "notify_on_close": True}}))
    anna.submit({"note": "x"})
    top = anna.opened()["data"]["id"]
    anna.cancel()
    anna.close_all()
    told = [(one["view"]["id"], one["is_cleared"]) for one in world.stub.payloads("view_closed")]
    assert told == [(top, False), (root["id"], True)]


def test_home_is_each_persons_own(world: World) -> None:
    home = {"type": "home", "blocks": [section("Hello Anna"), actions(button("go"))]}
    first = world.call("views_publish", user_id="U0ANNABERG", view=home)["view"]
    anna = world.client.person("anna")
    assert world.client.person("ben").home() is None
    shown = anna.home()
    assert shown is not None
    assert "Hello Anna" in words(shown["data"])
    anna.click(shown, "go")
    (payload,) = world.stub.payloads("block_actions")
    assert payload["view"]["type"] == "home"
    again = world.call("views_publish", user_id="U0ANNABERG", hash="old", view=home)
    assert again["error"] == "hash_conflict"
    fresh = world.call("views_publish", user_id="U0ANNABERG", hash=first["hash"], view=home)["view"]
    assert fresh["id"] == first["id"]


def test_an_external_select_asks_the_bot(world: World) -> None:
    element = {"type": "external_select", "action_id": "find", "min_query_length": 1}
    opened(world, modal(ask("sys", element)))
    world.stub.replies(Reply({"options": [option("fraud"), option("churn")]}))
    offered = world.client.do("suggest", person="anna", action_id="find", typed="f")["options"]
    assert offered == [option("fraud"), option("churn")]
    world.client.person("anna").submit({"sys": "churn"})
    (payload,) = world.stub.payloads("view_submission")
    assert payload["view"]["state"]["values"]["sys"]["find"]["selected_option"] == option("churn")
    (asked,) = world.stub.payloads("block_suggestion")
    assert (asked["value"], asked["action_id"], asked["block_id"]) == ("f", "find", "sys")


def test_a_select_may_ask_for_response_urls(world: World) -> None:
    element = {"type": "conversations_select", "action_id": "c", "response_url_enabled": True}
    opened(world, modal(ask("where", element)))
    world.client.person("anna").submit({"where": "C0NOBOT"})
    (one,) = world.stub.payloads("view_submission")[0]["response_urls"]
    assert (one["channel_id"], one["block_id"]) == ("C0NOBOT", "where")


def test_nobody_touches_another_persons_modal(world: World) -> None:
    view = opened(world, NOTE)
    with pytest.raises(SandboxError, match="not open"):
        world.client.do("click", person="ben", view=view["id"], action_id="text")


def test_an_external_id_is_unique(world: World) -> None:
    opened(world, {**NOTE, "external_id": "one"})
    again = world.call("views_open", trigger_id=trigger(world), view={**NOTE, "external_id": "one"})
    assert again["error"] == "duplicate_external_id"
    assert world.call("views_update", external_id="one", view={**NOTE, "external_id": "one"})["ok"]


def test_bolt_and_the_sdk_may_send_a_view_as_text(world: World) -> None:
    async def as_form() -> object:
        form = {"trigger_id": given, "view": '{"type": "modal", "title": {}, "blocks": []}'}
        return await world.sdk().api_call("views.open", data=form)

    given = trigger(world)
    with pytest.raises(Exception, match="invalid_arguments"):
        asyncio.run(as_form())
