"""Public holidays, as the package `holidays` knows them."""

from datetime import date
from functools import cache, lru_cache

import holidays


@cache
def _countries() -> dict[str, frozenset[str]]:
    return {code: frozenset(parts) for code, parts in holidays.list_supported_countries().items()}


def is_country(code: str) -> bool:
    """Say whether holidays are known for it: a country such as DE, or a part of one such as US-CA."""
    country, dash, part = code.partition("-")
    parts = _countries().get(country)
    return parts is not None and (part in parts if dash else True)


def is_day_off(code: str, day: date) -> bool:
    """Say whether a day is a public holiday there; nowhere has none."""
    return bool(code) and day in _days_off(code, day.year)


@lru_cache(maxsize=512)
def _days_off(code: str, year: int) -> frozenset[date]:
    if not is_country(code):
        return frozenset()
    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year, expand=False))
