"""What a person sees of the record: the numbers as a table, and the form for files."""

from bot.blocks import (
    FIELD,
    Message,
    Modal,
    ask,
    checkboxes,
    context,
    day,
    header,
    option,
    section,
    select,
    table,
    writing,
)
from bot.exports import FORMATS
from bot.retros.model import CAUSES, KINDS
from bot.retros.record.model import MONTHS, Month, Stats, how_long, middle
from bot.systems.model import NAME_LIMIT

EXPORTING = "retro.export_form"
_COLUMNS = ("Month", "Retros", "Named most", "Opened", "Done", "Days")


def stats(found: Stats) -> Message:
    """Show the numbers of a channel's retros."""
    if not found.retros:
        text = (
            "No retros in this channel yet. `/aipm retro` logs the first one; then this shows what they have in common."
        )
        return Message(text, [section(text)])
    rows = [_COLUMNS, *(_row(month) for month in found.months)]
    note = "_Days: the median from agreed to done. The picture follows; retros of other channels are not counted._"
    told = in_words(found)
    return Message(told, [header("This channel's retros"), section(told), table(rows), context(note)])


def in_words(found: Stats) -> str:
    """Say the numbers in a few sentences."""
    told = f"*{_count(found.retros, 'retro')}* in all."
    agreed = f"{_count(found.opened, 'action')} agreed, {len(found.days)} done"
    overdue = f", {found.overdue} overdue" if found.overdue else ""
    if found.lately == found.retros:
        told += f" {agreed}, {found.open} open{overdue}."
    else:
        told += f" {_count(found.open, 'action')} open today{overdue}."
        told += f" The last {MONTHS} months: {_count(found.lately, 'retro')}, {agreed}."
    causes = ", ".join(f"{CAUSES[cause].lower()} {times}" for cause, times in found.causes[:3])
    took = f" {how_long(found.days)}" if found.days else ""
    return told + took + (f" Named most as a cause: {causes}." if causes else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _row(month: Month) -> tuple[str, ...]:
    top = max(month.causes, key=lambda cause: month.causes[cause], default=None)
    named = f"{CAUSES[top]} ({month.causes[top]})" if top else "-"
    return (month.name, str(month.retros), named, str(month.opened), str(month.closed), middle(month.days) or "-")


def export(channel: str) -> Modal:
    """Ask which retros are wanted, and in which form."""
    formats = [option(text, value) for value, text in FORMATS.items()]
    kinds = [option(text, kind) for kind, text in KINDS.items()]
    causes = [option(text, cause) for cause, text in CAUSES.items()]
    blocks = [
        section("The retros that you may see in this channel. I send them to you in a direct message."),
        ask("Form", checkboxes(FIELD, formats, formats[:1]), "formats"),
        ask("System", writing(FIELD, limit=NAME_LIMIT), "system", optional=True, hint="Leave it empty for all."),
        ask("Kind", select(FIELD, kinds), "kind", optional=True),
        ask("Cause", select(FIELD, causes), "cause", optional=True),
        ask("Logged on or after", day(FIELD), "since", optional=True),
    ]
    meta = f'{{"channel": "{channel}"}}'
    return Modal("Export retros", blocks, EXPORTING, submit="Send them", private_metadata=meta)
