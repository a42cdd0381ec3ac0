"""Each block and element of Block Kit, as the page draws it."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.blocks import SHOWN_ELEMENTS, Surface
from sandbox.forms import STATEFUL, initial, with_ids
from sandbox.mrkdwn import Reader
from sandbox.page import environment
from tests.sandbox.markup import Tag, read
from tests.slack_json import actions, boxes, button, confirm, context, mrkdwn, option, options, plain, section, select

Json = dict[str, Any]
READER = Reader("U1", {"U1": "Anna", "U2": "Ben"}, {"C1": "general"})
OFFERED = {"people": [("U1", "Anna"), ("U2", "Ben")], "channels": [("C1", "# general")], "conversations": []}


def draw(*blocks: Json, **more: Any) -> str:  # noqa: ANN401 - fields of the surface
    listed = with_ids(blocks)
    given: dict[str, Any] = {"form": initial(listed), "offered": OFFERED, "origin": "http://127.0.0.1:1"} | more
    surface = Surface("m-1", "as=U1&channel=C1&ts=1", READER, listed, **given)
    module = environment().get_template("blocks.html").module
    return str(getattr(module, "blocks")(surface))  # noqa: B009 - a macro, which a type checker cannot know


def tags(html: str, name: str) -> list[Tag]:
    return [tag for tag in read(html).tags if tag.name == name]


def only(html: str, name: str) -> Tag:
    (tag,) = tags(html, name)
    return tag


def words(html: str) -> str:
    return " ".join(read(html.replace("<", " <")).text.split())


def ask(element: Json, **more: object) -> Json:
    return {"type": "input", "block_id": "b", "label": plain("Label"), "element": element} | more


def asked(element: Json, name: str) -> Tag:
    return only(draw(ask({**element, "action_id": "a"})), name)


def table(kind: str, **more: object) -> Json:
    cells: list[list[Json]] = [
        [{"type": "raw_text", "text": "Head"}, {"type": "raw_text", "text": "Number"}],
        [{"type": "raw_text", "text": "<b>"}, {"type": "raw_number", "value": 3}],
    ]
    return {"type": kind, "rows": cells, **more}


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        ({"type": "header", "text": plain("Hi &amp; <b> :tada:")}, "Hi & <b> 🎉"),
        (section(text=mrkdwn("*a* <@U2>"), fields=[plain("b"), mrkdwn("_c_")]), "a @Ben b c"),
        (context(mrkdwn("*a*"), plain("b")), "a b"),
        ({"type": "markdown", "text": "**a**"}, "a"),
        ({"type": "alert", "text": plain("Careful"), "level": "warning"}, "Careful"),
        (table("table", column_settings=[None, {"align": "center"}]), "Head Number <b> 3"),
        (table("data_table", caption="Drift"), "Drift Head Number <b> 3"),
        ({"type": "image", "image_url": "https://a.b/c.png", "alt_text": "A chart"}, "🖼️ A chart"),
        (
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
            },
            "a",
        ),
        ({"type": "plan", "title": "x"}, "[plan: not in the sandbox]"),
        (actions({"type": "workflow_button", "text": plain("x")}), "[workflow_button: not in the sandbox]"),
        (actions({"type": "datetimepicker"}), "[datetimepicker: not in the sandbox]"),
    ],
)
def test_what_a_block_says(block: Json, shown: str) -> None:
    assert words(draw(block)) == shown


def test_headings_have_their_level() -> None:
    assert only(draw({"type": "header", "text": plain("x")}), "h3").text == "x"
    assert only(draw({"type": "header", "text": plain("x"), "level": 1}), "h1").text == "x"


def test_a_tables_first_row_and_column_are_headings() -> None:
    html = draw(table("data_table", caption="c", row_header_column_index=0))
    assert [tag.text for tag in tags(html, "th")] == ["Head", "Number", "<b>"]
    assert only(html, "td").attributes == {"class": "align-right"}


def test_only_pictures_of_this_machine_are_loaded() -> None:
    here = {"type": "image", "image_url": "http://127.0.0.1:1/files/F1", "alt_text": "x"}
    assert only(draw(here), "img").attributes["src"] == "http://127.0.0.1:1/files/F1"
    assert tags(draw(here | {"image_url": "http://127.0.0.1:12/files/F1"}), "img") == []


def test_a_button_posts_its_block_and_action() -> None:
    made = only(draw(actions(button("Go &amp; see", action_id="a b", style="danger"), block_id="x&y")), "button")
    assert made.attributes["formaction"] == "/ui/act?as=U1&channel=C1&ts=1&block=x%26y&action=a+b"
    assert made.attributes["class"] == "button danger"
    assert made.text == "Go & see"


@pytest.mark.parametrize(("url", "href"), [("https://a.b/?c&d", "https://a.b/?c&d"), ("javascript:x", "#")])
def test_a_link_button_opens_its_address_and_tells_the_app(url: str, href: str) -> None:
    made = only(draw(actions(button(url=url, action_id="a"), block_id="b")), "a")
    assert made.attributes["href"] == href
    assert made.attributes["data-post"].startswith("/ui/act?")


def test_a_button_can_ask_first() -> None:
    html = draw(actions(button(action_id="a", confirm=confirm(title=plain("Sure?"), style="danger")), block_id="b"))
    dialog = only(html, "dialog")
    assert tags(html, "button")[0].attributes["data-confirm"] == dialog.attributes["id"]
    assert [tag.attributes.get("data-answer") for tag in tags(html, "button")] == [None, "no", "yes"]
    assert "Sure?" in dialog.text


def test_checkboxes_are_real_ones_named_by_text_and_description() -> None:
    two = [option("one", description=plain("Hint")) | {"text": mrkdwn("*Bold*")}, option("two", "Plain")]
    html = draw(actions(boxes(*two, action_id="tick", initial_options=[two[1]]), block_id="b~1"))
    first, second = tags(html, "input")
    assert (first.attributes["type"], first.attributes["name"], first.attributes["value"]) == (
        *("checkbox", "b~1::tick"),
        "one",
    )
    assert [box.attributes.get("checked") for box in (first, second)] == [None, ""]
    assert first.attributes["data-act"].endswith("block=b~1&action=tick")
    label = tags(html, "label")[0]
    assert label.attributes["for"] == first.attributes["id"] == "m-1::b~1::tick::one"
    assert label.text.split() == ["Bold", "Hint"]


def test_radio_buttons_share_one_name() -> None:
    html = draw(ask({"type": "radio_buttons", "action_id": "a", "options": options(2)}))
    assert [(tag.attributes["type"], tag.attributes["name"]) for tag in tags(html, "input")] == [("radio", "b::a")] * 2
    assert only(html, "legend").text.strip() == "Label"


def test_a_select_lists_groups_and_what_is_chosen() -> None:
    groups = [{"label": plain("Group"), "options": options(2)}]
    made = select(option_groups=groups, initial_option=option("1", "Option 1"), placeholder=plain("Pick"))
    html = draw(section(text=mrkdwn("x"), accessory={**made, "action_id": "a"}, block_id="b"))
    assert only(html, "optgroup").attributes["label"] == "Group"
    assert [(tag.text, "selected" in tag.attributes) for tag in tags(html, "option")] == [
        *(("Pick", False), ("Option 0", False)),
        ("Option 1", True),
    ]
    assert only(html, "select").attributes["aria-label"] == "Pick"


def test_a_multi_select_takes_several_and_has_no_empty_option() -> None:
    html = draw(ask({"type": "multi_static_select", "action_id": "a", "options": options(2)}))
    assert "multiple" in only(html, "select").attributes
    assert len(tags(html, "option")) == 2


@pytest.mark.parametrize(
    ("kind", "listed"), [("users_select", ["Anna", "Ben"]), ("channels_select", ["# general"]), ("external_select", [])]
)
def test_menus_that_slack_fills(kind: str, listed: list[str]) -> None:
    html = draw(ask({"type": kind, "action_id": "a"}))
    assert [tag.text for tag in tags(html, "option")][1:] == listed


def test_an_external_select_searches_and_keeps_what_was_chosen() -> None:
    begun = ask({"type": "external_select", "action_id": "a", "initial_option": option("0", "Old")})
    html = draw(begun, suggested={"a": [option("1", "New")]})
    assert only(html, "input").attributes["data-search"].endswith("&action=a")
    assert [(tag.text, "selected" in tag.attributes) for tag in tags(html, "option")][1:] == [
        ("New", False),
        ("Old", True),
    ]


@pytest.mark.parametrize(
    ("element", "kind", "value"),
    [
        ({"type": "plain_text_input", "initial_value": 'a"b'}, "text", 'a"b'),
        ({"type": "url_text_input"}, "url", ""),
        ({"type": "email_text_input"}, "email", ""),
        ({"type": "number_input", "is_decimal_allowed": True, "initial_value": "3"}, "text", "3"),
        ({"type": "datepicker", "initial_date": "2026-01-02"}, "date", "2026-01-02"),
        ({"type": "timepicker", "initial_time": "09:30"}, "time", "09:30"),
    ],
)
def test_inputs(element: Json, kind: str, value: str) -> None:
    made = asked(element, "input")
    assert (made.attributes["type"], made.attributes["value"]) == (kind, value)


def test_a_text_keeps_its_first_line_break() -> None:
    made = asked({"type": "plain_text_input", "multiline": True, "initial_value": "\n\na"}, "textarea")
    # Browsers drop the first line break after the tag.
    assert made.text == "\n\n\na"


def test_an_input_has_its_label_hint_and_error() -> None:
    html = draw(
        ask({"type": "plain_text_input", "action_id": "a"}, optional=True, hint=plain("Hint")), errors={"b": "No <b>"}
    )
    field, label = only(html, "input"), only(html, "label")
    assert label.attributes["for"] == field.attributes["id"]
    assert label.text.split() == ["Label", "(optional)"]
    errors = [tag for tag in tags(html, "p") if tag.attributes["class"] == "error"]
    assert [tag.text for tag in errors] == ["No <b>"]
    assert field.attributes["aria-describedby"] == errors[0].attributes["id"]
    assert "Hint" in words(html)


@pytest.mark.parametrize(("dispatch", "posts"), [(False, False), (True, True)])
def test_an_input_tells_the_app_only_if_it_asked(dispatch: bool, posts: bool) -> None:  # noqa: FBT001
    html = draw(ask({"type": "plain_text_input", "action_id": "a"}, dispatch_action=dispatch))
    assert ("data-act" in only(html, "input").attributes) is posts


def test_an_overflow_menu_posts_the_option_that_was_taken() -> None:
    html = draw(actions({"type": "overflow", "action_id": "a", "options": options(2)}, block_id="b"))
    assert [tag.attributes["formaction"][-8:] for tag in tags(html, "button")] == ["&value=0", "&value=1"]


def test_what_was_typed_before_an_error_is_shown_again() -> None:
    block = ask({"type": "plain_text_input", "action_id": "a", "initial_value": "old"})
    assert only(draw(block, form={"b::a": ["typed"]}), "input").attributes["value"] == "typed"


EVERYTHING: list[Json] = [
    {"type": "header", "text": plain()},
    section(fields=[plain(), mrkdwn()], accessory={**button(), "action_id": "s"}),
    context(mrkdwn(), {"type": "image", "image_url": "https://a.b", "alt_text": "x"}),
    {"type": "image", "image_url": "http://127.0.0.1:1/x", "alt_text": "x", "title": plain()},
    {"type": "alert", "text": mrkdwn(), "level": "info"},
    {"type": "markdown", "text": "x"},
    table("data_table", caption="x"),
    actions(
        button(url="https://a.b", confirm=confirm(), accessibility_label="x"),
        button(accessibility_label="x"),
        boxes(option(description=plain()), confirm=confirm()),
        select(placeholder=plain()),
        {"type": "overflow", "options": [option(url="https://a.b"), option("two")]},
        *({"type": kind, "placeholder": plain()} for kind in ("users_select", "datepicker", "timepicker")),
    ),
    *(
        {
            **ask({"type": kind, "placeholder": plain(), "multiline": multi}),
            "hint": plain(),
            "block_id": f"{kind}{multi}",
        }
        for kind in ("plain_text_input", "url_text_input", "email_text_input", "number_input")
        for multi in (False, True)
    ),
    {"type": "unheard_of"},
]
LEFT_ALONE = ("type", "style", "level", "image_url")
NASTY = "\"'><script>alert(1)</script><!-- & {{ 7*7 }} {% x %}"


def poisoned(value: Any, text: str, key: str = "") -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: poisoned(one, text, name) for name, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, text, key) for one in value]
    return value if key in LEFT_ALONE or not isinstance(value, str) else value + text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12) | st.just(NASTY) | st.just("&lt;script&gt;"))
def test_every_value_is_escaped(text: str) -> None:
    """Whatever stands in any string of any block, the page has the same tags and attributes."""
    listed = with_ids(EVERYTHING)
    plain_shape = [(tag.name, sorted(tag.attributes)) for tag in read(draw(*listed)).tags]
    changed = poisoned(copy.deepcopy(listed), text.replace("\r", ""))
    for block in changed:
        if block["type"] == "markdown" or "rich" in block["type"]:
            block["text"] = "x"
    harmless = {"b", "i", "s", "code", "br", "blockquote", "pre"}
    shape = [(tag.name, sorted(tag.attributes)) for tag in read(draw(*changed)).tags]
    assert [one for one in shape if one[0] not in harmless] == [one for one in plain_shape if one[0] not in harmless]


def test_everything_that_holds_state_is_drawn_but_for_the_named_gap() -> None:
    assert {"datetimepicker"} == STATEFUL - SHOWN_ELEMENTS


def test_ids_are_unique_and_without_spaces() -> None:
    found = [tag.attributes["id"] for tag in read(draw(*EVERYTHING)).tags if "id" in tag.attributes]
    assert len(found) == len(set(found))
    assert not [one for one in found if any(letter.isspace() or letter in "\"'<>" for letter in one)]
