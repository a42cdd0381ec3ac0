"""Data readiness: bands, and the decision at its signature."""

import pytest

from bot import library
from sandbox.client import Json, words
from tests.e2e.team import Team, boxes

BANDS = library.load().checklists["data-readiness"].phases
MUSTS = {phase.id: [item.id for item in phase.items if item.level == "must"] for phase in BANDS}


def met(team: Team, *bands: str, but: str = "") -> Json:
    """Start a run and tick the must-haves of some bands."""
    card = team.start("data-readiness")
    done = [one for band in bands for one in MUSTS[band] if one != but]
    team.tick(team.anna, card, *done)
    card = team.card(f"{len(done)} of {len(boxes(card))} done")
    team.ben.click(card, "checklist.sign")
    team.ben.opened()
    return card


def test_band_a_means_go(team: Team) -> None:
    met(team, "C", "B", "A")
    team.ben.submit()
    shown = words(team.card("🔒 *Signed*")["data"])
    assert "*Go (band A reached)*" in shown


def test_band_a_with_an_accepted_risk_means_go_with_limits(team: Team) -> None:
    risky = MUSTS["A"][0]
    met(team, "C", "B", "A", but=risky)
    assert f"reason~{risky}" in str(team.ben.submit({"decision": "accept"})["errors"])
    team.ben.submit({f"reason~{risky}": "Only in one market"})
    shown = words(team.card("🔒 *Signed*")["data"])
    assert "*Go with limits (band A reached)*" in shown
    assert "Only in one market" in shown


def test_band_b_means_go_with_limits(team: Team) -> None:
    met(team, "C", "B")
    team.ben.submit({"decision": "stop"})
    assert "*Go with limits (band B reached)*" in words(team.card("🔒 *Signed*")["data"])


@pytest.mark.parametrize(("bands", "said"), [((), "no band reached yet"), (("C",), "band C reached")])
def test_less_than_band_b_means_stop(team: Team, bands: tuple[str, ...], said: str) -> None:
    met(team, *bands)
    team.ben.submit({"decision": "stop"})
    assert f"*Stop ({said})*" in words(team.card("🔒 *Signed*")["data"])


def test_a_higher_band_does_not_count_before_the_lower_ones(team: Team) -> None:
    met(team, "B", "A")
    team.ben.submit({"decision": "stop"})
    assert "*Stop (no band reached yet)*" in words(team.card("🔒 *Signed*")["data"])
