"""What Slack refuses in text objects and rich text."""

from bot.limits_checks import (
    Check,
    anything,
    flag,
    many,
    matching,
    number,
    one_of,
    shape,
    string,
    typed,
    whole,
)

LONGEST = 3000
link = matching(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", "must be a valid URL", LONGEST)
identifier = string(255)


def texts(most: int) -> dict[str, Check]:
    """Give both kinds of text object; Slack refuses `emoji` on mrkdwn and `verbatim` on plain_text."""
    return {
        "plain_text": shape("text", type=anything, text=string(most), emoji=flag),
        "mrkdwn": shape("text", type=anything, text=string(most), verbatim=flag),
    }


def text(most: int, *kinds: str) -> Check:
    """Ask for a text object of 1 to `most` characters, of any kind unless kinds are named."""
    table = texts(most)
    return typed({kind: table[kind] for kind in kinds or table})


def plain(most: int) -> Check:
    """Ask for a plain_text object."""
    return text(most, "plain_text")


_style = shape(
    "",
    **dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), flag),
)
_styled: dict[str, Check] = {"type": anything, "style": _style}
_run = string(LONGEST)
_inline = typed(
    {
        "text": shape("text", **_styled, text=string(LONGEST, 0)),
        "link": shape("url", **_styled, url=link, text=_run, unsafe=flag),
        "emoji": shape("name", **_styled, name=identifier, unicode=identifier, skin_tone=whole(1, 6)),
        "user": shape("user_id", **_styled, user_id=identifier),
        "usergroup": shape("usergroup_id", **_styled, usergroup_id=identifier),
        "channel": shape("channel_id", **_styled, channel_id=identifier),
        "team": shape("team_id", **_styled, team_id=identifier),
        "broadcast": shape("range", **_styled, range=one_of("here", "channel", "everyone")),
        "color": shape("value", **_styled, value=identifier),
        "date": shape("timestamp format", **_styled, timestamp=number, format=_run, url=link, fallback=_run),
    }
)
_inlines = many(_inline, 0, 1000)
_section = shape("elements", type=anything, elements=_inlines)
_bordered: dict[str, Check] = {"type": anything, "border": whole(0, 1)}
_part = typed(
    {
        "rich_text_section": _section,
        "rich_text_quote": shape("elements", **_bordered, elements=_inlines),
        "rich_text_preformatted": shape("elements", **_bordered, elements=_inlines, language=identifier),
        "rich_text_list": shape(
            "elements style",
            **_bordered,
            elements=many(typed({"rich_text_section": _section}), 1, 1000),
            style=one_of("bullet", "ordered"),
            indent=whole(0, 8),
            offset=whole(0, 1_000_000),
        ),
    }
)
rich_text_fields: dict[str, Check] = {"type": anything, "elements": many(_part, 1, 1000)}
rich_text = typed({"rich_text": shape("elements", **rich_text_fields, block_id=identifier)})
