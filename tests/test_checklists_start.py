"""Starting a run: once per system, checklist and channel, whatever happens at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from bot.checklists.model import Choices
from bot.checklists.service import Checklists, Started, key
from bot.database import Actor, Database
from bot.delivery import store as delivery
from bot.delivery.model import Card
from bot.errors import AlreadyDone, Gone, NoItems, UnknownChecklist
from bot.schema import KEPT, Checklist
from bot.systems.model import Named
from tests.samples import ANA, BEN, FRAUD, HERE, HOUSE, NOW, THERE, Clock, edited, item, library, phase


def start(checklists: Checklists, name: str = "house-check", named: Named = FRAUD, by: Actor = ANA) -> Started:
    return checklists.start(name, named, Choices(), by=by, channel=HERE)


def test_a_start_makes_an_open_run(checklists: Checklists) -> None:
    choices = Choices("predictive", "no", "quick")
    started = checklists.start("house-check", FRAUD, choices, by=ANA, channel=HERE)
    assert started.new
    run = checklists.get("T1", started.run_id)
    assert (run.state, run.channel, run.system.named, run.choices) == ("open", HERE, FRAUD, choices)
    assert (run.started_by, run.started_at) == ("UANA", NOW)
    assert run.checklist == HOUSE
    assert dict(run.answers) == {}
    assert [(one.what, one.by, one.at) for one in checklists.record("T1", run.id).history] == [("started", "UANA", NOW)]


def test_a_start_leaves_a_card_to_be_posted(checklists: Checklists, database: Database) -> None:
    place = key("T1", start(checklists).run_id)
    with database.read() as tx:
        assert delivery.find(tx, place) == Card(place, HERE, "UANA", "ready", 1, 0)


def test_the_same_command_again_finds_the_open_run(checklists: Checklists) -> None:
    first = start(checklists)
    assert start(checklists, by=BEN) == Started(first.run_id, new=False)
    assert len(checklists.record("T1", first.run_id).history) == 1


def test_another_spelling_is_the_same_system(checklists: Checklists) -> None:
    first = start(checklists)
    assert start(checklists, named=Named("FRAUD model", "3")).run_id == first.run_id


@pytest.mark.parametrize("times", range(3))
def test_two_people_who_start_at_once_get_one_run(checklists: Checklists, times: int) -> None:
    together = threading.Barrier(2)

    def act(actor: Actor) -> Started:
        together.wait()
        return start(checklists, named=Named("Fraud", str(times)), by=actor)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(act, (ANA, BEN))
    assert one.run_id == other.run_id
    assert sorted((one.new, other.new)) == [False, True]
    assert len(checklists.open_in("T1", HERE)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"name": "band-check"},
        {"named": Named("Fraud model", "v4")},
        {"named": Named("Fraud model")},
        {"channel": THERE},
        {"by": Actor("T2", "UANA")},
    ],
    ids=["checklist", "version", "no version", "channel", "workspace"],
)
def test_these_are_runs_of_their_own(checklists: Checklists, other: dict[str, object]) -> None:
    first = start(checklists)
    asked = {"name": "house-check", "named": FRAUD, "choices": Choices(), "by": ANA, "channel": HERE}
    second = checklists.start(**{**asked, **other})  # type: ignore[arg-type]
    assert second.new
    assert second.run_id != first.run_id


def test_preparation_and_response_are_open_side_by_side(checklists: Checklists) -> None:
    prepare = checklists.start("fire-drill", FRAUD, Choices(purpose="prepare"), by=ANA, channel=HERE)
    respond = checklists.start("fire-drill", FRAUD, Choices(), by=ANA, channel=HERE)
    assert (prepare.new, respond.new) == (True, True)
    assert checklists.get("T1", prepare.run_id).response is None
    assert checklists.get("T1", respond.run_id).response is not None


def test_a_request_that_comes_twice_starts_once(checklists: Checklists) -> None:
    asker = Actor("T1", "UANA", "c:77")
    started = start(checklists, by=asker)
    with pytest.raises(AlreadyDone):
        start(checklists, by=asker)
    with pytest.raises(AlreadyDone):
        start(checklists, named=Named("Other"), by=asker)
    assert [one.id for one in checklists.open_in("T1", HERE)] == [started.run_id]


def test_an_unknown_checklist_is_refused(checklists: Checklists) -> None:
    with pytest.raises(UnknownChecklist):
        start(checklists, "moon-check")


def test_choices_that_leave_no_item_are_refused(checklists: Checklists) -> None:
    for choices in (Choices(scope="cellar"), Choices(purpose="prepare")):
        with pytest.raises(NoItems):
            checklists.start("house-check", FRAUD, choices, by=ANA, channel=HERE)
    assert checklists.all_runs() == []


def test_a_run_of_another_workspace_is_gone(checklists: Checklists) -> None:
    run_id = start(checklists).run_id
    with pytest.raises(Gone):
        checklists.get("T2", run_id)
    assert checklists.find("T2", run_id) is None


def test_a_run_keeps_the_checklist_that_it_started_with(database: Database, clock: Clock) -> None:
    titled = edited(HOUSE, title=f"House {uuid4().hex[:8]}")
    walls = phase("walls", item("W1", title="Paint the walls"), item("W9"))
    repainted = edited(titled, version=2, phases=(walls,))
    old, new = (Checklists(database, library(one), clock) for one in (titled, repainted))
    first = start(old, named=Named("Old"))
    second = start(new, named=Named("New"))
    kept, fresh = new.get("T1", first.run_id), new.get("T1", second.run_id)
    assert (kept.checklist, fresh.checklist) == (titled, repainted)
    assert (list(kept.items), list(fresh.items)) == (["W1", "W2", "R1", "R2", "R3", "R4"], ["W1", "W9"])
    new.tick(kept.id, "R4", ticked=True, clicked=1, by=ANA)
    with pytest.raises(Gone):
        new.tick(kept.id, "W9", ticked=True, clicked=1, by=ANA)


def test_a_run_outlives_its_checklist(database: Database, clock: Clock) -> None:
    titled = edited(HOUSE, title=f"House {uuid4().hex[:8]}")
    run_id = start(Checklists(database, library(titled), clock)).run_id
    without = replace(library(), checklists={})
    assert Checklists(database, without, clock).get("T1", run_id).title == titled.title


def test_rules_for_authors_that_came_later_do_not_touch_a_run(database: Database, clock: Clock) -> None:
    """A name that the coach took for itself since, and two phases of one title."""
    body = edited(HOUSE, title=f"House {uuid4().hex[:8]}").model_dump() | {"id": "retro"}
    for part in body["phases"]:
        part["title"] = "Same"
    old = Checklist.model_validate(body, context=KEPT)
    checklists = Checklists(database, library(old), clock)
    run_id = start(checklists, "retro").run_id
    assert checklists.get("T1", run_id).checklist == old


def test_a_new_run_may_start_when_the_old_one_is_put_aside(checklists: Checklists) -> None:
    first = start(checklists)
    checklists.discard(first.run_id, by=ANA)
    second = start(checklists)
    assert second.new
    assert [one.id for one in checklists.open_in("T1", HERE)] == [second.run_id]


def test_the_card_is_posted_again_in_its_own_channel(checklists: Checklists, database: Database) -> None:
    run_id = start(checklists).run_id
    with database.write() as tx:
        delivery.sent(tx, key("T1", run_id), 1, "1.2")
    with pytest.raises(Gone):
        checklists.post_again(4711, by=BEN)
    assert checklists.post_again(run_id, by=BEN) == (HERE, "1.2")
    with database.read() as tx:
        card = delivery.find(tx, key("T1", run_id))
    assert card
    assert (card.state, card.ts, card.drawn, card.asked_by, card.channel) == ("ready", None, 0, "UBEN", HERE)
