import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox import dates, mrkdwn
from sandbox.markdown import markdown
from sandbox.mrkdwn import Reader, plain
from sandbox.richtext import rich_text
from tests.sandbox.markup import read_text

NOON = 1_700_000_000  # 14 November 2023, 22:13:20 UTC
READER = Reader("U1", {"U1": "Anna <b>", "U2": "Ben"}, {"C1": "general"}, "Europe/Berlin", NOON)

PIECES = st.sampled_from(
    [
        *("*", "_", "~", "`", "```", "\n", " ", ":", "|", "<", ">", "&", "&lt;", "&gt;", "&amp;", '"', "'", "="),
        *("<@U1>", "<#C1|x>", "<!here>", "<!date^1^{date}|x>", "<!date^9", "^{time}", "<https://a.b|", "javascript:"),
        *("https://", "a.b/c", ":tada:", ":+1:", ":skin-tone-3:", "<script>", "onclick=", "](", "[", ")", "**", "#"),
        *("__", "~~", "- ", "1. ", "- [x] ", "> ", "| a |", "---", "word", "\u2066", "\x00", "😀", "mailto:x@y.z"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join)


def html(text: str) -> str:
    return str(mrkdwn.mrkdwn(text, READER))


@given(TEXTS)
@example("*_~`a`~_*")
@example("[https://a.b](https://c.d)")
@example("<https://a.b|<https://c.d|x>>")
def test_mrkdwn_is_always_harmless(text: str) -> None:
    read_text(html(text))


@given(TEXTS)
@example("[https://a.b](https://c.d)")
@example("**a *b** c*")
def test_markdown_is_always_harmless(text: str) -> None:
    read_text(str(markdown(text, READER)))


@given(TEXTS, st.sampled_from(["text", "link", "emoji", "user", "channel", "broadcast", "date", "what"]))
def test_rich_text_is_always_harmless(text: str, kind: str) -> None:
    piece: dict[str, Any] = {"type": kind, "text": text, "url": text, "name": text, "user_id": text, "channel_id": text}
    piece |= {"range": text, "timestamp": 9, "format": text, "fallback": text, "style": {"bold": True, "code": True}}
    for box in ("rich_text_section", "rich_text_preformatted", "rich_text_quote"):
        read_text(str(rich_text({"elements": [{"type": box, "elements": [piece]}]}, READER)))


@given(st.text(alphabet=st.characters(exclude_characters="*_~`<>&:\n"), max_size=80))
def test_text_without_marks_is_shown_as_it_is(text: str) -> None:
    assert read_text(html(text)).text == text


@given(st.text(alphabet="ab &<>;ltgmp", max_size=40))
def test_what_was_escaped_once_is_shown_once(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = read_text(html("x" + escaped))
    assert shown.text == "x" + text
    assert shown.tags == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* _b_ ~c~", "<b>a</b> <i>b</i> <s>c</s>"),
        ("*a _b ~c~_*", "<b>a <i>b <s>c</s></i></b>"),
        ("2*3*4 a_b_c", "2*3*4 a_b_c"),
        ("* a* *b *c", "* a* *b *c"),
        ("(*a*), *b*.", "(<b>a</b>), <b>b</b>."),
        ("*a\nb*", "*a<br>b*"),
        ("`*a* &lt;b&gt;`", "<code>*a* &lt;b&gt;</code>"),
        ("*a `b*c` d*", "<b>a <code>b*c</code> d</b>"),
        ("a\n```\n*x*\ny```\nb", "a<pre>*x*\ny</pre>b"),
        ("`<https://a.b|label>`", "<code>label</code>"),
        ("&gt; a\n&gt; *b*\nc", "<blockquote>a<br><b>b</b></blockquote>c"),
        ("> a", "<blockquote>a</blockquote>"),
        ("&gt;&gt;&gt; a\nb", "<blockquote>a<br>b</blockquote>"),
        ("• a\n1. b", "• a<br>1. b"),
        ("&amp;lt; <b>", "&amp;lt; &lt;b&gt;"),
        ("<@U2> <@U9|neil> <@U9>", 3),
        ("<!unknown> <javascript:alert(1)|x>", "&lt;!unknown&gt; &lt;javascript:alert(1)|x&gt;"),
        ("<https://a.b c|x>", "&lt;https://a.b c|x&gt;"),
        (":tada: :nope: 10:30:00", "🎉 :nope: 10:30:00"),
        (":+1::skin-tone-2: :nope::skin-tone-2:", "👍🏻 :nope::skin-tone-2:"),
        ("", ""),
    ],
)
def test_mrkdwn(text: str, expected: str | int) -> None:
    if isinstance(expected, int):
        assert [tag.text for tag in read_text(html(text)).tags] == ["@Ben", "@neil", "@U9"]
    else:
        assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "href", "label"),
    [
        ("<https://a.b/c?d&amp;e|*l*>", "https://a.b/c?d&e", "*l*"),
        ("<https://a.b>", "https://a.b", "https://a.b"),
        ("<mailto:x@y.z>", "mailto:x@y.z", "x@y.z"),
        ("(see https://a.b/c_d_e.)", "https://a.b/c_d_e", "https://a.b/c_d_e"),
        ('<https://a.b/"onclick=|x>', 'https://a.b/"onclick=', "x"),
        ("<#C1>", "/w?as=U1&c=C1", "#general"),
        ("<!date^1700000000^{date_num}^https://a.b|x>", "https://a.b", "2023-11-14"),
    ],
)
def test_links(text: str, href: str, label: str) -> None:
    (tag,) = read_text(html(text)).tags
    assert (tag.name, tag.attributes["href"], tag.text) == ("a", href, label)


def test_a_mention_of_the_reader_stands_out() -> None:
    mine, other = read_text(html("<@U1> <@U2>")).tags
    assert "mention-me" in mine.attributes["class"]
    assert "mention-me" not in other.attributes["class"]
    assert mine.text == "@Anna <b>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!date^1700000000^{date_num} at {time}|x>", "2023-11-14 at 11:13 PM"),
        ("<!date^1700000000^{date_short_pretty}|x>", "today"),
        ("<!date^1699900000^{date_pretty}|x>", "yesterday"),
        ("<!date^1700086400^{date_long_pretty}|x>", "tomorrow"),
        ("<!date^1698200000^{date_long}|x>", "Wednesday, October 25th"),
        ("<!date^1600000000^{date}|x>", "September 13th, 2020"),
        ("<!date^1698200000^{date_short} {time_secs}|x>", "Oct 25 4:13:20 AM"),
        ("<!date^1699996400^{ago}|x>", "1 hour ago"),
        ("<!date^99999999999999999^{date}|as &amp; was>", "as & was"),
        ("<!date^-99999999999999999^{date}|x>", "x"),
        ("<!date^1700000000^{century}|x>", "x"),
        ("<!date^soon^{date}|x>", "x"),
        ("<!date^1700000000|x>", "x"),
    ],
)
def test_dates(text: str, shown: str) -> None:
    assert read_text(html(text)).text == shown


@given(st.integers(), st.sampled_from(["{date}", "{time}", "{ago}", "{date_long_pretty}", "{date_num}"]))
def test_no_date_is_too_far_away(seconds: int, pattern: str) -> None:
    shown = dates.stamp(str(seconds), pattern, "Asia/Tokyo", NOON)
    assert shown is None or "{" not in shown


def test_markdown() -> None:
    text = "# Hi\n\n**a** *b* ~~c~~ [d](https://e.f)\n- g\n- [x] h\n\n1. i\n> j\n\n"
    text += "| k | l |\n|---|---|\n| m | n |\n\n```py\n*o*\n```"
    shown = str(markdown(text, READER))
    read_text(shown)
    for part in (
        *("<h4>Hi</h4>", "<b>a</b> <i>b</i> <s>c</s>", ">d</a>", "<ul><li>g</li><li>☑ h</li></ul>"),
        *("<ol><li>i</li></ol>", "<blockquote>j</blockquote>", "<th>k</th>", "<td>n</td>", "<pre>*o*</pre>"),
    ):
        assert part in shown


def test_rich_text() -> None:
    def line(*parts: dict[str, Any]) -> dict[str, Any]:
        return {"type": "rich_text_section", "elements": list(parts)}

    bold = {"type": "text", "text": "a\nb", "style": {"bold": True}}
    block = {
        "elements": [
            line(bold, {"type": "emoji", "name": "tada"}, {"type": "user", "user_id": "U2"}),
            line({"type": "link", "url": "https://a.b"}, {"type": "link", "url": "javascript:x", "text": "no"}),
            {
                "type": "rich_text_list",
                "style": "ordered",
                "indent": 1,
                "elements": [line({"type": "text", "text": "c"})],
            },
            {"type": "rich_text_new"},
        ]
    }
    shown = str(rich_text(block, READER))
    read_text(shown)
    assert shown.startswith("<p><b>a<br>b</b>🎉<span")
    assert '<ol class="indent-1"><li>c</li></ol>' in shown
    assert "no</p>" in shown
    assert "[rich_text_new: not in the sandbox]" in shown


def test_plain_text_resolves_entities_and_emoji_but_no_marks() -> None:
    assert plain("*a* &lt;b&gt; :tada: <@U1>") == "*a* <b> 🎉 <@U1>"
    assert plain(":tada:", emoji=False) == ":tada:"


def test_every_emoji_is_a_symbol_and_the_table_is_small() -> None:
    path = Path(mrkdwn.__file__).with_name("emoji.json")
    assert path.stat().st_size < 60_000
    table = json.loads(path.read_text("utf-8"))
    assert table["white_check_mark"] == "✅"
    assert table["scales"] == "⚖️"
    assert all(any(ord(letter) > 0xA8 for letter in symbol) for symbol in table.values())
