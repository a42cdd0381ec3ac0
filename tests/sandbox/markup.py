"""Reads HTML strictly: what is not allowed, not closed or closed out of order is an error."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "meta", "link"}
TEXT_TAGS = {"a", "b", "i", "s", "code", "pre", "blockquote", "br", "span", "p", "ul", "ol", "li", "hr", "h4"}
TEXT_TAGS |= {"table", "tbody", "tr", "td", "th"}
TEXT_ATTRIBUTES = {
    "a": {"href", "target", "rel", "class", "data-nav"},
    "span": {"class"},
    "p": {"class"},
    "ul": {"class"},
    "ol": {"class"},
}


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]
    text: str = ""
    inside: list["Tag"] = field(default_factory=list)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[Tag] = []
        self.tags: list[Tag] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"twice the same attribute in {tag}"
        made = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in self.open:
            tag.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, f"not closed: {reader.open}"
    return reader


def read_text(html: str) -> Reader:
    """Read what a text became; only harmless tags, attributes and addresses may be in it."""
    found = read(html)
    for tag in found.tags:
        assert tag.name in TEXT_TAGS, f"<{tag.name}>"
        assert set(tag.attributes) <= TEXT_ATTRIBUTES.get(tag.name, set()), f"{tag}"
        if "href" in tag.attributes:
            assert tag.attributes["href"].lower().startswith(("http://", "https://", "mailto:", "/w?as="))
    assert not nested_links(html), "a link inside a link"
    return found


def nested_links(html: str) -> bool:
    depth = 0
    for part in html.split("<")[1:]:
        depth += part.startswith("a ") - part.startswith("/a>")
        if depth > 1:
            return True
    return False
