"""The page in a real browser; every test ends with an empty console."""

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.sandbox.engine import Json, Reply, World, actions, ask, boxes, button, modal, option, section, writing
from tests.slack_json import confirm, mrkdwn, plain

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium on this machine.")

ANNA, TEAM = "U0ANNABERG", "C0FRAUDTEAM"
Window = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield launched
        launched.close()


@pytest.fixture
def window(browser: Browser, world: World) -> Iterator[Window]:
    said: list[str] = []
    opened: list[Page] = []

    def open_as(who: str = "anna", address: str = f"c={TEAM}", width: int = 1280, height: int = 800) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(8000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{world.ws.base_url}/w?as={who}&{address}")
        opened.append(page)
        return page

    yield open_as
    for page in opened:
        page.close()
    assert said == []


def call(world: World, method: str, **arguments: Any) -> Json:  # noqa: ANN401 - a method's arguments
    """Call as the bot; in a thread of its own, because Playwright keeps this one's event loop."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: world.call(method, **arguments)).result()
    assert answer["ok"], answer
    return answer


def post(world: World, *blocks: Json) -> str:
    return str(call(world, "chat_postMessage", channel=TEAM, text="x", blocks=list(blocks))["ts"])


def open_modal(world: World, *blocks: Json) -> None:
    call(world, "views_open", trigger_id=world.ws.new_trigger(ANNA), view=modal(*blocks))


def say(world: World, text: str, who: str = "ben") -> None:
    world.client.do("send", person=who, channel="fraud-team", text=text)


def checklist(count: int) -> list[Json]:
    """Make a card as the bot draws it: one checkbox a block, with a bold title and a description."""
    rows = []
    for number in range(count):
        text = mrkdwn(f"*Item {number}, which is long enough to need a second line on a phone*")
        shown = {**option(f"i{number}"), "text": text, "description": plain(f"What to do about {number}, in a line")}
        rows.append(actions({"type": "checkboxes", "action_id": "tick", "options": [shown]}, block_id=f"{number}~0"))
    return [{"type": "header", "text": plain("Ethics check · Fraud model v3")}, *rows, actions(button())]


def ticks(world: World) -> list[list[str]]:
    payloads = world.stub.payloads("block_actions")
    return [[one["value"] for one in payload["actions"][0]["selected_options"]] for payload in payloads]


@pytest.mark.parametrize("address", [f"c={TEAM}", "tab=home", "panel=traffic", "panel=faults", "c=C0LAUNCHES&menu=1"])
def test_everything_fits_a_phone(world: World, window: Window, address: str) -> None:
    post(world, *checklist(30), section("x" * 200), section("`" + "y" * 200 + "`"))
    call(world, "views_publish", user_id=ANNA, view={"type": "home", "blocks": checklist(5)})
    page = window(address=address, width=390, height=844)
    expect(page.get_by_role("main")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in page.locator(".scroll").all():
        assert part.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_sidebar_folds_away_on_a_phone(world: World, window: Window) -> None:
    page = window(width=390, height=844)
    assert world.ws.version >= 0
    expect(page.get_by_role("navigation", name="Channels and apps")).to_be_hidden()
    page.get_by_role("link", name="Open the list of channels").click()
    page.get_by_role("link", name="launches").click()
    expect(page.get_by_role("heading", name="#launches")).to_be_visible()
    expect(page.get_by_role("navigation", name="Channels and apps")).to_be_hidden()


def test_a_tick_stays_while_others_write_and_goes_with_a_new_block(world: World, window: Window) -> None:
    ts = post(world, *checklist(3))
    page = window()
    box = page.get_by_role("checkbox", name=re.compile("^Item 1,.*What to do about 1"))
    box.check()
    world.client.until(lambda: ticks(world) == [["i1"]])
    say(world, "something else")
    call(world, "chat_update", channel=TEAM, ts=ts, text="x", blocks=checklist(3))
    expect(page.get_by_text("something else")).to_be_visible()
    expect(box).to_be_checked()
    fresh = [{**block, "block_id": f"{index}~1"} for index, block in enumerate(checklist(3))]
    call(world, "chat_update", channel=TEAM, ts=ts, text="x", blocks=fresh)
    expect(box).not_to_be_checked()


def test_two_windows_are_two_people(world: World, window: Window) -> None:
    post(world, actions(boxes("tick", "one"), block_id="a"))
    anna, ben = window("anna"), window("ben")
    anna.get_by_role("checkbox", name="One").check()
    ben.get_by_role("textbox", name="Message #fraud-team").fill("I saw nothing")
    ben.keyboard.press("Enter")
    expect(anna.get_by_role("log").get_by_text("I saw nothing")).to_be_visible()
    expect(ben.get_by_role("checkbox", name="One")).not_to_be_checked()
    expect(ben.get_by_role("textbox", name="Message #fraud-team")).to_have_value("")


def test_a_draft_and_the_cursor_survive_what_others_do(world: World, window: Window) -> None:
    page = window()
    field = page.get_by_role("textbox", name="Message #fraud-team")
    field.fill("half a")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("thought")
    page.keyboard.press("ArrowLeft")
    say(world, "interruption")
    expect(page.get_by_text("interruption")).to_be_visible()
    page.keyboard.type("!")
    expect(field).to_have_value("half a\nthough!t")
    expect(field).to_be_focused()


def test_commands_complete(world: World, window: Window) -> None:
    world.ws.manifest.data["features"]["slash_commands"][0]["usage_hint"] = "help | ethics-check [system]"
    page = window()
    field = page.get_by_role("textbox", name="Message #fraud-team")
    field.press_sequentially("/ai")
    expect(page.get_by_role("option")).to_have_count(3)
    page.keyboard.type("pm e")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(field).to_have_value("/aipm ethics-check ")
    page.keyboard.type("Fraud model")
    page.keyboard.press("Enter")
    (sent,) = world.client.until(lambda: world.stub.payloads("command"))
    assert sent["text"] == "ethics-check Fraud model"


def test_arrows_choose_a_command(world: World, window: Window) -> None:
    world.ws.manifest.data["features"]["slash_commands"][0]["usage_hint"] = "alpha | beta"
    page = window()
    field = page.get_by_role("textbox", name="Message #fraud-team")
    field.press_sequentially("/aipm ")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value("/aipm beta")
    assert world.stub.payloads("command") == []


def test_a_modal_from_opening_to_closing(world: World, window: Window) -> None:
    page = window()
    page.get_by_role("textbox", name="Message #fraud-team").focus()
    open_modal(world, ask("note", writing(multiline=True)), ask("short", writing(), optional=True))
    dialog = page.get_by_role("dialog", name="Details")
    expect(dialog.get_by_role("textbox", name="note")).to_be_focused()
    say(world, "meanwhile")
    dialog.get_by_role("textbox", name="short").fill("kept")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Please complete this required field.")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="note")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("textbox", name="note")).to_be_focused()
    world.stub.replies(Reply({"response_action": "errors", "errors": {"short": "Too short."}}))
    dialog.get_by_role("textbox", name="note").fill("two\nlines")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Too short.")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="short")).to_have_value("kept")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("textbox", name="Message #fraud-team")).to_be_focused()
    sent = world.stub.payloads("view_submission")[-1]["view"]["state"]["values"]
    assert (sent["note"]["text"]["value"], sent["short"]["text"]["value"]) == ("two\nlines", "kept")


def test_the_page_behind_a_modal_is_out_of_reach_and_escape_closes(world: World, window: Window) -> None:
    page = window()
    open_modal(world, section("Read this"))
    dialog = page.get_by_role("dialog", name="Details")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.locator("#workspace")).to_have_attribute("inert", "")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.closest('#workspace')")
    dialog.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert world.ws.modal(ANNA) is None


def test_a_button_that_asks_first(world: World, window: Window) -> None:
    asked = confirm(title=plain("Sure?"), confirm=plain("Do it"), deny=plain("Leave it"))
    post(world, actions({**button(), "confirm": asked}, {**boxes("tick", "one"), "confirm": asked}))
    page = window()
    dialog = page.get_by_role("dialog", name="Sure?")
    page.get_by_role("button", name="Go").click()
    say(world, "a change behind the question")
    expect(page.get_by_text("a change behind")).to_be_visible()
    dialog.get_by_role("button", name="Leave it").click()
    page.get_by_role("checkbox", name="One").click()
    dialog.get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("checkbox", name="One")).not_to_be_checked()
    assert world.stub.payloads("block_actions") == []
    page.get_by_role("button", name="Go").click()
    dialog.get_by_role("button", name="Do it").click()
    world.client.until(lambda: len(world.stub.payloads("block_actions")) == 1)


def test_a_button_is_busy_until_the_bot_answers_and_then_warns(world: World, window: Window) -> None:
    post(world, actions(button()))
    world.stub.replies(Reply(delay=4))
    page = window()
    page.get_by_role("button", name="Go").click()
    say(world, "while it works")
    expect(page.get_by_text("while it works")).to_be_visible()
    expect(page.get_by_role("button", name="Go")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("This app did not respond")).to_be_visible()
    expect(page.get_by_role("button", name="Go")).not_to_have_attribute("aria-busy", "true")


def test_menus_dates_and_people_in_a_message(world: World, window: Window) -> None:
    menu = {"type": "static_select", "action_id": "pick", "options": [option("one"), option("two")]}
    more = {"type": "overflow", "action_id": "more", "options": [option("first"), option("last")]}
    who, day = {"type": "users_select", "action_id": "who"}, {"type": "datepicker", "action_id": "day"}
    post(world, actions({**menu, "placeholder": plain("Pick")}, {**who, "placeholder": plain("Owner")}, day, more))
    page = window()
    page.get_by_role("combobox", name="Pick").select_option("Two")
    page.get_by_role("combobox", name="Owner").select_option("Ben Ortiz")
    page.get_by_label("Date").fill("2026-12-24")
    page.get_by_label("More options").click()
    page.get_by_role("button", name="Last").click()
    payloads = world.client.until(
        lambda: world.stub.payloads("block_actions") if len(world.stub.payloads("block_actions")) == 4 else []
    )
    done = [payload["actions"][0] for payload in payloads]
    assert done[0]["selected_option"]["value"] == "two"
    assert done[1]["selected_user"] == "U0BENORTIZ"
    assert done[2]["selected_date"] == "2026-12-24"
    assert done[3]["selected_option"]["value"] == "last"


def test_a_thread_opens_beside_and_takes_a_reply(world: World, window: Window) -> None:
    post(world, section("The parent"))
    page = window()
    page.get_by_role("article").hover()
    page.get_by_role("link", name="Reply in thread").click()
    page.get_by_role("textbox", name="Reply…").fill("me first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log", name="Thread").get_by_text("me first")).to_be_visible()
    expect(page.get_by_role("link", name="1 reply")).to_be_visible()
    page.get_by_role("link", name="Close the thread").click()
    expect(page.get_by_role("log", name="Thread")).to_have_count(0)


def test_traffic_stays_open_while_more_arrives(world: World, window: Window) -> None:
    post(world, section("first"))
    page = window(address="panel=traffic")
    page.get_by_text("chat.postMessage").click()
    expect(page.get_by_role("complementary", name="Traffic").get_by_text('"text": "first"').first).to_be_visible()
    call(world, "auth_test")
    expect(page.get_by_text("auth.test")).to_be_visible()
    expect(page.get_by_role("complementary", name="Traffic").get_by_text('"text": "first"').first).to_be_visible()


def test_switching_person_channel_and_back(world: World, window: Window) -> None:
    say(world, "hello", who="chika")
    page = window(address="c=C0GENERAL")
    page.get_by_role("link", name="fraud-team").click()
    expect(page.get_by_text("hello")).to_be_visible()
    expect(page).to_have_title(re.compile("fraud-team · Anna Berg"))
    page.get_by_role("link", name="Be Chika Ito").click()
    expect(page).to_have_title(re.compile("fraud-team · Chika Ito"))
    expect(page.get_by_role("link", name="risk-board")).to_have_count(0)
    page.go_back()
    expect(page).to_have_title(re.compile("fraud-team · Anna Berg"))


def test_home_is_opened_by_its_link_and_by_its_address(world: World, window: Window) -> None:
    page = window()
    page.get_by_role("link", name="aipm Home").click()
    world.client.until(lambda: len(world.stub.payloads("app_home_opened")) == 1)
    call(world, "views_publish", user_id=ANNA, view={"type": "home", "blocks": [section("Drawn"), actions(button())]})
    page.get_by_role("region", name="Home of aipm").get_by_role("button", name="Go").click()
    world.client.until(lambda: len(world.stub.payloads("block_actions")) == 1)
    page.reload()
    world.client.until(lambda: len(world.stub.payloads("app_home_opened")) == 2)
    expect(page.get_by_text("Drawn")).to_be_visible()


def test_the_switches_work(world: World, window: Window) -> None:
    page = window(address=f"c={TEAM}&panel=faults")
    page.get_by_label("How often").select_option("until I switch it off")
    page.get_by_label("Calls of").select_option("chat.update")
    switch = page.get_by_role("switch", name="Answer 429 with Retry-After")
    switch.check()
    expect(page.get_by_text("chat.update", exact=True).last).to_be_visible()
    assert [(one.kind, one.method, one.count) for one in world.ws.faults.on] == [("ratelimited", "chat.update", None)]
    switch.uncheck()
    world.client.until(lambda: world.ws.faults.on == [])
    page.get_by_role("link", name="Clock").click()
    page.get_by_role("button", name="+ 1 week").click()
    world.client.until(lambda: world.ws.clock.offset == 604_800)


def test_the_page_says_when_the_sandbox_is_gone(world: World, window: Window) -> None:
    page = window()
    expect(page.get_by_role("log")).to_be_visible()
    world.ws.close()
    world.client.state()  # wakes the sandbox's loop, which closing from this thread does not
    expect(page.get_by_text("The sandbox does not answer.")).to_be_visible()
