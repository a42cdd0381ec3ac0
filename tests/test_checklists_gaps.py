"""What a channel's checklists keep leaving open is found, and what happens once is not."""

from bot.checklists.model import Answer, Choices
from bot.checklists.service import Checklists
from bot.systems.model import Named
from tests.samples import ANA, HERE


def run_with(checklists: Checklists, version: str, item: str, state: str, channel: str = HERE) -> int:
    run_id = checklists.start("house-check", Named("Fraud", version), Choices(), by=ANA, channel=channel).run_id
    given = Answer(item, state=state, note="No tenants yet")  # type: ignore[arg-type]
    assert checklists.answer(run_id, given, by=ANA) == "saved"
    return run_id


def musts(checklists: Checklists) -> list[str]:
    found = checklists.checklist("house-check")
    return [item.id for phase in found.phases for item in phase.items if item.level == "must" and item.topics]


def test_a_must_have_put_aside_twice_is_a_gap_with_its_topics_and_reason(checklists: Checklists) -> None:
    item = musts(checklists)[0]
    run_with(checklists, "1", item, "na")
    assert checklists.gaps("T1", HERE) == []
    run_with(checklists, "2", item, "risk")
    [(topic, reason), *_] = checklists.gaps("T1", HERE)
    assert topic
    assert "in 2 of your last 2 checklists" in reason


def test_done_items_other_channels_and_other_workspaces_say_nothing(checklists: Checklists) -> None:
    item = musts(checklists)[0]
    for version in "123":
        run_with(checklists, version, item, "done")
        run_with(checklists, version, item, "risk", "CELSEWHERE")
    assert checklists.gaps("T1", HERE) == []
    assert checklists.gaps("T2", "CELSEWHERE") == []


def test_only_the_newest_runs_count(checklists: Checklists) -> None:
    item = musts(checklists)[0]
    run_with(checklists, "1", item, "risk")
    for version in "2345":
        run_with(checklists, version, item, "done")
    run_with(checklists, "6", item, "risk")
    assert checklists.gaps("T1", HERE) == []
