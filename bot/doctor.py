"""Checks everything that is set from outside, and says what to do."""

import asyncio
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

import aiohttp

from bot import library
from bot.database import SCHEMA, Database
from bot.errors import ContentError, SetupError
from bot.manifest import OPTIONAL, SCOPES
from bot.settings import Settings
from bot.slack import Slack, SlackError

SKEW = 60
"""Seconds by which the clock may be wrong; Slack refuses (and we refuse) more than 300."""

# Fixed in 3.51.3, and in the patch releases 3.50.7 and 3.44.6: two connections could damage the log at its reset.
_SAFE_SQLITE = ((3, 51, 3),)
_PATCHED_SQLITE = {(3, 50): 7, (3, 44): 6}


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    state: Literal["ok", "warn", "bad"]
    what: str
    todo: str = ""


def run(settings: Settings) -> int:
    """Print every finding; give 1 if something keeps the coach from working."""
    findings = list(check(settings))
    for one in findings:
        mark = {"ok": "ok  ", "warn": "note", "bad": "BAD "}[one.state]
        sys.stdout.write(f"{mark} {one.what}{f' → {one.todo}' if one.todo else ''}\n")
    bad = sum(one.state == "bad" for one in findings)
    sys.stdout.write("Everything is ready.\n" if not bad else f"{bad} to mend.\n")
    return 1 if bad else 0


def check(settings: Settings) -> Iterator[Finding]:
    """Check the settings, the content, the database, Slack and the clock."""
    yield from _secrets(settings)
    yield _address(settings)
    yield _content(settings)
    yield from _database(settings)
    yield from asyncio.run(_slack(settings))


def _secrets(settings: Settings) -> Iterator[Finding]:
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        yield Finding("bad", "SLACK_BOT_TOKEN is not set", "copy it from OAuth & Permissions of your Slack app")
    elif not token.startswith("xoxb-"):
        yield Finding("bad", "SLACK_BOT_TOKEN is not a bot token", "use the one that begins with xoxb-")
    else:
        yield Finding("ok", "SLACK_BOT_TOKEN is set")
    app = settings.slack_app_token.get_secret_value()
    if app and not app.startswith("xapp-"):
        yield Finding("bad", "SLACK_APP_TOKEN is not an app-level token", "use the one that begins with xapp-")
    elif app:
        yield Finding("ok", "SLACK_APP_TOKEN is set: Socket Mode")
    elif not settings.slack_signing_secret.get_secret_value():
        todo = "copy it from Basic Information (or set SLACK_APP_TOKEN for Socket Mode)"
        yield Finding("bad", "SLACK_SIGNING_SECRET is not set", todo)
    else:
        yield Finding("ok", "SLACK_SIGNING_SECRET is set: HTTP, Slack posts to https://YOUR-HOST/slack/events")


def _address(settings: Settings) -> Finding:
    where = f"HOST and PORT: {settings.host}:{settings.port}"
    try:
        with socket.create_server((settings.host, settings.port)):
            return Finding("ok", f"{where} is free")
    except OSError as error:
        return Finding("warn", f"{where} cannot be taken ({error.strerror})", "fine if `aipm serve` runs there already")


def _content(settings: Settings) -> Finding:
    try:
        found = library.load(settings.aipm_content_dir)
    except ContentError as error:
        return Finding("bad", f"content: {error}", "mend it, then run: aipm content lint")
    return Finding("ok", f"content: {len(found.checklists)} checklists, {len(found.lessons)} lessons")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = Database(settings.database_url, checkpoints=False)
    except (SetupError, OSError) as error:
        yield Finding("bad", f"DATABASE_URL: {error}", "check the address and the folder")
        return
    trouble = database.trouble()
    if trouble:
        yield Finding("bad", f"DATABASE_URL does not work: {trouble}", "check the address, the password, the folder")
        return
    found = database.revision()
    if found == SCHEMA:
        yield Finding("ok", f"the database is at {SCHEMA} ({database.url.get_backend_name()})")
    else:
        yield Finding("bad", f"the database is at {found or 'nothing'}, not {SCHEMA}", "run: aipm db upgrade")
    if database.is_sqlite:
        yield from _sqlite()
    database.close()


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version_info
    patched = _PATCHED_SQLITE.get(version[:2])
    safe = version >= _SAFE_SQLITE[0] or (patched is not None and version[2] >= patched)
    if not safe:
        what = f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug, which needs two processes on one file"
        yield Finding("warn", what, "run one process on this file, or use PostgreSQL")
    yield Finding("ok", "SQLite is for one web process; several need PostgreSQL")


async def _slack(settings: Settings) -> list[Finding]:
    token = settings.slack_bot_token.get_secret_value()
    findings = [await _clock(settings.slack_api_url)]
    if not token:
        return findings
    try:
        async with Slack(token, settings.slack_api_url) as slack:
            identity = await slack.identity()
    except SlackError as error:
        todo = "check SLACK_BOT_TOKEN and reinstall the app" if error.code != "unreached" else "check the network"
        return [*findings, Finding("bad", f"Slack does not take the token: {error}", todo)]
    findings.append(Finding("ok", f"the token works: workspace {identity.name}"))
    findings += await _socket_mode(settings)
    return [*findings, *_scopes(set(identity.scopes))]


async def _socket_mode(settings: Settings) -> list[Finding]:
    token = settings.slack_app_token.get_secret_value()
    if not token:
        return []
    try:
        async with Slack(token, settings.slack_api_url) as slack:
            await slack.call(slack.client.apps_connections_open(app_token=token))
    except SlackError as error:
        todo = "make one under Basic Information, App-Level Tokens, with the scope connections:write"
        return [Finding("bad", f"Slack does not take SLACK_APP_TOKEN: {error}", todo)]
    return [Finding("ok", "SLACK_APP_TOKEN works")]


def _scopes(granted: set[str]) -> Iterator[Finding]:
    for scope, use in SCOPES.items():
        if scope not in granted:
            yield Finding("bad", f"the scope {scope} is missing ({use})", "paste `aipm manifest` again and reinstall")
    for scope, use in OPTIONAL.items():
        if scope not in granted:
            yield Finding("warn", f"the optional scope {scope} is not granted: {use}")
    if granted >= set(SCOPES):
        yield Finding("ok", "all scopes that are needed are granted")


async def _clock(url: str, now: Callable[[], float] = time.time) -> Finding:
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{url}api.test") as answer:
            told = answer.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError) as error:
        host = urlsplit(url).netloc
        return Finding("bad", f"SLACK_API_URL: {host} does not answer ({type(error).__name__})", "check the network")
    skew = abs(now() - parsedate_to_datetime(told).timestamp()) if told else 0.0
    if skew > SKEW:
        return Finding("bad", f"the clock is {skew:.0f} s off", "switch on time synchronisation (NTP)")
    return Finding("ok", f"SLACK_API_URL answers, the clock is right within {max(1, round(skew))} s")
