"""A run as Markdown, CSV and JSON: every answer, note, link, person and time, the template's version, the history."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.checklists.model import STATES, Change, Run
from bot.checklists.service import Record
from bot.exports import flat, iso, sheet, slug
from bot.schema import Item

COLUMNS = (
    "part",
    "run",
    "checklist",
    "template_version",
    "system",
    "version",
    "phase",
    "item",
    "title",
    "level",
    "state",
    "note",
    "evidence",
    "owner",
    "accepted_risk",
    "by",
    "at",
    "what",
    "details",
    "origin",
)


def name(record: Record, form: str) -> str:
    """Give a file name made by us: letters, digits and dashes only."""
    system = slug(str(record.run.system.named), "system")
    return f"{record.run.checklist.id}-{system}-run-{record.run.id}.{form if form in _WRITERS else 'md'}"


def write(record: Record, form: str) -> str:
    """Write the run in the form `md`, `csv` or `json`."""
    return _WRITERS.get(form, markdown)(record)


def as_json(record: Record) -> str:
    """Write the run as JSON; the loss-free form."""
    return json.dumps(data(record), ensure_ascii=False, indent=2) + "\n"


def data(record: Record) -> dict[str, Any]:
    """Give the run as plain data; times are ISO 8601 in UTC, people are Slack user ids."""
    run = record.run
    return {
        "run": run.id,
        "workspace": run.workspace,
        "channel": run.channel,
        "card": record.link,
        "checklist": {"id": run.checklist.id, "title": run.title, "template_version": run.checklist.version},
        "system": {"name": run.system.named.name, "version": run.system.named.version},
        "kind": run.choices.kind,
        "labelled": run.choices.labelled,
        "scope": run.choices.scope,
        "purpose": run.choices.purpose,
        "state": run.state,
        "started": {"by": run.started_by, "at": iso(run.started_at)},
        "verdict": run.signature.verdict if run.signature else run.verdict,
        "signed": _signed(run),
        "response": _response(run),
        "phases": [
            {"id": phase.id, "title": phase.title, "items": [_item(run, item) for item in phase.items]}
            for phase in run.phases
        ],
        "history": [_change(one) for one in record.history],
    }


def _signed(run: Run) -> dict[str, Any] | None:
    signed = run.signature
    if signed is None:
        return None
    return {
        "by": signed.by,
        "at": iso(signed.at),
        "self_signed": signed.self_signed,
        "comment": signed.comment,
    }


def _response(run: Run) -> dict[str, Any] | None:
    response = run.response
    if response is None:
        return None
    return {
        "severity": response.severity,
        "lead": response.lead,
        "operations": response.operations,
        "communications": response.communications,
        "contained_at": iso(response.contained_at),
        "preparation_missing": None if response.missing is None else list(response.missing),
        "timeline": [_change(one) for one in response.timeline],
    }


def _item(run: Run, item: Item) -> dict[str, Any]:
    answer = run.answer(item.id)
    return {
        "id": item.id,
        "title": item.title,
        "level": item.level,
        "state": answer.state,
        "note": answer.note,
        "evidence": answer.evidence,
        "owner": answer.owner,
        "accepted_risk": answer.accepted,
        "by": answer.by,
        "at": iso(answer.at),
        "origin": item.origin,
    }


def _change(change: Change) -> dict[str, Any]:
    told = {"at": iso(change.at), "by": change.by, "what": change.what, "item": change.item_id}
    return told | {"before": dict(change.before), "after": dict(change.after)}


def as_csv(record: Record) -> str:
    """Write one row per item, then one per entry of the history; cells that a sheet would run are quoted."""
    return sheet(COLUMNS, _rows(record))


def _rows(record: Record) -> Iterable[Mapping[str, Any]]:
    run = record.run
    frame = {
        "run": run.id,
        "checklist": run.checklist.id,
        "template_version": run.checklist.version,
        "system": run.system.named.name,
        "version": run.system.named.version,
    }
    for phase in run.phases:
        for item in phase.items:
            told = _item(run, item)
            yield {**frame, **told, "part": "item", "phase": phase.title, "item": item.id}
    for one in record.history:
        told = _change(one)
        details = json.dumps({"before": told["before"], "after": told["after"]}, ensure_ascii=False)
        yield {**frame, **told, "part": "history", "details": details}


def markdown(record: Record) -> str:
    """Write the run as a page to read and keep."""
    run = record.run
    lines = [f"# {flat(run.title)}: {flat(str(run.system.named))}", "", *_facts(record), ""]
    for phase in run.phases:
        met, total = run.count(phase)
        lines += [f"## {flat(phase.title)} ({met} of {total})", ""]
        for item in phase.items:
            lines += _told_item(run, item)
        lines.append("")
    if run.response:
        lines += ["## Timeline", "", *(_told_change(one) for one in run.response.timeline), ""]
    return "\n".join([*lines, "## History", "", *(_told_change(one) for one in record.history), ""])


def _facts(record: Record) -> list[str]:
    run = record.run
    met, total = run.count()
    verdict = run.signature.verdict if run.signature else run.verdict
    facts = [
        f"Run {run.id} of `{run.checklist.id}`, template version {run.checklist.version}",
        f"State: {run.state}, {met} of {total} met",
        f"Verdict: {flat(verdict)}",
        f"Started by {run.started_by} at {iso(run.started_at)}",
    ]
    if run.signature:
        how = ", self-signed" if run.signature.self_signed else ""
        facts.append(f"Signed by {run.signature.by} at {iso(run.signature.at)}{how}")
        facts += [f"Comment: {flat(run.signature.comment)}"] if run.signature.comment else []
    facts += _incident(run)
    return [f"- {fact}" for fact in [*facts, *([f"Card: <{record.link}>"] if record.link else [])]]


def _incident(run: Run) -> list[str]:
    response = run.response
    if response is None:
        return []
    missing = response.missing
    prepared = "none on record" if missing is None else f"lacked {'; '.join(missing)}" if missing else "complete"
    held = (("lead", response.lead), ("operations", response.operations), ("communications", response.communications))
    roles = ", ".join(f"{role} {user or 'not set'}" for role, user in held)
    return [
        f"Severity: {response.severity or 'not set'}",
        f"Roles: {roles}",
        f"Contained: {iso(response.contained_at) or 'not yet'}",
        f"Preparation: {flat(prepared)}",
    ]


def _told_item(run: Run, item: Item) -> list[str]:
    answer = run.answer(item.id)
    level = "must-have" if item.level == "must" else "recommended"
    tick = "x" if answer.met else " "
    kind = f"{level}, {flat(item.origin)}" if item.origin else level
    lines = [f"- [{tick}] **{item.id}** {flat(item.title)} ({kind}): {STATES[answer.state].lower()}"]
    if answer.by:
        lines.append(f"  - by {answer.by} at {iso(answer.at)}")
    told = (("Note", answer.note), ("Accepted risk", answer.accepted), ("Owner", answer.owner or ""))
    lines += [f"  - {label}: {flat(text)}" for label, text in told if text]
    return [*lines, f"  - Evidence: <{answer.evidence}>"] if answer.evidence else lines


def _told_change(change: Change) -> str:
    after = "; ".join(f"{name}: {_from(change, name)}{value}" for name, value in change.after.items())
    item = f" {change.item_id}" if change.item_id else ""
    return f"- {iso(change.at)} {change.by} {change.what}{item}" + (f" ({flat(after)})" if after else "")


def _from(change: Change, name: str) -> str:
    before = change.before.get(name)
    return f"{before} → " if before else ""


_WRITERS = {"md": markdown, "csv": as_csv, "json": as_json}
