"""What is open here, what is mine, where a system stands; and what nobody outside a private channel may learn."""

import pytest

from bot.checklists.model import Answer, Choices
from bot.checklists.service import Checklists, key
from bot.database import Actor, Database
from bot.delivery import store as delivery
from bot.errors import Gone, UnknownSystem
from bot.installs.service import Installs
from bot.installs.store import Install
from bot.systems.model import Named
from tests.samples import ANA, BEN, FRAUD, HERE, NOW, THERE, Clock, micros

MUSTS = ("W1", "R1", "R2", "R4")
ELSEWHERE = "CSECRET"
INSTALL = Install("T1", "Acme", "https://acme.slack.com/", "B1", "UBOT")


def start(
    checklists: Checklists, name: str = "house-check", named: Named = FRAUD, channel: str = HERE, by: Actor = ANA
) -> int:
    return checklists.start(name, named, Choices(), by=by, channel=channel).run_id


def sign(checklists: Checklists, run_id: int) -> None:
    checklists.sign(run_id, dict.fromkeys(MUSTS, "We accept."), by=BEN)


def seen(checklists: Checklists, named: Named = FRAUD, channel: str = HERE) -> list[int]:
    return [one.id for one in checklists.of_system(named, workspace="T1", channel=channel)]


# Open runs of a channel


def test_open_runs_of_a_channel_are_listed_newest_first(checklists: Checklists) -> None:
    first = start(checklists)
    second = start(checklists, "band-check")
    start(checklists, channel=THERE)
    sign(checklists, start(checklists, named=Named("Signed")))
    checklists.discard(start(checklists, named=Named("Discarded")), by=ANA)
    assert [one.id for one in checklists.open_in("T1", HERE)] == [second, first]
    assert checklists.open_in("T1", "CNOWHERE") == []


def test_a_line_says_what_stands_on_the_card(checklists: Checklists) -> None:
    run_id = start(checklists)
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    line = checklists.brief("T1", run_id)
    assert (line.title, line.checklist_id, line.system) == ("The house-check", "house-check", "Fraud model v3")
    assert (line.met, line.total, line.state, line.channel, line.started_at) == (1, 6, "open", HERE, NOW)
    assert (line.signed_at, line.signed_by, line.link) == (None, None, None)


def test_a_signed_line_says_who_and_when(checklists: Checklists) -> None:
    run_id = start(checklists)
    sign(checklists, run_id)
    line = checklists.brief("T1", run_id)
    assert (line.state, line.signed_by, line.signed_at) == ("signed", "UBEN", NOW)


def test_a_line_links_to_its_card_once_both_are_known(
    checklists: Checklists, installs: Installs, database: Database
) -> None:
    run_id = start(checklists)
    installs.remember(INSTALL)
    assert checklists.brief("T1", run_id).link is None
    with database.write() as tx:
        delivery.sent(tx, key("T1", run_id), 1, "1712345.000100")
    link = "https://acme.slack.com/archives/CHERE/p1712345000100"
    assert checklists.brief("T1", run_id).link == link
    assert checklists.record("T1", run_id).link == link


@pytest.mark.parametrize("workspace", ["T1", "T2"])
def test_what_is_not_there_has_no_line(checklists: Checklists, workspace: str) -> None:
    run_id = start(checklists)
    with pytest.raises(Gone):
        checklists.brief(workspace, run_id if workspace == "T2" else 4711)


# My items


def test_my_open_items_are_listed_from_every_channel(checklists: Checklists) -> None:
    here, there = start(checklists), start(checklists, channel=ELSEWHERE)
    for run_id, item, state in ((here, "W1", "open"), (here, "W2", "done"), (there, "R1", "risk")):
        given = Answer(item, "risk" if state == "risk" else "done" if state == "done" else "open", "Note.", "", "UBEN")
        checklists.answer(run_id, given, by=ANA)
    checklists.answer(here, Answer("R2", "open", "", "", "UANA"), by=ANA)
    mine = checklists.owned_by("T1", "UBEN")
    assert [(one.run.id, one.item.id, one.answer.state) for one in mine] == [
        (there, "R1", "risk"),
        (here, "W1", "open"),
    ]


def test_items_of_signed_and_discarded_runs_are_nobodys_work(checklists: Checklists) -> None:
    signed, discarded = start(checklists), start(checklists, named=Named("Other"))
    for run_id in (signed, discarded):
        checklists.answer(run_id, Answer("W2", owner="UBEN"), by=ANA)
    sign(checklists, signed)
    checklists.discard(discarded, by=ANA)
    assert checklists.owned_by("T1", "UBEN") == []


def test_another_workspace_has_other_people_of_that_id(checklists: Checklists) -> None:
    run_id = start(checklists)
    checklists.answer(run_id, Answer("W1", owner="UBEN"), by=ANA)
    assert checklists.owned_by("T2", "UBEN") == []


# Where a system stands


def test_the_last_run_of_every_checklist_is_shown(checklists: Checklists) -> None:
    old = start(checklists)
    sign(checklists, old)
    new, bands = start(checklists), start(checklists, "band-check")
    respond = start(checklists, "fire-drill")
    prepare = checklists.start("fire-drill", FRAUD, Choices(purpose="prepare"), by=ANA, channel=HERE).run_id
    assert seen(checklists) == [prepare, respond, bands, new]


def test_a_signed_run_stands_until_a_newer_one_begins_and_a_discarded_one_never_does(checklists: Checklists) -> None:
    signed = start(checklists)
    sign(checklists, signed)
    checklists.discard(start(checklists), by=ANA)
    assert seen(checklists) == [signed]


def test_a_name_alone_shows_every_version(checklists: Checklists) -> None:
    runs = {version: start(checklists, named=Named("Fraud model", version)) for version in ("v3", "v4", "")}
    start(checklists, named=Named("Fraud"))
    assert sorted(seen(checklists, Named("fraud MODEL"))) == sorted(runs.values())
    assert seen(checklists, Named("fraud model", "4")) == [runs["v4"]]


def test_a_private_channels_runs_are_shown_in_that_channel_only(
    checklists: Checklists, installs: Installs, clock: Clock
) -> None:
    secret, public, unknown = (start(checklists, channel=one) for one in (ELSEWHERE, THERE, "CUNKNOWN"))
    installs.note_channel("T1", ELSEWHERE, public=False)
    installs.note_channel("T1", THERE, public=True)
    assert seen(checklists, channel=ELSEWHERE) == [public]
    assert seen(checklists, channel=HERE) == [public]
    assert seen(checklists, channel="CUNKNOWN") == [unknown]
    clock.forward(hours=25)
    with pytest.raises(UnknownSystem):
        seen(checklists, channel=HERE)
    assert seen(checklists, channel=ELSEWHERE) == [secret]


def test_a_newer_private_run_does_not_hide_the_public_one(checklists: Checklists, installs: Installs) -> None:
    public = start(checklists, channel=THERE)
    start(checklists, channel=ELSEWHERE)
    installs.note_channel("T1", THERE, public=True)
    installs.note_channel("T1", ELSEWHERE, public=False)
    assert seen(checklists, channel=HERE) == [public]


def test_a_channel_that_became_private_is_hidden_at_once(checklists: Checklists, installs: Installs) -> None:
    start(checklists, channel=THERE)
    installs.note_channel("T1", THERE, public=True)
    assert seen(checklists, channel=HERE)
    installs.note_channel("T1", THERE, public=False)
    with pytest.raises(UnknownSystem):
        seen(checklists, channel=HERE)


def test_a_public_channel_of_another_workspace_opens_nothing(checklists: Checklists, installs: Installs) -> None:
    start(checklists, channel=ELSEWHERE)
    installs.note_channel("T2", ELSEWHERE, public=True)
    with pytest.raises(UnknownSystem):
        seen(checklists, channel=HERE)


def test_another_workspaces_runs_are_never_shown(checklists: Checklists, installs: Installs) -> None:
    start(checklists, by=Actor("T2", "UANA"))
    for workspace in ("T1", "T2"):
        installs.note_channel(workspace, HERE, public=True)
    with pytest.raises(UnknownSystem):
        seen(checklists)


def test_a_close_name_is_suggested(checklists: Checklists) -> None:
    start(checklists)
    with pytest.raises(UnknownSystem, match="Did you mean `/aipm system Fraud model`"):
        seen(checklists, Named("Fruad model"))
    with pytest.raises(UnknownSystem, match=r"I know no system of that name\. `/aipm checklists`"):
        seen(checklists, Named("Something else"))


def test_a_name_from_a_private_channel_is_not_suggested_elsewhere(checklists: Checklists) -> None:
    start(checklists, channel=ELSEWHERE)
    with pytest.raises(UnknownSystem) as caught:
        seen(checklists, Named("Fruad model"), channel=HERE)
    assert "Fraud" not in caught.value.text


@pytest.mark.parametrize("name", ["<!channel> model", "<@U0EVIL> model", "a`b` *model*", "R&D model"])
def test_a_suggestion_is_escaped(checklists: Checklists, name: str) -> None:
    start(checklists, named=Named(name))
    with pytest.raises(UnknownSystem) as caught:
        seen(checklists, Named(f"{name}s"))
    suggested = caught.value.text.partition("system ")[2].partition("Did you mean")[2]
    assert suggested
    assert "<" not in suggested
    assert "&D" not in suggested
    assert suggested.count("`") == 2


def test_channels_that_nobody_has_checked_lately_are_named(
    checklists: Checklists, installs: Installs, clock: Clock
) -> None:
    for channel in (HERE, THERE, ELSEWHERE):
        start(checklists, channel=channel)
    installs.note_channel("T1", THERE, public=True)
    installs.note_channel("T1", ELSEWHERE, public=False)
    assert checklists.unsure_channels(FRAUD, "T1") == {HERE}
    clock.forward(hours=13)
    assert checklists.unsure_channels(FRAUD, "T1") == {HERE, THERE, ELSEWHERE}
    assert checklists.unsure_channels(FRAUD, "T2") == set()
    assert checklists.unsure_channels(Named("Other"), "T1") == set()


def test_the_clock_is_told_of_a_few_channels_to_look_at(
    checklists: Checklists, installs: Installs, clock: Clock
) -> None:
    for channel in (HERE, THERE, HERE):
        start(checklists, channel=channel)
    start(checklists, by=Actor("T2", "UANA"))
    installs.note_channel("T1", THERE, public=False)
    assert sorted(checklists.places_to_check()) == [("T1", HERE), ("T2", HERE)]
    assert len(checklists.places_to_check(limit=1)) == 1
    clock.forward(hours=13)
    assert sorted(checklists.places_to_check()) == [("T1", HERE), ("T1", THERE), ("T2", HERE)]


# For whoever owns the database


def test_all_runs_can_be_listed_by_workspace_and_checklist(checklists: Checklists) -> None:
    house, bands = start(checklists), start(checklists, "band-check")
    other = start(checklists, by=Actor("T2", "UANA"))
    assert checklists.all_runs() == [("T1", house), ("T1", bands), ("T2", other)]
    assert checklists.all_runs("T1") == [("T1", house), ("T1", bands)]
    assert checklists.all_runs(checklist="house-check") == [("T1", house), ("T2", other)]
    assert checklists.all_runs("T2", "band-check") == []
