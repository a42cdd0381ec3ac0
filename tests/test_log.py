"""The log: no secrets, nothing that people wrote, one event a line."""

import json
import subprocess
import sys

import pytest

from bot.database import Database
from bot.log import redact
from bot.systems import store
from bot.systems.model import Named

SECRETS = [
    "xoxb-1234-abcDEF",
    "xoxp-1-2-3",
    "xoxe-1-abc",
    "xoxe.xoxp-1-Mi0yLTE",
    "xapp-1-A0-123-abc",
    "https://hooks.slack.com/commands/T1/2/secret",
    "https://hooks.slack.com/actions/T1/2/secret",
    "http://127.0.0.1:4000/hooks/T1/secret",
    "v0=" + "a1" * 32,
]
SCRIPT = """
import logging, sys
import structlog
from bot import log
log.configure("debug", lines={lines})
secret = {secret!r}
mine = structlog.get_logger()
mine.info("said", text=secret, nested={{"url": [secret]}})
mine.warning("two\\nlines " + secret)
try:
    raise ValueError(secret)
except ValueError as error:
    mine.exception("broke")
    mine.error("broke", exc_info=error)
    mine.error("broke", error=error)
    logging.getLogger("other").exception("broke %s", secret)
for name in ("slack_bolt", "slack_sdk.web", "aiohttp.access", "apscheduler.x", "uvicorn.access", "bot"):
    logging.getLogger(name).debug("payload %s", secret)
    logging.getLogger(name).error("failed %s", secret)
logging.getLogger("slack_bolt.App").debug("people wrote this")
logging.getLogger("slack_sdk.web").info("people wrote this")
"""


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_blanked_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"before {secret} after", f'{{"url": "{secret}"}}', f"url={secret}"):
        told = redact(text)
        assert secret not in told
        assert "[redacted]" in told


def test_oauth_codes_are_blanked() -> None:
    assert redact("GET /slack/oauth?code=abc.def&state=xyz&x=1") == ("GET /slack/oauth?[redacted]&[redacted]&x=1")


@pytest.mark.parametrize(
    "text", ["https://slack.com/api/chat.postMessage", "run-7", "https://example.com/a?b=c", "v0 of the model"]
)
def test_other_words_are_left_alone(text: str) -> None:
    assert redact(text) == text


def test_one_event_is_one_line() -> None:
    assert redact("one\r\ntwo\nthree") == "one\\r\\ntwo\\nthree"


def logged(*, lines: bool, secret: str) -> list[str]:
    """Log in a process of its own: loggers keep the stream that they first wrote to."""
    script = SCRIPT.format(lines=lines, secret=secret)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    return done.stderr.splitlines()


@pytest.mark.parametrize("secret", ["xoxb-1234-abcDEF", "https://hooks.slack.com/commands/T1/2/secret"])
def test_json_lines_for_collectors_hold_no_secret(secret: str) -> None:
    lines = logged(lines=True, secret=secret)
    assert secret not in "".join(lines)
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert [one["event"] for one in events] == ["said", "two\nlines [redacted]", "broke", "broke", "broke"]
    assert all(one["timestamp"].endswith("Z") for one in events)
    assert "ValueError" in events[2]["exception"]


def test_lines_for_people_hold_no_secret_and_no_words_of_others() -> None:
    lines = logged(lines=False, secret="xoxb-1234-abcDEF")
    assert "xoxb-" not in "".join(lines)
    assert "people wrote this" not in "".join(lines)
    assert sum("payload" in line for line in lines) == 1  # the last logger is ours and may speak at debug


def test_a_database_error_does_not_tell_what_people_wrote(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            store.ensure(database, tx, "T" * 99, Named("A secret name"))
            tx.execute(store.systems.insert(), {"workspace_id": "T" * 99, "name": "A secret name", "version": ""})

    with pytest.raises(Exception, match="systems") as caught:
        fail()
    assert "secret" not in str(caught.value)
