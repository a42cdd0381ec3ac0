"""The forms of a run: starting it, one item in detail, signing, exporting, the incident's roles and timeline."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.blocks import (
    FIELD,
    Block,
    Modal,
    Option,
    actions,
    ask,
    checkboxes,
    clip,
    context,
    divider,
    esc,
    evidence,
    grouped,
    link,
    moment,
    option,
    paragraphs,
    people,
    person,
    quote,
    radio,
    section,
    select,
    writing,
)
from bot.checklists.model import (
    ENTRY_LIMIT,
    KINDS,
    LABELLED,
    NOTE_LIMIT,
    SEVERITIES,
    STATES,
    Answer,
    Change,
    Response,
    Run,
)
from bot.checklists.views import told, verdict
from bot.exports import FORMATS
from bot.schema import Checklist, Cited, Item
from bot.systems.model import NAME_LIMIT, VERSION_LIMIT, Named

START = "checklist.start_form"
DETAIL = "checklist.detail_form"
SIGNING = "checklist.sign_form"
EXPORTING = "checklist.export_form"
PAST = "checklist.history"
LEADING = "response.roles_form"
NOTING = "response.entry_form"
PICK = "checklist.pick"

_SHOWN_CHANGES = 200
_SOURCES = 2900
ROLES = ("severity", "lead", "operations", "communications")


def start(checklist: Checklist, *, channel: str, named: Named | None = None, purpose: str = "check") -> Modal:
    """Ask which system is meant and what the run should cover."""
    blocks = [
        section(esc(checklist.intro)),
        ask(
            "System",
            writing(FIELD, named.name if named else "", limit=NAME_LIMIT),
            "system",
            hint="For example: Fraud model",
        ),
        ask(
            "Version",
            writing(FIELD, named.version if named else "", limit=VERSION_LIMIT),
            "version",
            hint="For example: v3",
            optional=True,
        ),
        *_kind(checklist, purpose),
        *_scope(checklist, purpose),
    ]
    where = json.dumps({"checklist": checklist.id, "channel": channel, "purpose": purpose})
    return Modal(esc(checklist.title, 24), blocks, START, submit="Start", close="Cancel", private_metadata=where)


def _kind(checklist: Checklist, purpose: str) -> list[Block]:
    needs = {
        item.applies_to for phase in checklist.phases for item in phase.items if phase.prepare == (purpose == "prepare")
    }
    blocks = []
    if needs & {"ml", "genai"}:
        kinds = [option(text, value) for value, text in KINDS.items()]
        hint = "Generative: it writes text, images or code. Not sure keeps every item."
        blocks.append(ask("Kind of system", radio(FIELD, kinds, kinds[-1]), "kind", hint=hint))
    if "labelled" in needs:
        labelled = [option(text, value) for value, text in LABELLED.items()]
        blocks.append(ask("Is the data labelled by people?", radio(FIELD, labelled, labelled[-1]), "labelled"))
    return blocks


def _scope(checklist: Checklist, purpose: str) -> list[Block]:
    phases = [phase for phase in checklist.phases if phase.prepare == (purpose == "prepare")]
    items = [item for phase in phases for item in phase.items]
    quick = sum(item.quick for item in items)
    scopes = [option(f"Full: all {len(items)} items", "full")]
    if quick:
        scopes.append(option(f"Quick: the {quick} items to begin with", "quick"))
    if len(phases) > 1:
        scopes += [option(f"Only: {phase.title}", phase.id) for phase in phases]
    # A response is whole: it closes by its last phase.
    one_choice = len(scopes) == 1 or (checklist.rule == "response" and purpose == "check")
    return [] if one_choice else [ask("Scope", select(FIELD, scopes, scopes[0]), "scope")]


def details(run: Run, item: Item, sources: Sequence[Cited], *, said: str = "", turn: str = "") -> Modal:
    """Show one item in full, with a form for it while the run is open.

    `turn` differs from one drawing to the next, or the picker would keep what was chosen last on that screen.
    """
    answer = run.answer(item.id)
    picker = actions(_picker(run, item), block_id=f"pick~{turn}")
    blocks = [picker, *([context(said)] if said else []), *_about(item, sources)]
    where = json.dumps({"run": run.id, "item": item.id, "version": answer.version})
    if run.state != "open":
        return Modal("Details", [*blocks, divider(), *_as_it_is(answer)], DETAIL, private_metadata=where)
    form = [context("Choosing another item saves this one."), divider(), *_form(answer), *_changed(answer)]
    return Modal("Details", [*blocks, *form], DETAIL, submit="Save", close="Cancel", private_metadata=where)


def _picker(run: Run, item: Item) -> Any:  # noqa: ANN401 - an Element
    marks = {"open": "", "done": "✓ ", "na": "n/a ", "risk": "! "}
    groups = {
        phase.title: [_choice(marks[run.answer(one.id).state], one) for one in phase.items] for phase in run.phases
    }
    return grouped(PICK, groups, _choice(marks[run.answer(item.id).state], item))


def _choice(mark: str, item: Item) -> Option:
    return option(clip(f"{mark}{item.title}", 75), item.id)


def _about(item: Item, sources: Sequence[Cited]) -> list[Block]:
    level = "Must-have" if item.level == "must" else "Recommended"
    origin = f" · {esc(item.origin)}" if item.origin else ""
    blocks = [section(f"*{esc(item.title)}*\n{esc(item.hint)}"), context(f"{level} · {item.id}{origin}")]
    if item.why:
        blocks.append(section(f"*Why it matters*\n{esc(item.why)}"))
    blocks.append(section(f"*How to check*\n{esc(item.check)}"))
    if item.case:
        key = item.case.source.partition(" ")[0]
        told = "".join(f"\n_{_cited(one)}_" for one in sources if one.source.key == key)
        blocks.append(section(f"*It happened*\n{esc(item.case.text)}{told}"))
    if item.fact:
        aged = f"_Checked {item.fact.last_checked:%d %b %Y}; no legal advice. Check what applies today._"
        blocks.append(section(f"*Good to know*\n{esc(item.fact.text)}\n{aged}"))
    return [*blocks, *_sources([one for one in sources if not _only_the_case(item, one.source.key)])]


def _only_the_case(item: Item, key: str) -> bool:
    named = {one.partition(" ")[0] for one in item.sources}
    return item.case is not None and item.case.source.partition(" ")[0] == key and key not in named


def _sources(sources: Sequence[Cited]) -> list[Block]:
    """Name as many as fit: half a link is none."""
    told: list[str] = []
    for one in map(_cited, sources):
        if len("; ".join([*told, one])) <= _SOURCES:
            told.append(one)
    return [context("Source: " + "; ".join(told))] if told else []


def _cited(one: Cited) -> str:
    source = one.source
    name = clip(source.title, 300)
    title = link(source.url, name) if source.url else esc(name)
    place = f", {esc(one.at)}" if one.at else ""
    checked = f", checked {source.last_checked:%b %Y}" if source.last_checked else ""
    return f"{title}{place} ({esc(source.organisation)}, {esc(source.year)}{checked})"


def _form(answer: Answer) -> list[Block]:
    """Block ids carry the item, so that what was typed for one item never shows under another."""
    states = [option(text, value) for value, text in STATES.items()]
    chosen = next(one for one in states if one["value"] == answer.state)
    note = writing(FIELD, answer.note, limit=3000, lines=True)
    hint = "Needed if it is not applicable (the reason) or at risk (what the risk is)."
    of = answer.item_id
    return [
        ask("State", radio(FIELD, states, chosen), f"state~{of}"),
        ask("Note or reason", note, f"note~{of}", hint=hint, optional=True),
        ask(
            "Evidence",
            writing(FIELD, answer.evidence),
            f"evidence~{of}",
            hint="A link that proves it: https://…",
            optional=True,
        ),
        ask("Owner", people(FIELD, answer.owner), f"owner~{of}", optional=True),
    ]


def _changed(answer: Answer) -> list[Block]:
    if answer.at is None or answer.by is None:
        return []
    return [context(f"Last changed by {person(answer.by)} {moment(answer.at)}")]


def _as_it_is(answer: Answer) -> list[Block]:
    blocks = [section(f"*{STATES[answer.state]}* · owner {person(answer.owner)}")]
    for title, text in (("Note", answer.note), ("Accepted risk", answer.accepted)):
        if text:
            blocks.append(section(f"*{title}*\n{quote(text)}"))
    if answer.evidence:
        blocks.append(section(f"*Evidence*\n{evidence(answer.evidence)}"))
    return [*blocks, *_changed(answer)]


def sign(run: Run, user: str, *, kept: Mapping[str, str] | None = None, said: str = "") -> Modal:
    """Ask for a signature, and for a reason for each must-have that is not met."""
    kept = kept or {}
    unmet = run.unmet_musts()
    stoppable = run.checklist.rule == "bands" and bool(unmet)
    blocks = [*([context(f"⚠️ {said}")] if said else []), section(_summary(run, len(unmet)))]
    if user == run.started_by:
        blocks.append(context("You started this run, so your signature is marked *self-signed*."))
    if stoppable:
        ways = [
            option("Accept these risks, with a reason each", "accept"),
            option("Leave them open, and sign it as it stands", "stop"),
        ]
        blocks.append(ask("Decision", radio(FIELD, ways, ways[0]), "decision"))
    blocks += [_reason(run, item, kept.get(item.id, ""), optional=stoppable) for item in unmet]
    comment = writing(FIELD, kept.get("", ""), limit=NOTE_LIMIT, lines=True)
    blocks.append(ask("Comment", comment, "comment", optional=True))
    where = json.dumps({"run": run.id})
    title = "Close" if run.is_response else "Sign off"
    return Modal(
        title,
        blocks,
        SIGNING,
        submit="Close it" if run.is_response else "Sign",
        close="Cancel",
        private_metadata=where,
    )


def _summary(run: Run, unmet: int) -> str:
    met, total = run.count()
    text = f"*{esc(run.title)}* for *{esc(str(run.system.named))}*: {met} of {total} done."
    if not unmet:
        return f"{text}\nVerdict: *{verdict(run)}*. Signing freezes it; *Reopen* stays possible and is recorded."
    what = "must-have is" if unmet == 1 else "must-haves are"
    if run.checklist.rule == "bands":
        return f"{text}\n{unmet} {what} not met. Say for each why the risk is acceptable, or choose to leave them open."
    return f"{text}\n{unmet} {what} not met. To sign, say for each why the risk is acceptable."


def _reason(run: Run, item: Item, kept: str, *, optional: bool) -> Block:
    answer = run.answer(item.id)
    hint = f"At risk: {answer.note}" if answer.state == "risk" else f"Asked for: {item.hint}"
    field = writing(FIELD, kept, limit=NOTE_LIMIT, lines=True)
    return ask(item.title, field, f"reason~{item.id}", hint=clip(hint, 400), optional=optional)


def export(run: Run) -> Modal:
    """Ask in which form and where a run is exported."""
    formats = [option(text, value) for value, text in FORMATS.items()]
    places = [option("To this channel", "channel"), option("Only to me, as a direct message", "direct")]
    blocks = [
        section("Every answer, note, link, person and time, and the whole history."),
        ask("Format", checkboxes(FIELD, formats, formats[:1]), "formats"),
        ask("Where", radio(FIELD, places, places[0]), "place"),
    ]
    where = json.dumps({"run": run.id})
    return Modal("Export", blocks, EXPORTING, submit="Export", close="Cancel", private_metadata=where)


def history(run: Run, changes: Sequence[Change]) -> Modal:
    """Show what happened to a run, newest first."""
    newest = list(reversed(changes))[:_SHOWN_CHANGES]
    lines = [f"• {told(one, run)} · {moment(one.at)}" for one in newest]
    older = [context(f"The newest {_SHOWN_CHANGES} of {len(changes)}; the export has all.")]
    blocks = [section(f"*{esc(run.title)}* for *{esc(str(run.system.named))}*"), *paragraphs(lines)]
    return Modal("History", blocks + (older if len(changes) > _SHOWN_CHANGES else []), PAST)


def roles(run: Run) -> Modal:
    """Ask for severity and roles."""
    response = run.response or Response()
    levels = [option(text, value) for value, text in SEVERITIES.items()]
    chosen = next((one for one in levels if one["value"] == response.severity), None)
    blocks = [
        ask(
            "Severity",
            select(FIELD, levels, chosen),
            "severity",
            optional=True,
            hint="Choose the worse one if in doubt.",
        ),
        ask("Lead", people(FIELD, response.lead), "lead", optional=True, hint="Decides, and hands over roles."),
        ask(
            "Operations",
            people(FIELD, response.operations),
            "operations",
            optional=True,
            hint="Changes the system.",
        ),
        ask(
            "Communications",
            people(FIELD, response.communications),
            "communications",
            optional=True,
            hint="Tells users and colleagues.",
        ),
    ]
    shown = {name: getattr(response, name) for name in ROLES}
    where = json.dumps({"run": run.id, "shown": shown})
    return Modal("Severity and roles", blocks, LEADING, submit="Save", close="Cancel", private_metadata=where)


def note(runs: Iterable[Run], *, text: str = "", source: Mapping[str, str] | None = None) -> Modal:
    """Ask what happened, for a timeline; `runs` are the open responses of the channel."""
    choices = [option(clip(str(run.system.named), 75), str(run.id)) for run in runs][:100]
    hint = f"Up to {ENTRY_LIMIT} characters. The time is added, in UTC."
    first = writing(FIELD, clip(text, ENTRY_LIMIT), limit=3000, lines=True)
    blocks = [ask("What happened?", first, "text", hint=hint)]
    if len(choices) > 1:
        blocks.insert(0, ask("Which drift-response?", select(FIELD, choices, choices[0]), "run"))
    where = json.dumps({"run": choices[0]["value"], "source": dict(source or {})})
    return Modal("Add to timeline", blocks, NOTING, submit="Add", close="Cancel", private_metadata=where)
