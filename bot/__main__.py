"""The `aipm` command."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from bot import library, log, settings
from bot.app import Coach, build, release
from bot.checklists import deon, export
from bot.errors import ContentError, Refused, SetupError
from bot.manifest import manifest
from bot.outbox import report, restoring
from bot.schema import Checklist
from bot.schema_lessons import About, Lesson
from bot.schema_retros import Questions


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; mistakes end in a sentence and exit code 2, never in a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["sandbox"]:
            return _sandbox(arguments[1:])
        options = _parser().parse_args(arguments)
        work: Callable[[argparse.Namespace], int] = options.work
        return work(options)
    except (ContentError, SetupError, Refused, OSError) as error:
        print(f"aipm: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aipm", description="The AI-PM coach for Slack.")
    parser.add_argument("--version", action="version", version=release())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, about: str, work: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(work=work)
        return one

    served = add("serve", "answer Slack, over HTTP or (with SLACK_APP_TOKEN) Socket Mode", _serve)
    served.add_argument("--no-clock", action="store_true", help="post nothing unasked: aipm worker or tick does")
    add("worker", "post what is due, without answering Slack", _work)
    ticked = add("tick", "post what is due and end, for hosts that have only cron", _tick)
    ticked.add_argument("--now", type=_moment, help="what counts as due, such as 2026-11-23T09:00:00+01:00")
    ticked.add_argument("--since", type=_moment, help="look at every hour since then, for a clock that was moved")
    listed = add("deliveries", "list what is due, sent, held and failed, and why", _deliveries)
    listed.add_argument("--workspace", help="only this workspace")
    listed.add_argument("--limit", type=int, default=50, help="at most this many (default: 50)")
    commands.add_parser("sandbox", help="a pretend Slack in the browser, with the coach in it", add_help=False)
    add("doctor", "check every setting, the clock, the token and the database", _doctor)
    _database(add("db", "migrate the database, or make a restored one safe to post from", _migrate))
    shown = add("manifest", "print the app manifest to paste at Slack", _manifest)
    shown.add_argument("--socket", action="store_true", help="for Socket Mode, which needs no public address")
    shown.add_argument("--url", default="https://YOUR-HOST", help="where Slack reaches this server")
    _content(add("content", "check content, or import a deon checklist", _lint))
    exported = add("export", "export checklist runs, or retros, to files", _export)
    exported.add_argument("what", nargs="?", choices=["checklists", "retros"], default="checklists")
    exported.add_argument("--format", choices=["md", "csv", "json"], default="json")
    exported.add_argument("--run", type=int, help="only this run")
    exported.add_argument("--checklist", help="only this checklist")
    exported.add_argument("--workspace", help="only this workspace")
    exported.add_argument("--to", type=Path, default=Path("exports"), help="folder (default: exports)")
    return parser


def _database(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("upgrade", help="bring it to what this version needs")
    restored = actions.add_parser("restored", help="have what was due looked for in Slack before it is posted")
    restored.set_defaults(work=_restored)


def _content(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    lint = actions.add_parser("lint", help="check the shipped content and a folder or AIPM_CONTENT_DIR")
    lint.add_argument("path", type=Path, nargs="?")
    lint.set_defaults(work=_lint)
    imported = actions.add_parser("import", help="turn a checklist of another tool into one of yours")
    imported.add_argument("form", choices=["deon"])
    imported.add_argument("file", type=Path)
    imported.add_argument("--to", type=Path, help="content folder (default: AIPM_CONTENT_DIR)")
    imported.add_argument("--name", help="name of the sub-command (default: from the title)")
    imported.set_defaults(work=_import)


def _sandbox(arguments: Sequence[str]) -> int:
    if settings.load().aipm_env == "production":
        raise SetupError("the sandbox does not run where AIPM_ENV is production")
    from sandbox.cli import run  # noqa: PLC0415 - the sandbox is never loaded by a process that serves

    return run(arguments)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("say the zone too, such as 2026-11-23T09:00:00+01:00")
    return at


def _logged() -> settings.Settings:
    chosen = settings.load()
    log.configure(chosen.aipm_log_level, lines=chosen.aipm_env == "production")
    return chosen


def _serve(options: argparse.Namespace) -> int:
    from handlers import serve  # noqa: PLC0415 - commands that do not serve start without Bolt

    return serve.run(_logged(), clock=not options.no_clock)


def _work(_options: argparse.Namespace) -> int:
    from handlers import serve  # noqa: PLC0415 - see _serve

    return serve.work(_logged())


def _tick(options: argparse.Namespace) -> int:
    from handlers import serve  # noqa: PLC0415 - see _serve

    return serve.tick(_logged(), options.now, options.since)


def _deliveries(options: argparse.Namespace) -> int:
    coach = _coach()
    for told in report.lines(coach.outbox, options.workspace, options.limit):
        print(told)
    coach.close()
    return 0


def _doctor(_options: argparse.Namespace) -> int:
    from bot import doctor  # noqa: PLC0415 - it loads the HTTP client

    return doctor.run(settings.load())


def _migrate(_options: argparse.Namespace) -> int:
    from bot import migrate  # noqa: PLC0415 - it loads Alembic

    print(migrate.upgrade(settings.load().database_url))
    return 0


def _restored(_options: argparse.Namespace) -> int:
    coach = _coach()
    count = restoring.doubt(coach.outbox)
    coach.close()
    print(f"Posts that were due: {count}. Each is looked for in Slack, and posted only if it is not there.")
    return 0


def _manifest(options: argparse.Namespace) -> int:
    print(json.dumps(manifest(options.url.rstrip("/"), socket=options.socket), indent=2))
    return 0


def _lint(options: argparse.Namespace) -> int:
    own = options.path or settings.load().aipm_content_dir
    if own and own.is_file():
        print(f"{own}: fine. {_holds(library.load_file(own))}.")
        return 0
    found = library.load(own)
    items = sum(len(phase.items) for one in found.checklists.values() for phase in one.phases)
    counts = {"checklists": len(found.checklists), "items": items, "tracks": len(found.tracks)}
    counts |= {"lessons": len(found.lessons), "prompts of a retro": _prompts(found.questions)}
    counts |= {"sources": len(found.sources)}
    print(f"Fine: {', '.join(f'{number} {name}' for name, number in counts.items())}.")
    return 0


def _prompts(questions: Questions) -> int:
    return sum(len(one.prompts) for one in questions.questions)


def _holds(loaded: Checklist | Lesson | About | Questions) -> str:
    if isinstance(loaded, Questions):
        return f"3 questions, {_prompts(loaded)} prompts"
    if isinstance(loaded, Checklist):
        return f"{sum(len(one.items) for one in loaded.phases)} items"
    return f"{loaded.words} words, a quiz of {len(loaded.quiz)}" if isinstance(loaded, Lesson) else "A track"


def _import(options: argparse.Namespace) -> int:
    folder = options.to or settings.load().aipm_content_dir
    if folder is None:
        raise SetupError("Say where with --to FOLDER, or set AIPM_CONTENT_DIR.")
    path = deon.convert(options.file, folder, date.today(), options.name)  # noqa: DTZ011 - the author's own day
    print(f"Wrote {path}. With AIPM_CONTENT_DIR={folder} it is the command /aipm {path.stem}.")
    return 0


def _export(options: argparse.Namespace) -> int:
    coach = _coach()
    if options.what == "retros":
        return _export_retros(coach, options)
    found = coach.checklists.all_runs(options.workspace, options.checklist)
    wanted = [(workspace, run) for workspace, run in found if options.run in {None, run}]
    options.to.mkdir(parents=True, exist_ok=True)
    for workspace, run in wanted:
        record = coach.checklists.record(workspace, run)
        path = options.to / export.name(record, options.format)
        path.write_text(export.write(record, options.format), "utf-8", newline="")
    coach.close()
    print(f"{len(wanted)} runs written to {options.to}")
    return 0 if wanted or options.run is None else 1


def _export_retros(coach: Coach, options: argparse.Namespace) -> int:
    from bot.retros.record import export  # noqa: PLC0415 - the start of the server does not pay for it

    options.to.mkdir(parents=True, exist_ok=True)
    path = options.to / export.name(options.format)
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        count = export.fill({options.format: file.write}, coach.records.everything(options.workspace))
    unfinished.replace(path)
    coach.close()
    print(f"{count} retros written to {path}")
    return 0


def _coach() -> Coach:
    coach = build(settings.load(), checkpoints=False)
    coach.database.require_schema()
    return coach


if __name__ == "__main__":
    sys.exit(main())
