"""The form of a retro: read from what Slack sends, drawn anew, kept as a draft."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from bot.app import Coach
from bot.blocks import Message, Modal
from bot.errors import FieldErrors, NameTooLong
from bot.retros import modals
from bot.retros.modals import Around, Page
from bot.retros.model import TEXTS, Retro, causes_of, day_of
from bot.retros.search import views
from bot.retros.sheet import Half, Sheet, kind_of, of_draft, of_retro, visibility_of
from bot.systems.model import Named
from handlers.requests import Reply, Request, View, number, opened


def fresh_page(coach: Coach, channel: str, retro: int = 0) -> Page:
    """Give the place of a form that nobody has open yet, with the day's prompts."""
    return Page(channel, retro, turn=today_turn(coach), form=new_form())


def new_form() -> str:
    """Give what tells one form from another that the same person has open."""
    return secrets.token_hex(4)


def begin(request: Request, coach: Coach, page: Page, fresh: Sheet, again: str = "") -> Reply:
    """Open the form: going on with the person's newest draft if there is one, else with `fresh`."""
    draft = coach.retros.draft(request.workspace, request.user, page.channel, page.retro)
    sheet, said = _joined(of_draft(draft.body), fresh) if draft else (fresh, "")
    page = replace(page, form=draft.form) if draft else page
    around = around_it(request, coach, page, again=again, said=said)
    around = replace(with_open(around, request, coach, page, sheet), saved_at=draft.saved_at if draft else None)
    known = around.public or coach.installs.knows_channel(request.workspace, page.channel)

    def drawn() -> Modal:
        public = coach.retros.is_public(request.workspace, page.channel)
        return modals.form(sheet, page, replace(around, public=public))

    reply = Reply(modal=modals.form(sheet, page, around), again=None if known else drawn)
    reply = replace(reply, meet=frozenset({request.user}), look_at=frozenset({page.channel}))
    return replace(reply, say_later=like_it(request, coach, page, sheet, request.channel))


def like_it(
    request: Request, coach: Coach, page: Page, sheet: Sheet, channel: str
) -> Callable[[], Message | None] | None:
    """Offer past retros to whoever begins one, as far as they may see them in the channel where they are told."""
    text, by = sheet.said, replace(request.by, request="")
    if page.retro or not text:
        return None

    def look() -> Message | None:
        offers = coach.finder.begin(text, page.form, by=by, channel=channel, named=_named(sheet))
        return views.to_begin_with(offers) if offers else None

    return look


def _named(sheet: Sheet) -> Named | None:
    """Give the system as far as it can be one: a name that is too long is refused when the retro is logged."""
    try:
        return sheet.named()
    except NameTooLong:
        return None


def with_open(around: Around, request: Request, coach: Coach, page: Page, sheet: Sheet) -> Around:
    """Show beside a new retro what earlier ones of its system left open."""
    named = None if page.retro else _named(sheet)
    if named is None:
        return around
    found = coach.actions.to_carry(named, workspace=request.workspace, channel=page.channel, user=request.user)
    return replace(around, still_open=tuple(found))


_INSTEAD = "You have a draft in this channel, so here it is. Log it first, or *Start afresh* with what you asked for."
_TOO_LONG = "Your draft's first answer has no room left for that message, so it is not added."


def _joined(draft: Sheet, fresh: Sheet) -> tuple[Sheet, str]:
    """Keep the draft: a message joins its first answer, and for anything else it says how to begin that."""
    if fresh.version:  # an edit: the draft is of the same retro
        return draft, ""
    if fresh.expected and fresh.run is None:
        joined = draft.quoting(fresh.expected, fresh.source)
        return joined, "" if fresh.expected in joined.expected else _TOO_LONG
    asked = fresh.named()
    same = asked is None or (draft.run == fresh.run and _is_named(draft, asked))
    return draft, "" if same else _INSTEAD


def _is_named(sheet: Sheet, other: Named) -> bool:
    named = sheet.named()
    return named is not None and named.key == other.key


def around_it(
    request: Request, coach: Coach, page: Page, *, again: str = "", said: str = "", wrong: str = ""
) -> Around:
    """Give what the form shows around its fields."""
    retro = coach.retros.edited(page.retro, by=request.by, channel=page.channel) if page.retro else None
    public = coach.retros.is_public(request.workspace, page.channel)
    return Around(coach.library.questions, public, retro, again=again, said=said, wrong=wrong)


def today_turn(coach: Coach) -> int:
    """Give the day's turn of prompts."""
    return coach.retros.now().date().toordinal()


def page_of(view: View) -> Page:
    """Read where an open form stands."""
    meta = view.meta
    counts = {name: int(meta.get(name) or 0) for name in ("turn", "top", "low")}
    return Page(str(meta["channel"]), number(meta.get("retro") or 0), **counts, form=str(meta.get("form") or ""))


def typed(request: Request, coach: Coach) -> tuple[Page, Sheet]:
    """Read all that a form holds; the actions that were added before stand in its own draft."""
    view = opened(request)
    page = page_of(view)
    draft = coach.retros.draft(request.workspace, request.user, page.channel, page.retro, page.form)
    kept = of_draft(draft.body) if draft else Sheet()
    retro = coach.retros.find(request.workspace, page.retro) if page.retro else None
    return page, _read(view, page, kept, retro)


def _read(view: View, page: Page, kept: Sheet, retro: Retro | None) -> Sheet:
    def at(name: str) -> str:
        return view.text(f"{name}~{page.top}")

    # A form that did not ask who may read it changes nothing about that, nor about what is to be carried over.
    was = retro.words.visibility if retro else kept.visibility
    ticked = view.several(modals.carried(page)) if modals.carried(page) in view.inputs else kept.carried
    half = {name: view.text(f"{block}~{page.low}") for name, block in _HALF.items()}
    meta = view.meta
    return Sheet(
        **{name: at(name) for name in (*TEXTS, "system", "release")},
        kind=kind_of(at("kind")),
        causes=causes_of(view.several(f"causes~{page.top}")),
        people=view.several(f"people~{page.top}"),
        visibility=visibility_of(at("visibility") or was),
        actions=kept.actions,
        half=Half(**half),
        carried=tuple(number(one) for one in ticked),
        source=str(meta.get("source") or ""),
        run=number(meta["run"]) if meta.get("run") else None,
        version=int(meta.get("version") or 0),
        seen=int(meta.get("seen") or 0),
        gathered=int(meta.get("gathered") or 0),
    )


_HALF = {"text": "action", "owner": "owner", "due": "due", "proof": "proof"}


def keep(request: Request, coach: Coach, page: Page, sheet: Sheet) -> None:
    """Save what a form holds."""
    by = replace(request.by, request="")
    coach.retros.keep_draft(sheet.body(), by=by, channel=page.channel, retro=page.retro, form=page.form)


def redraw(request: Request, coach: Coach, page: Page, sheet: Sheet, around: Around | None = None) -> Reply:
    """Save what a form holds, and show it anew."""
    keep(request, coach, page, sheet)
    around = around or around_it(request, coach, page)
    around = replace(with_open(around, request, coach, page, sheet), saved_at=coach.retros.now())
    return Reply(modal=modals.form(sheet, page, around), how="update")


def complete(sheet: Sheet, coach: Coach, *, new: bool) -> Sheet:
    """Take in the action that stands in the fields, and raise FieldErrors with all that is to be mended."""
    today = day_of(coach.retros.now())
    wrong = sheet.mistakes(today, new=new)
    if sheet.half.begun:
        try:
            sheet = sheet.added(today)
        except FieldErrors as error:
            wrong |= error.fields
    if wrong:
        raise FieldErrors(wrong)
    return sheet


def edited(request: Request, coach: Coach, page: Page) -> Sheet:
    """Give the form of a retro as it stands now."""
    # Counted first: a history that holds a change which the form does not show would have it written over.
    seen = len(coach.retros.history(request.workspace, page.retro))
    return of_retro(coach.retros.edited(page.retro, by=request.by, channel=page.channel), seen)
