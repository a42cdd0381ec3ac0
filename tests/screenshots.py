"""Takes the pictures of the README: stories played in the sandbox, in a real browser; all, or those that are named."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.browser.stage import PHONE, ROOT, Card, NoChromium, Stage, Window, browsing, playing

PICTURES = ROOT / "docs" / "images"
LIMIT = 250_000
"""Bytes of a picture: a page of the README has to load quickly."""

PANE = ViewportSize(width=1000, height=1500)
MODAL = ViewportSize(width=900, height=1280)
WHOLE = ViewportSize(width=1280, height=820)
WEEK = 7 * 24 * 3600

ETHICS = "Ethics check · Fraud model v3"
DRIFT = "Drift response · Fraud model v3"
ASSISTANT = "Language-model check · Support assistant v2"

TICKED = {
    "ben": (
        "Compare the data against the real population",
        "Keep only the personal data the purpose needs",
        "Ask who made the labels and from what viewpoint",
    ),
    "anna": (
        "Set a minimum sample size per group before testing",
        "Write down who the system is for and who else it touches",
    ),
}
MARKED = {
    "Check the conditions, not only the people": (
        "Not applicable",
        "Card payments only: no device or sensor sits between people and the model.",
    ),
    "Decide how group attributes will be available for testing": (
        "At risk",
        "Privacy review of the sampled postcodes is booked for Tuesday.",
    ),
}
RIGHTS = "Prove the right to use each source"
RIGHTS_NOTE = "Register is complete for our own ledger. The bureau scores are licensed for credit, not for fraud yet."
RISKS = {
    RIGHTS: "Bureau scores stay switched off until legal has the amended licence, by 4 December.",
    "Decide how group attributes": "Shadow mode only until the review is done; no payment is blocked on it.",
}
PREPARED = (
    "Name the people on call and their roles",
    "Write the severity scale for model trouble",
    "Choose signals from the user side first",
    "Make rollback one step",
    "Calibrate thresholds on your own quiet weeks",
)
WORKED = (
    "Open the incident log and take the roles",
    "Rule out broken data first",
    "Ask what we changed",
    "Freeze training, auto-retraining and rollouts",
)
TIMELINE = (
    ("ben", "Alert: share of blocked payments 4.1 %, usual 1.2 %. Only prepaid cards."),
    ("anna", "Support confirms: 38 tickets since 08:10, all prepaid, all real customers."),
    ("ben", "Rolled back to v2 at the gateway. Blocked share falls."),
)

RETRO = {
    "What did we expect": (
        "We expected 1.2 % of payments to be blocked, as in the test set. From 08:10 it was 4.1 %, prepaid cards only. "
        "Support knew before our alert did: 38 tickets."
    ),
    "Why was there a difference": (
        "A supplier had relabelled prepaid cards. Our checks look at shares over all cards, so the average hid it. "
        "Luck: it was a Tuesday morning, with everybody at work."
    ),
    "What will we keep": (
        "Keep: one step to roll back, it took four minutes. Change: we watch each card type by itself. "
        "We know it worked when a planted relabelling rings within ten minutes."
    ),
    "What would have caught it": "An alert per card type, and a test with one type relabelled.",
}
DONE_SOON = ("Alert on the blocked share of each card type", "Ben Ortiz", "2027-01-15", "The alert rings in a drill")
DONE_LATER = (
    "Ask the supplier for notice of label changes",
    "Chika Ito",
    "2027-01-29",
    "Their answer, on file",
)

SUBSCRIBED = "/aipm learn subscribe core tuesday 10:00 Europe/Berlin"
LESSON = "Week 2 of 52 · Products that are sometimes wrong"
CHOSEN = ("The receipt beside the total", "The sentences, because there are 25 times as many")


@dataclass(frozen=True)
class Album:
    """Where pictures are taken and kept."""

    stage: Stage
    browser: Browser

    @contextmanager
    def window(self, who: str, channel: str, size: ViewportSize, **more: str) -> Iterator[Window]:
        """Open a window, and close it whatever happens."""
        opened = self.stage.open(self.browser, who, channel, size, **more)
        yield opened
        opened.page.context.close()

    def keep(self, name: str, picture: bytes) -> None:
        """Write a picture, unless it is too heavy."""
        if len(picture) > LIMIT:
            raise ValueError(f"{name}.png has {len(picture)} bytes, more than {LIMIT}.")
        (PICTURES / f"{name}.png").write_bytes(picture)
        print(f"{name}.png  {len(picture) // 1000} kB")


def main(named: list[str]) -> int:
    """Play the stories that are named, or all of them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    stories = {story.__name__: story for story in (check_the_data, respond, look_around, look_back, learn)}
    try:
        with TemporaryDirectory() as folder, browsing() as browser, playing(Path(folder)) as stage:
            for name in named or stories:
                stories[name](Album(stage, browser))
    except NoChromium as missing:
        print(missing)
        return 1
    return 0


def check_the_data(album: Album) -> None:
    """Work through an ethics check: the card, one item, the signature, the phone."""
    with album.window("anna", "fraud-team", PANE) as anna, album.window("ben", "fraud-team", PANE) as ben:
        begin(anna)
        windows = {"anna": anna, "ben": ben}
        for who, titles in TICKED.items():
            for title in titles:
                windows[who].card(ETHICS).box(title).check()
        for title, (state, note) in MARKED.items():
            fill_in(ben, ETHICS, title, state, note)
        tick_last(anna, ben)
    with album.window("chika", "fraud-team", PANE) as chika:
        album.keep("card", picture_of(chika, chika.card(ETHICS).root))
    with album.window("chika", "fraud-team", PHONE) as phone:
        phone.card(ETHICS).root.evaluate("card => card.scrollIntoView({ block: 'start' })")
        album.keep("phone", phone.page.screenshot())
    with album.window("ben", "fraud-team", MODAL) as ben:
        album.keep("details", details(ben))
        album.keep("signoff", signoff(ben))


def begin(anna: Window) -> None:
    """Start the check for one phase, through the form."""
    anna.type("/aipm ethics-check")
    form = anna.dialog("Ethics check")
    form.get_by_label("System").fill("Fraud model")
    form.get_by_label("Version").fill("v3")
    form.get_by_label("Predictive").check()
    form.get_by_label("Scope").select_option(label="Only: Data diversity")
    form.get_by_role("button", name="Start").click()
    expect(anna.card(ETHICS).root).to_be_visible()


def tick_last(anna: Window, ben: Window) -> None:
    """Let everybody see the last tick, so that the line at the end of the card is about it."""
    title = "Bring in people who know the affected setting"
    anna.card(ETHICS).box(title).check()
    expect(ben.card(ETHICS).box(title)).to_be_checked()
    expect(ben.card(ETHICS).root.get_by_text("7 of 10 done")).to_be_visible()


def details(ben: Window) -> bytes:
    """Show one item in full, half filled in."""
    card = ben.card(ETHICS)
    card.button("Details").click()
    form = ben.dialog("Details")
    expect(form.get_by_role("combobox").first.locator("option:checked")).to_contain_text(RIGHTS)
    form.get_by_label("At risk").check()
    form.get_by_label("Note or reason").fill(RIGHTS_NOTE)
    form.get_by_label("Evidence").fill("https://wiki.northwind.example/fraud/data-register")
    form.get_by_label("Owner").select_option(label="Chika Ito")
    taken = picture_of(ben, form)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    return taken


def signoff(ben: Window) -> bytes:
    """Show the signature, with the reasons given."""
    ben.card(ETHICS).button("Sign off").click()
    form = ben.dialog("Sign off")
    for title, reason in RISKS.items():
        form.get_by_label(title).fill(reason)
    form.get_by_label("Comment").fill("Go for shadow mode. We look again before the first blocked payment.")
    taken = picture_of(ben, form)
    form.get_by_role("button", name="Cancel").click()
    return taken


def respond(album: Album) -> None:
    """Handle an incident, after a preparation that was not complete."""
    with album.window("ben", "fraud-team", PANE) as ben, album.window("anna", "fraud-team", PANE) as anna:
        prepare(ben)
        ben.type("/aipm drift-response Fraud model v3")
        card = ben.card(DRIFT)
        take_roles(ben, card)
        for who, text in TIMELINE:
            note(anna if who == "anna" else ben, text)
            expect(card.line(text)).to_be_visible()
        tick_all(card, WORKED)
        card.button("Mark contained").click()
        ben.dialog("Mark it contained?").get_by_role("button", name="Contained").click()
        expect(card.button("Mark contained")).to_have_count(0)
    with album.window("chika", "fraud-team", PANE) as chika:
        card = chika.card(DRIFT)
        album.keep("response", picture_of(chika, card.root, until=card.root.get_by_text("Contain · 1 of 5")))


def prepare(ben: Window) -> None:
    """Prepare, but for two steps."""
    heading = "Drift response: preparation · Fraud model v3"
    ben.type("/aipm drift-response prepare Fraud model v3")
    tick_all(ben.card(heading), PREPARED)
    expect(ben.card(heading).root.get_by_text("5 of 7 done")).to_be_visible()


def tick_all(card: Card, titles: tuple[str, ...]) -> None:
    """Tick boxes one after the other."""
    for title in titles:
        card.box(title).check()


def take_roles(window: Window, card: Card) -> None:
    """Set severity and roles."""
    card.button("Severity and roles").click()
    form = window.dialog("Severity and roles")
    form.get_by_label("Severity").select_option(index=2)
    for role, name in {"Lead": "Anna Berg", "Operations": "Ben Ortiz", "Communications": "Chika Ito"}.items():
        form.get_by_label(role).select_option(label=name)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()


def note(window: Window, text: str) -> None:
    """Add to the timeline."""
    window.card(DRIFT).button("Add to timeline").click()
    form = window.dialog("Add to timeline")
    form.get_by_label("What happened?").fill(text)
    form.get_by_role("button", name="Add").click()
    expect(form).to_be_hidden()


def look_around(album: Album) -> None:
    """Show the whole sandbox, with the traffic beside the channel."""
    with album.window("chika", "launches", WHOLE) as chika, album.window("ben", "launches", WHOLE) as ben:
        album.stage.client.person("chika").open_home()
        ben.type("The assistant goes to the first 200 customers on Monday.")
        ben.type("/aipm llm-check Support assistant v2")
        card = chika.card(ASSISTANT)
        tick_all(card, ("Know what the model supplier", "Write the test questions", "Show each person only"))
        fill_in(ben, ASSISTANT, "Attack it through the content it reads", "At risk", "3 of 5 planted PDFs got through.")
        expect(card.root.get_by_text("3 of 9 done")).to_be_visible()
        chika.page.get_by_role("link", name="Traffic").click()
        expect(chika.page.get_by_text("chat.update").first).to_be_visible()
        chika.composer.press_sequentially("/aipm d")
        chika.page.mouse.move(0, 0)
        card.root.evaluate("card => card.scrollIntoView({ block: 'start' })")
        album.keep("sandbox", chika.page.screenshot())


def look_back(album: Album) -> None:
    """Hold a retro: the form half filled in, and the card with its actions."""
    with album.window("ben", "fraud-team", MODAL) as ben:
        ben.type("/aipm retro Fraud model v3")
        form = ben.dialog("Retro")
        for label, text in RETRO.items():
            form.get_by_label(label).fill(text)
        form.get_by_label("Kind").select_option(label="Incident")
        for cause in ("Data", "Process"):
            form.get_by_label(cause, exact=True).check()
        act(form, *DONE_SOON)
        form.get_by_role("button", name="Add this action").click()
        expect(form.get_by_text(DONE_SOON[0])).to_be_visible()
        act(form, *DONE_LATER)
        form.locator(".modal-body").evaluate("body => body.scrollTo(0, 0)")
        album.keep("retro-form", picture_of(ben, form))
        form.get_by_role("button", name="Log it").click()
        expect(form).to_be_hidden()
    with album.window("chika", "fraud-team", PANE) as chika:
        card = chika.card("Retro 1 · Fraud model v3")
        album.keep("retro", picture_of(chika, card.root))


def act(form: Locator, text: str, owner: str, due: str, proof: str) -> None:
    """Fill in the fields of an action."""
    form.get_by_label(re.compile("will you do")).fill(text)
    form.get_by_label("Who sees to it").select_option(label=owner)
    form.get_by_label("By when").fill(due)
    form.get_by_label(re.compile("proves it")).fill(proof)


def learn(album: Album) -> None:
    """Let two weeks pass, do the second lesson, and answer its quiz; last, because the clock never moves back."""
    with album.window("anna", "fraud-team", PANE) as anna, album.window("ben", "fraud-team", PANE) as ben:
        anna.type(SUBSCRIBED)
        expect(anna.whisper("✓ Started.")).to_be_visible()
        for _ in range(2):
            album.stage.client.advance(WEEK)
        for window, told in ((anna, "1 did it"), (ben, "2 did it")):
            window.card(LESSON).button("We did it").click()
            expect(window.card(LESSON).root).to_contain_text(told)
    with album.window("chika", "fraud-team", PANE) as chika:
        album.keep("lesson", picture_of(chika, chika.card(LESSON).root))
    with album.window("ben", "fraud-team", MODAL) as ben:
        album.keep("quiz", quiz(ben))


def quiz(ben: Window) -> bytes:
    """Show what was right in a quiz, and why."""
    ben.card(LESSON).button("Quiz me").click()
    form = ben.dialog("Quiz")
    for option in CHOSEN:
        form.get_by_label(option).check()
    form.get_by_role("button", name="Check").click()
    result = ben.dialog("Your answers")
    expect(result).to_be_visible()
    return picture_of(ben, result)


def fill_in(window: Window, heading: str, title: str, state: str, text: str) -> None:
    """Give an item a state and a note in its details."""
    window.card(heading).button("Details").click()
    form = window.dialog("Details")
    form.get_by_role("combobox").first.select_option(label=title)
    expect(form.locator(".section").first).to_contain_text(title)
    form.get_by_label(state).check()
    form.get_by_label("Note or reason").fill(text)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(window.card(heading).line(title)).to_contain_text(text)


def picture_of(window: Window, part: Locator, until: Locator | None = None) -> bytes:
    """Take a part of the page, down to something else if given, with nothing hovered and nothing focused."""
    window.page.mouse.move(0, 0)
    window.page.evaluate("document.activeElement.blur()")
    part.evaluate("part => part.scrollIntoView({ block: 'start' })")
    box, end = part.bounding_box(), until.bounding_box() if until else None
    if box is None:
        raise ValueError("What the picture is of cannot be seen.")
    return window.page.screenshot(clip={**box, "height": end["y"] - box["y"] if end else box["height"]})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
