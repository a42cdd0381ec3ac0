"""The page over HTTP, without a browser: what is sent, and what its forms do."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.place import Place
from sandbox.posts import DEEDS
from sandbox.render import completions
from tests.sandbox.engine import Reply, World, actions, ask, boxes, button, modal, option, section, writing
from tests.sandbox.markup import read

TEAM = "C0FRAUDTEAM"
ANNA, BEN, CHIKA = "U0ANNABERG", "U0BENORTIZ", "U0CHIKAITO"
HELP = "*Checklists*\n`/aipm ethics-check [system version]`  Look at harm\n`/aipm export ID`"


@contextmanager
def answered(
    world: World, method: str, path: str, body: str | None = None, timeout: float = 10
) -> Iterator[HTTPResponse]:
    with closing(HTTPConnection(urlsplit(world.ws.base_url).netloc, timeout=timeout)) as connection:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(method, path, body, headers)
        yield connection.getresponse()


def get(world: World, path: str = "/w", **query: str) -> str:
    with answered(world, "GET", f"{path}?{urlencode(query)}") as answer:
        assert answer.status == 200
        return answer.read().decode()


def press(world: World, deed: str, form: dict[str, Any] | None = None, **query: str) -> int:
    asked = urlencode({"as": "anna", **query})
    with answered(world, "POST", f"/ui/{deed}?{asked}", urlencode(form or {}, doseq=True)) as answer:
        answer.read()
        return answer.status


def words(html: str) -> str:
    return " ".join(read(html.replace("<!doctype html>", "").replace("<", " <")).text.split())


def go(world: World, *blocks: dict[str, Any]) -> str:
    """Post a message of the bot; give its ts."""
    return str(world.post(blocks=list(blocks))["ts"])


def open_modal(world: World, *blocks: dict[str, Any]) -> str:
    trigger = world.ws.new_trigger(ANNA)
    opened = world.call("views_open", trigger_id=trigger, view=modal(*blocks))
    return str(opened["view"]["id"])


def test_the_root_leads_to_the_page(world: World) -> None:
    with answered(world, "GET", "/") as answer:
        assert (answer.status, answer.getheader("location")) == (302, "/w")


@pytest.mark.parametrize("path", ["/w", "/stream"])
def test_nothing_foreign_may_be_loaded(world: World, path: str) -> None:
    with answered(world, "GET", path) as answer:
        policy = str(answer.getheader("content-security-policy"))
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("panel", ["", "traffic", "faults", "clock"])
def test_the_page_is_whole_and_has_nothing_inline(world: World, panel: str) -> None:
    world.ws.people[BEN] = world.ws.people[BEN].__class__(BEN, "ben", "<script>\"'", "Europe/Berlin")
    world.ws.toasts[ANNA] = world.ws.notice = "<script>alert(1)</script>"
    ts = go(world, section("<!channel> &lt;b&gt;"), actions(button()))
    world.client.do("send", person="ben", channel="fraud-team", text="<i>hi</i>", thread_ts=ts)
    open_modal(world, ask("note", writing()))
    html = get(world, c=TEAM, panel=panel, thread=ts)
    tags = read(html.replace("<!doctype html>", "")).tags
    scripts = [tag.attributes.get("src") for tag in tags if tag.name == "script"]
    assert scripts == ["/static/idiomorph.min.js", "/static/sandbox.js"]
    assert not [tag for tag in tags if tag.name == "style" or "style" in tag.attributes]
    assert not [tag for tag in tags for name in tag.attributes if name.startswith("on")]
    ids = [tag.attributes["id"] for tag in tags if "id" in tag.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["sandbox.css", "sandbox.js", "idiomorph.min.js", "icon.svg", "LICENSES.txt"])
def test_what_the_page_loads_is_there(world: World, name: str) -> None:
    with answered(world, "GET", f"/static/{name}") as answer:
        assert answer.status == 200


def test_an_empty_channel_says_what_to_type(world: World) -> None:
    world.ws.manifest.data["features"]["slash_commands"][0]["usage_hint"] = "help | ethics-check Fraud model v3"
    assert "Try /aipm help or /aipm ethics-check Fraud model v3 ." in words(get(world, c="C0LAUNCHES"))


@pytest.mark.parametrize(
    "query", [{}, {"as": "nobody", "c": "C0NOWHERE", "count": "x"}, {"c": "D0BEN"}, {"as": "aipm"}]
)
def test_a_wrong_address_shows_something_sensible(world: World, query: dict[str, str]) -> None:
    assert "Anna Berg" in words(get(world, **query))


def test_it_says_who_is_an_admin(world: World) -> None:
    html = get(world, **{"as": "chika"})
    assert 'aria-label="Be Chika Ito, a workspace admin"' in html
    assert 'aria-label="Be Anna Berg"' in html
    assert "Chika Ito · admin" in words(html)
    assert "· admin" not in words(get(world))


def test_each_person_sees_only_their_own(world: World) -> None:
    world.call("chat_postEphemeral", channel=TEAM, user=ANNA, text="for Anna")
    anna, chika = (words(get(world, **{"as": who, "c": TEAM})) for who in ("anna", "chika"))
    assert "Only visible to you" in anna
    assert "for Anna" in anna
    assert "for Anna" not in chika
    assert ("risk-board" in anna, "risk-board" in chika) == (True, False)


def test_a_channel_becomes_bold_until_it_is_looked_at(world: World) -> None:
    def unread(who: str) -> bool:
        tags = read(get(world, **{"as": who, "c": "C0GENERAL"}).replace("<!doctype html>", "")).tags
        return any(tag.name == "a" and "fraud-team" in tag.text and "unread" in tag.attributes["class"] for tag in tags)

    world.client.do("send", person="ben", channel="fraud-team", text="hello")
    assert (unread("anna"), unread("ben")) == (True, False)
    get(world, c=TEAM)
    assert not unread("anna")


def test_only_the_newest_messages_are_shown_until_more_are_asked_for(world: World) -> None:
    for number in range(33):
        world.client.do("send", person="anna", channel="fraud-team", text=f"number-{number};")
    html = get(world, c=TEAM)
    assert "number-2;" not in html
    assert "number-3;" in html
    assert "Show older messages (3)" in words(html)
    assert "number-0;" in get(world, c=TEAM, count="60")


def drawing(answer: HTTPResponse) -> str:
    """Read one event of a stream."""
    lines = iter(lambda: answer.readline().decode().rstrip("\n"), "")
    return "\n".join(line.removeprefix("data: ") for line in lines)


def test_the_stream_is_silent_while_nothing_changes(world: World) -> None:
    with answered(world, "GET", "/stream", timeout=0.7) as answer:
        drawing(answer)
        with pytest.raises(TimeoutError):
            answer.readline()


def test_no_line_break_of_a_text_breaks_the_stream(world: World) -> None:
    world.post(text="one\rtwo\r\nthree\u2028four")
    with answered(world, "GET", f"/stream?as=anna&c={TEAM}") as answer:
        lines = list(iter(answer.readline, b"\n"))
    assert all(line.startswith(b"data: ") and b"\r" not in line for line in lines)
    assert b"one&#13;two" in b"".join(lines)


def test_the_stream_draws_at_once_and_at_every_change(world: World) -> None:
    with answered(world, "GET", f"/stream?as=anna&c={TEAM}") as answer:
        assert answer.getheader("content-type", "").startswith("text/event-stream")
        first = drawing(answer)
        assert first.lstrip().startswith('<div id="app"')
        assert "good morning" not in first
        world.client.do("send", person="ben", channel="fraud-team", text="good morning")
        second = drawing(answer)
        while "good morning" not in second:
            second = drawing(answer)
        read(second)
        world.ws.close()


def test_opening_home_is_told_once(world: World) -> None:
    get(world, tab="home")
    with answered(world, "GET", "/stream?as=anna&tab=home") as answer:
        answer.readline()
    assert press(world, "home", tab="messages") == 204
    opened = world.client.until(lambda: len(world.stub.payloads("app_home_opened")) == 2)
    assert opened
    assert [one["event"]["tab"] for one in world.stub.payloads("app_home_opened")] == ["home", "messages"]


def test_home_shows_what_the_app_drew(world: World) -> None:
    assert "Nothing here yet" in words(get(world, tab="home"))
    world.call("views_publish", user_id=ANNA, view={"type": "home", "blocks": [section("Welcome *back*")]})
    assert "Welcome back" in words(get(world, tab="home"))


@pytest.mark.parametrize("thread", [False, True])
def test_a_permalink_leads_to_the_message(world: World, thread: bool) -> None:  # noqa: FBT001
    ts = go(world, section("x"))
    if thread:
        world.client.do("send", person="ben", channel="fraud-team", text="reply", thread_ts=ts)
    link = world.call("chat_getPermalink", channel=TEAM, message_ts=ts)["permalink"]
    with answered(world, "GET", f"{urlsplit(link).path}?as=ben") as answer:
        expected = urlencode({"as": "ben", "c": TEAM, **({"thread": ts} if thread else {})})
        assert (answer.status, answer.getheader("location")) == (302, f"/w?{expected}#m-{ts}")


def test_sending_and_replying(world: World) -> None:
    assert press(world, "send", {"text": "hello\r\nthere"}, channel=TEAM) == 204
    (sent,) = world.ws.messages[TEAM]
    assert sent.data["text"] == "hello\nthere"
    assert press(world, "send", {"text": "reply"}, channel=TEAM, thread=sent.ts) == 204
    assert world.ws.messages[TEAM][1].thread_ts == sent.ts
    assert press(world, "send", {"text": "  "}, channel=TEAM) == 204
    assert len(world.ws.messages[TEAM]) == 2


def test_a_tick_sends_everything_that_the_message_shows(world: World) -> None:
    ts = go(world, actions(boxes("tick", "one"), block_id="a"), actions(boxes("tick", "two"), block_id="b"))
    form = {"a::tick": ["one"], "b::tick": ["two"]}
    assert press(world, "act", form, channel=TEAM, ts=ts, block="b", action="tick") == 204
    (payload,) = world.stub.payloads("block_actions")
    assert [one["block_id"] for one in payload["actions"]] == ["b"]
    assert payload["actions"][0]["selected_options"] == [option("two")]
    assert payload["state"]["values"]["a"]["tick"]["selected_options"] == [option("one")]


def test_an_untick_sends_an_empty_choice(world: World) -> None:
    ts = go(world, actions(boxes("tick", "one", ticked=("one",)), block_id="a"))
    assert press(world, "act", {}, channel=TEAM, ts=ts, block="a", action="tick") == 204
    assert world.stub.payloads("block_actions")[0]["actions"][0]["selected_options"] == []


def test_an_overflow_menu_sends_what_was_taken(world: World) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [option("one"), option("two")]}
    ts = go(world, actions(menu, block_id="a"))
    assert press(world, "act", {}, channel=TEAM, ts=ts, block="a", action="more", value="two") == 204
    assert world.stub.payloads("block_actions")[0]["actions"][0]["selected_option"] == option("two")


def test_a_message_that_is_gone_says_so(world: World) -> None:
    assert press(world, "act", {}, channel=TEAM, ts="1.0", block="a", action="b") == 409
    assert "That is not there (any more)." in words(get(world))
    assert press(world, "dismiss") == 204
    assert "not there" not in words(get(world))


def test_a_bot_that_fails_leaves_a_warning_for_who_clicked(world: World) -> None:
    ts = go(world, actions(button()))
    world.stub.replies(Reply(status=500))
    press(world, "act", {}, channel=TEAM, ts=ts, block="row", action="go")
    assert "This app did not respond" in words(get(world, c=TEAM))
    assert "did not respond" not in words(get(world, **{"as": "ben", "c": TEAM}))


def test_a_modal_shows_errors_and_keeps_what_was_typed(world: World) -> None:
    view = open_modal(world, ask("note", writing()), ask("more", writing(), optional=True))
    assert press(world, "submit", {"more::text": "kept"}, view=view) == 204
    html = get(world)
    assert "Please complete this required field." in words(html)
    assert 'value="kept"' in html
    world.stub.replies(Reply({"response_action": "errors", "errors": {"note": "Too short."}}))
    assert press(world, "submit", {"note::text": "a"}, view=view) == 204
    assert "Too short." in words(get(world))
    assert world.stub.payloads("view_submission")[0]["view"]["state"]["values"]["note"]["text"]["value"] == "a"
    assert press(world, "submit", {"note::text": "long"}, view=view) == 204
    assert world.ws.modal(ANNA) is None


def test_an_external_select_offers_what_the_bot_answers(world: World) -> None:
    view = open_modal(world, ask("system", {"type": "external_select", "action_id": "pick"}))
    world.stub.replies(Reply({"options": [option("fraud"), option("support")]}))
    assert press(world, "suggest", view=view, block="system", action="pick", typed="f") == 204
    assert world.stub.payloads("block_suggestion")[0]["value"] == "f"
    assert "Fraud Support" in words(get(world))
    press(world, "submit", {"system::pick": "support"}, view=view)
    (sent,) = world.stub.payloads("view_submission")
    assert sent["view"]["state"]["values"]["system"]["pick"]["selected_option"] == option("support")


def test_a_late_press_does_not_reach_another_modal(world: World) -> None:
    view = open_modal(world, section("x"))
    press(world, "close", view="V0LD")
    press(world, "submit", view="V0LD")
    assert world.ws.modal(ANNA) is not None
    press(world, "close", view=view, all="1")
    assert world.ws.modal(ANNA) is None


def test_shortcuts_of_the_app_and_of_a_message(world: World) -> None:
    ts = go(world, section("x"))
    html = get(world, c=TEAM)
    assert "callback=note" in html
    assert "callback=start" in html
    press(world, "shortcut", callback="note", channel=TEAM, ts=ts)
    press(world, "shortcut", callback="start", channel=TEAM)
    assert [one["callback_id"] for one in world.stub.payloads("message_action")] == ["note"]
    assert [one["callback_id"] for one in world.stub.payloads("shortcut")] == ["start"]


def test_bringing_the_bot_in_and_out_and_archiving(world: World) -> None:
    assert "aipm is not here" in words(get(world, c="C0NOBOT"))
    assert press(world, "bot", channel="C0NOBOT", do="invite") == 204
    assert "aipm is here" in words(get(world, c="C0NOBOT"))
    assert press(world, "bot", channel="C0NOBOT", do="remove") == 204
    assert press(world, "channel", channel="C0NOBOT", do="archive") == 204
    assert "This channel is archived." in words(get(world, c="C0NOBOT"))
    assert press(world, "channel", channel="C0NOBOT", do="unarchive") == 204
    assert not world.ws.channels["C0NOBOT"].archived


def test_slacks_own_commands_bring_the_bot_in_and_out(world: World) -> None:
    assert ("/invite @aipm", "/invite @aipm", "Bring it into this channel") in completions(
        world.ws, Place(ANNA, "C0NOBOT")
    )
    assert press(world, "send", {"text": "/invite @aipm"}, channel="C0NOBOT") == 204
    assert "aipm is here" in words(get(world, c="C0NOBOT"))
    assert press(world, "send", {"text": "/remove @aipm"}, channel="C0NOBOT") == 204
    assert "aipm is not here" in words(get(world, c="C0NOBOT"))
    assert press(world, "send", {"text": "/invite @nobody"}, channel="C0NOBOT") == 409
    assert "There is nobody called" in words(get(world))


def test_an_ephemeral_can_be_put_away_by_its_reader_only(world: World) -> None:
    ts = world.call("chat_postEphemeral", channel=TEAM, user=ANNA, text="x")["message_ts"]
    press(world, "hide", **{"as": "ben", "channel": TEAM, "ts": ts})
    assert len(world.ws.messages[TEAM]) == 1
    press(world, "hide", channel=TEAM, ts=ts)
    assert world.ws.messages[TEAM] == []


def test_faults_are_switched_on_and_off(world: World) -> None:
    form = {"on": ["ratelimited"], "method": "chat.postMessage", "count": "1"}
    assert press(world, "fault", form, kind="ratelimited") == 204
    assert world.post()["error"] == "ratelimited"
    assert world.post()["ok"]
    press(world, "fault", {"on": ["error_before", "twice"], "method": "views.open", "count": ""}, kind="twice")
    assert [(one.kind, one.method, one.count) for one in world.ws.faults.on] == [("twice", "*", None)]
    press(world, "fault", {"on": []}, kind="twice")
    assert world.ws.faults.on == []


def test_rules_of_the_workspace(world: World) -> None:
    counted = []
    for form in ({"limits": "1"}, {}):
        press(world, "limits", form)
        counted.append(world.ws.rates.enabled)
    assert counted == [True, False]
    press(world, "scope", {"granted": ["chat:write.public"]}, scope="chat:write.public")
    assert "chat:write.public" in world.ws.manifest.scopes
    press(world, "scope", {"granted": []}, scope="chat:write.public")
    assert "chat:write.public" not in world.ws.manifest.scopes
    press(world, "app", do="uninstall")
    assert "not installed in this workspace" in words(get(world))
    press(world, "app", do="install")
    assert world.ws.installed


def test_the_clock_moves_and_says_what_the_bot_did(world: World) -> None:
    async def tick(since: float, now: float) -> str:
        return f"1 posted at {round(now - since)}"

    world.ws.tick = tick
    assert press(world, "clock", seconds="86400") == 204
    assert world.ws.clock.offset == 86_400
    assert "1 posted at 86400" in words(get(world))


def test_the_notice_of_a_dead_bot_can_be_put_away(world: World) -> None:
    world.ws.notice = "The bot stopped (exit code 1)."
    assert "The bot stopped" in words(get(world))
    press(world, "dismiss", what="notice")
    assert "The bot stopped" not in words(get(world))


def test_traffic_shows_both_ways_as_json(world: World) -> None:
    press(world, "send", {"text": "/aipm help"}, channel=TEAM)
    world.post(text="Hello <there>")
    html = get(world, c=TEAM, panel="traffic")
    shown = words(html)
    assert re.search(r"bot → Slack chat\.postMessage 200 .* Slack → bot /aipm 200", shown)
    assert '"text": "Hello <there>"' in shown
    assert world.ws.token not in html


def test_a_file_can_be_downloaded(world: World) -> None:
    link = world.call("files_getUploadURLExternal", filename="run.csv", length=3)
    with answered(world, "POST", urlsplit(link["upload_url"]).path, "a,b") as answer:
        assert answer.status == 200
    files = [{"id": link["file_id"], "title": "The <run>"}]
    assert world.call("files_completeUploadExternal", files=files, channel_id=TEAM)["ok"]
    html = get(world, c=TEAM)
    assert "The <run> run.csv · 3 Bytes · Download" in words(html)
    assert f'href="/files/{link["file_id"]}"' in html


def test_commands_are_offered_from_the_manifest_and_from_what_help_said(world: World) -> None:
    world.ws.manifest.data["features"]["slash_commands"][0] |= {"usage_hint": "help", "description": "A coach"}
    world.call("chat_postEphemeral", channel=TEAM, user=ANNA, text="x", blocks=[section(HELP)])
    assert completions(world.ws, Place(ANNA, TEAM)) == [
        ("/aipm", "/aipm", "A coach"),
        ("/aipm ethics-check ", "/aipm ethics-check [system version]", "Look at harm"),
        ("/aipm export ", "/aipm export ID", ""),
        ("/aipm help", "/aipm help", "A coach"),
    ]
    assert len(completions(world.ws, Place(BEN, TEAM))) == 2


@pytest.mark.parametrize(("deed", "who"), [("unheard", "anna"), ("send", "nobody"), ("send", "aipm")])
def test_nobody_and_nothing_are_refused(world: World, deed: str, who: str) -> None:
    assert press(world, deed, {"text": "x"}, **{"as": who, "channel": TEAM}) == 404
    assert set(DEEDS) >= {"send", "act", "submit", "close", "home", "shortcut", "bot", "channel", "fault", "clock"}
