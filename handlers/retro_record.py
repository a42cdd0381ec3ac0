"""The record of retros: statistics and exports."""

from dataclasses import replace
from datetime import date
from functools import partial
from io import BytesIO

from bot.app import Coach
from bot.errors import FieldErrors, Refused
from bot.exports import FORMATS
from bot.retros.model import CAUSES, KINDS
from bot.retros.record import export, views
from bot.retros.record.chart import picture
from bot.retros.record.model import Wanted
from bot.systems.model import parse
from handlers import help as helping
from handlers.mishaps import sentence
from handlers.requests import Reply, Request, View, opened
from handlers.routes import routes

_COMING = "I am writing the file. It comes to you in a direct message."


@routes.word("retro stats", "retro stats", "Causes over time, actions, time to close", helping.RETROS)
def stats(request: Request, coach: Coach) -> Reply:
    """Show the numbers to the asker, and the picture to the channel, once they are counted."""
    return Reply(later=lambda: _counted(request, coach), channel=request.channel)


def _counted(request: Request, coach: Coach) -> Reply:
    found = coach.records.stats(request.workspace, request.channel)
    drawn = picture(found) if found.retros else None
    return Reply(say=views.stats(found), picture=drawn, channel=request.channel, comment=views.in_words(found))


@routes.word(
    "retro export", "retro export [csv|json|md] [system]", "Retros as files; a form asks for filters", helping.RETROS
)
def ask_export(request: Request, coach: Coach) -> Reply:
    """Send files at once if the form is named, else ask what is wanted."""
    form, _, system = request.rest().text.partition(" ")
    if form.casefold() in FORMATS:
        reply = _files([form.casefold()], Wanted(system), request, coach, request.channel)
        # The file arrives elsewhere, and may take a moment: without a word it would look as if nothing happened.
        return reply if request.source == "direct" else replace(reply, say=sentence(_COMING))
    if form or not request.trigger:
        raise Refused("Name the form: `/aipm retro export csv`, `json` or `md`, and a system if you like.")
    return Reply(modal=views.export(request.channel))


@routes.submission(views.EXPORTING)
def give_export(request: Request, coach: Coach) -> Reply:
    """Send the files that the form asks for."""
    view = opened(request)
    formats = [one for one in view.several("formats") if one in FORMATS]
    if not formats:
        raise FieldErrors({"formats": "Choose at least one form."})
    return _files(formats, _wanted(view), request, coach, str(view.meta["channel"]))


def _wanted(view: View) -> Wanted:
    kind, cause, since = view.text("kind"), view.text("cause"), view.text("since")
    return Wanted(
        view.text("system"),
        next((one for one in KINDS if one == kind), None),
        next((one for one in CAUSES if one == cause), None),
        date.fromisoformat(since) if since else None,
    )


def _files(formats: list[str], wanted: Wanted, request: Request, coach: Coach, channel: str) -> Reply:
    parse(wanted.system)  # a name that is too long is refused while the form is open
    return Reply(later=lambda: _written(formats, wanted, request, coach, channel), channel=channel)


def _written(formats: list[str], wanted: Wanted, request: Request, coach: Coach, channel: str) -> Reply:
    """Write the files, all in one reading."""
    texts = {form: BytesIO() for form in formats}
    puts = {form: partial(_put, text) for form, text in texts.items()}
    found = coach.records.retros(wanted, workspace=request.workspace, channel=channel, user=request.user)
    count = export.fill(puts, found)
    if not count:
        raise Refused("No retro that you may see here fits. `/aipm retro list` shows what there is.")
    files = {export.name(form): text.getvalue() for form, text in texts.items()}
    where = "here" if channel.startswith("D") else f"in <#{channel}>"  # Slack has no link to a direct message
    comment = f"{count:,} retro{'' if count == 1 else 's'} that you may see {where}."
    return Reply(files=files, comment=comment, channel=channel, direct=True)


def _put(file: BytesIO, text: str) -> None:
    file.write(text.encode())
