"""Logging: structured lines, without secrets and without what people wrote."""

import logging
import re
import sys

import structlog

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe[\w.-]+|https?://[^\s\"']*?/(?:hooks|commands|actions|services)/[^\s\"']+"
    r"|https://hooks\.slack\.com/[^\s\"']+|v0=[0-9a-f]{64}|(?<=[?&])(?:code|state)=[^&\s]+"
)
# Bolt and the SDK log payloads at DEBUG, with people's text and response_urls in them.
_QUIET = ("slack_sdk", "aiohttp", "apscheduler", "asyncio", "uvicorn", "uvicorn.error", "alembic")


def redact(text: str) -> str:
    """Blank out tokens, signatures and response_urls; keep one line one line."""
    return _SECRETS.sub("[redacted]", text).replace("\r", "\\r").replace("\n", "\\n")


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def _clean(_logger: object, _name: str, rendered: object) -> str:
    """Redact the finished line: a secret may stand in any value, at any depth."""
    return redact(str(rendered))


def configure(level: str = "info", *, lines: bool = False) -> None:
    """Send every log line to standard error: key=value for people, JSON for collectors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # At its start Bolt warns of every token that it finds in the environment; the coach brings its own.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if lines else structlog.dev.ConsoleRenderer(colors=False),
            _clean,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
