"""What people see of the items that their workspace added."""

from collections.abc import Mapping, Sequence

from bot.blocks import Block, Message, button, confirm, context, esc, moment, person, section
from bot.checklists.own.model import OwnItem
from bot.schema import Checklist

TAKE_OUT = "own.take_out"

_SHOWN = 40


def items(listed: Sequence[OwnItem], checklists: Mapping[str, Checklist], *, admin: bool, said: str = "") -> Message:
    """List what a workspace added, with a way out for admins."""
    text = f"{len(listed)} item{'s' if len(listed) != 1 else ''} of your own"
    blocks = [*([section(esc(said))] if said else []), section(f"*{text}* on this workspace's checklists")]
    if not listed:
        blocks.append(context("A retro's card has *Propose a checklist item*; a workspace admin accepts it."))
    blocks += [_row(one, checklists, admin=admin) for one in listed[:_SHOWN]]
    if len(listed) > _SHOWN:
        blocks.append(context(f"… and {len(listed) - _SHOWN} more"))
    if listed and not admin:
        blocks.append(context("Workspace admins can take them out again."))
    return Message(f"{said} {text}".strip(), blocks)


def _row(one: OwnItem, checklists: Mapping[str, Checklist], *, admin: bool) -> Block:
    base = checklists.get(one.checklist)
    title = base.title if base else one.checklist
    text = f"*{esc(one.item.title)}*\n{esc(title)} · {esc(one.item.origin)} · {person(one.by)} {moment(one.at)}"
    sure = confirm("Take this item out?", "Later runs do without it. Runs that show it keep it.", "Take out")
    return section(text, button("Take out", TAKE_OUT, str(one.id), confirm=sure) if admin else None)
