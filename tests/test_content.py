"""The shipped words: the only test that reads `content/`."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from bot.schema import Checklist, Item, Source, SourceRegister

CONTENT = Path(__file__).parent.parent / "content"
MUST_AND_REC = {
    "ethics-check": (21, 9),
    "data-readiness": (17, 8),
    "drift-response": (22, 5),
    "llm-check": (8, 1),
}
PHASES = {
    "ethics-check": ("phases", ["data", "bias", "impact"]),
    "data-readiness": ("bands", ["C", "B", "A"]),
    "drift-response": ("response", ["P", "T", "C", "D", "F", "L"]),
    "llm-check": ("phases", ["before", "quality", "safety", "people"]),
}
QUICK = ["DR-C01", "DR-C02", "DR-C03", "DR-B05", "DR-B06", "DR-A01", "DR-A03", "DR-A05"]
ITEM_ID = re.compile(r"\b(?:DRF|DR|ED|EB|EI|LL)-[A-Z]?\d{2}\b")
PERCENT = re.compile(r"\d+(?:\.\d+)? ?%")

# What must not come back: a pattern, why, and a sample that it has to catch.
BANNED = [
    (r"\bseeds?\b", "how the words were compiled is no business of a reader", "one of the seeds"),
    (r"\bbot could\b", "says what the product might do instead of what to do", "the bot could ask"),
    (r"\b(87|150)[- ]items?\b", "no such lists were found", "an 87-item ethics checklist"),
    (r"\b87 ?% of (the )?companies", "no trace of this survey", "87% of companies have a team"),
    (
        r"(decision|stability|salary|performance).{0,80}\b40 ?%",
        "unsourced effect",
        "decision quality up by 40 %",
    ),
    (
        r"\b40 ?%.{0,80}(decision|stability|salary|performance)",
        "unsourced effect",
        "40% better decision quality",
    ),
    (r"\b(67|80) ?% of (all )?(AI )?(projects|problems)", "unsourced rate", "67% of AI projects fail"),
    (r"\b(76 ?% higher|41 ?% of (AI )?projects|by (22|58) ?%)", "unsourced", "retention rises by 58%"),
    (r"\$ ?800 ?M|\b800 million", "unsourced", "lawsuits cost $800M"),
    (r"\b(2,000|3,000|100)\+ (prompt|agent|application|project)", "counts without quality", "100+ prompts"),
    (r"\b85 ?% to 9[25] ?%", "anecdote without a metric", "accuracy from 85% to 95%"),
    (r"\b12-18 months", "an opinion, not a plan", "12-18 months to senior"),
    (r"PRDs? (are|is) (being )?replaced", "overclaim", "PRDs are replaced by prompts"),
    (r"\b(Yanxi|XiaoMi|Qianfan|Meituan|JD Finance|Kimi)\b", "unsourced anecdotes", "Meituan riders"),
    (r"\bsoaring|never higher|indispensable|game.?changer", "marketing", "demand is soaring"),
    (r"\b(GPT|Claude|Gemini|Llama)[- ]?\d|AutoGPT|BabyAGI", "model versions age", "works with GPT-4"),
    (r"errors?-free|free of errors", "no data is, and no law we cite asks for it", "data free of errors"),
    (
        r"\bArt(icle|\.) ?73\b(?:(?!GDPR).){0,160}\b(2|10|15|two|ten|fifteen|72)[- ](working )?(days?|hours)",
        "sources disagree on these clocks",
        "Art. 73: report within 15 days",
    ),
    (r"Omnibus.{0,160}\bin(to)? force", "adoption was seen, publication was not", "the Omnibus is in force"),
    (
        r"\bArt(icle|\.) ?50\b.{0,160}\b(August|November|December) 2026",
        "dates differ",
        "Art. 50: 2 August 2026",
    ),
    (
        r"Test Score.{0,160}\b(lowest|half a point|per test)",
        "arithmetic not verified",
        "ML Test Score: the lowest",
    ),
    (r"EU AI Act \(2025\)", "the regulation is of 2024", "the EU AI Act (2025)"),
    (r"AI Engineering\W{0,3}.{0,20}Andrew Ng", "the book is by Chip Huyen", '"AI Engineering" (Andrew Ng)'),
    (r"(guarantee|ensure|prove)s? compliance", "a checklist records a discussion", "this ensures compliance"),
]


@cache
def checklists() -> dict[str, Checklist]:
    return {
        path.stem: Checklist.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((CONTENT / "checklists").glob("*.yaml"))
    }


@cache
def register() -> dict[str, Source]:
    text = (CONTENT / "sources.yaml").read_text(encoding="utf-8")
    sources = SourceRegister.model_validate(yaml.safe_load(text)).sources
    assert len({source.key for source in sources}) == len(sources)
    return {source.key: source for source in sources}


def authored_files() -> list[Path]:
    return sorted(path for path in CONTENT.rglob("*") if path.suffix in {".yaml", ".yml", ".md", ".txt"})


def items() -> Iterator[Item]:
    return (item for one in checklists().values() for phase in one.phases for item in phase.items)


def cited(item: Item) -> Iterator[str]:
    yield from item.sources
    yield from (part.source for part in (item.case, item.fact) if part)


def words(item: Item) -> list[str]:
    said = [item.title, item.hint, item.why or "", item.check]
    return said + [part.text for part in (item.case, item.fact) if part]


def banned(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [f"{hit[0]!r}: {why}" for rule, why, _ in BANNED if (hit := re.search(rule, flat, re.IGNORECASE))]


def loose_percentages(item: Item) -> list[str]:
    claims = f"{item.title} {item.hint} {item.why} {item.check}".replace("95% interval", "")
    carried = " ".join(part.text for part in (item.case, item.fact) if part)
    return [figure for figure in PERCENT.findall(claims) if figure not in carried]


def psi_without_its_terms(text: str) -> bool:
    flat = " ".join(text.split()).lower()
    if not re.search(r"\bpsi\b.{0,60}\b0\.\d", flat):
        return False
    terms = ("our simulation", "10 bins", "equal samples") if "%" in flat else ("rows",)
    return not all(term in flat for term in terms) or "rows" not in flat


def test_the_shipped_checklists_are_these_four() -> None:
    assert set(checklists()) == set(MUST_AND_REC)
    assert all(one.id == name for name, one in checklists().items())


@pytest.mark.parametrize("name", MUST_AND_REC)
def test_a_checklist_has_its_items_phases_and_rule(name: str) -> None:
    one = checklists()[name]
    levels = Counter(item.level for phase in one.phases for item in phase.items)
    assert (levels["must"], levels["rec"]) == MUST_AND_REC[name]
    assert (one.rule, [phase.id for phase in one.phases]) == PHASES[name]


@pytest.mark.parametrize("name", MUST_AND_REC)
def test_a_checklist_says_that_it_is_no_certificate(name: str) -> None:
    one = checklists()[name]
    assert "records" in one.intro
    assert "not a certificate of compliance" in one.intro
    assert "MIT" in one.licence_note
    assert one.last_reviewed >= date(2026, 11, 21)


def test_preparing_is_a_run_of_its_own() -> None:
    phases = {phase.id: phase for phase in checklists()["drift-response"].phases}
    assert [key for key, phase in phases.items() if phase.prepare] == ["P"]
    assert "DRF-P07" in {item.id for item in phases["P"].items}
    assert "DRF-C05" in {item.id for item in phases["C"].items}
    assert not any(phase.prepare for name in ("ethics-check", "data-readiness") for phase in checklists()[name].phases)


def test_the_quick_list_has_its_eight_items() -> None:
    assert [item.id for item in items() if item.quick] == QUICK


def test_item_ids_are_unique_across_checklists() -> None:
    twice = [key for key, count in Counter(item.id for item in items()).items() if count > 1]
    assert twice == []


def test_every_source_named_is_registered() -> None:
    unknown = {(item.id, named) for item in items() for named in cited(item) if named.split()[0] not in register()}
    assert unknown == set()
    assert [item.id for item in items() if not item.sources] == []


@pytest.mark.parametrize(("field", "limit"), [("title", 73), ("hint", 75)])
def test_titles_and_hints_fit_after_escaping(field: str, limit: int) -> None:
    long = [item.id for item in items() if len(html.escape(getattr(item, field), quote=False)) > limit]
    assert long == []


def test_a_reason_is_one_full_sentence() -> None:
    reasons = {item.id: item.why or "" for item in items()}
    assert [key for key, why in reasons.items() if not re.fullmatch(r"[A-Z][^?!]*[^.?!]\.", why)] == []
    assert [key for key, why in reasons.items() if ". " in why] == []


def test_no_line_of_a_check_is_broken_off() -> None:
    lines = [(item.id, line) for item in items() for line in item.check.splitlines()]
    assert [one for one in lines if not re.match(r"(• |\d\. |[A-Z])", one[1])] == []


def test_items_name_only_items_of_their_own_checklist() -> None:
    for one in checklists().values():
        mine = [item for phase in one.phases for item in phase.items]
        named = {found for item in mine for text in words(item) for found in ITEM_ID.findall(text)}
        assert named <= {item.id for item in mine}
        assert not any("(see " in text.lower() for item in mine for text in words(item))


def test_topics_come_from_the_list_in_the_readme() -> None:
    listed = (CONTENT / "README.md").read_text(encoding="utf-8").partition("## Topics")[2]
    vocabulary = set(re.findall(r"^\| `([a-z-]+)` \|", listed, re.MULTILINE))
    assert vocabulary
    assert {topic for item in items() for topic in item.topics} <= vocabulary
    assert [item.id for item in items() if not 1 <= len(set(item.topics)) == len(item.topics) <= 3] == []


def test_no_percentage_stands_without_a_case_or_a_fact() -> None:
    assert {item.id: loose for item in items() if (loose := loose_percentages(item))} == {}


def test_a_loose_percentage_would_be_found() -> None:
    item = next(item for item in items() if item.id == "ED-02")
    assert loose_percentages(item.model_copy(update={"why": "It fails for 12% of people."})) == ["12%"]


def test_no_drift_threshold_stands_without_its_sample_size() -> None:
    assert [item.id for item in items() if any(psi_without_its_terms(text) for text in words(item))] == []
    assert psi_without_its_terms("Act when PSI is above 0.2.")
    assert psi_without_its_terms("In our simulation PSI reached 0.1 in 84% of runs with 100 rows.")


def test_a_legal_fact_is_no_legal_advice() -> None:
    laws = [item for item in items() if item.fact and register()[item.fact.source.split()[0]].kind == "law"]
    assert laws
    silent = [item.id for item in laws if item.fact and not item.fact.text.endswith("This is no legal advice.")]
    assert silent == []


def test_disputed_cases_give_both_sides() -> None:
    cases = {item.case.source: item for item in items() if item.case}
    for key, side, reply in (
        ("COMPAS", "vendor rejected", "COMPAS-REPLY"),
        ("APPLECARD-NY", "regulator", "APPLECARD"),
    ):
        case = cases[key].case
        assert case
        assert side in case.text
        assert reply in cases[key].sources


def test_our_own_work_is_never_outside_evidence() -> None:
    own = {key: source for key, source in register().items() if key.startswith("OWN")}
    assert {(source.kind, source.organisation, source.url) for source in own.values()} == {
        ("own", "AI-PM coach maintainers", None)
    }
    assert {key for key, source in register().items() if source.kind == "own"} == set(own)


def test_links_carry_no_tracking() -> None:
    assert [key for key, source in register().items() if source.url and re.search(r"[?#]", source.url)] == []


def test_an_ageing_source_without_a_date_is_refused() -> None:
    law = {"key": "X1", "title": "A law", "organisation": "A state", "year": "2020", "kind": "law"}
    with pytest.raises(ValidationError, match="last_checked"):
        Source.model_validate(law)
    assert all(source.last_checked for source in register().values() if source.kind in {"law", "tool"})


@pytest.mark.parametrize("path", authored_files(), ids=lambda path: path.name)
def test_no_banned_words_in(path: Path) -> None:
    assert banned(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("rule", "why", "sample"), BANNED)
def test_each_ban_catches_its_sample(rule: str, why: str, sample: str) -> None:
    assert any(found.endswith(why) for found in banned(f"We know that {sample}, and more.")), rule
