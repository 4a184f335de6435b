"""Reads pages as a browser would: texts, addresses, words that cannot break."""

import re
from html.parser import HTMLParser

__all__ = ["Page", "text_of"]

_VOID = {"meta", "br", "wbr", "img"}
_SOURCES = {"src", "href", "data", "action", "poster", "srcset"}


class Page(HTMLParser):
    """A page of well-formed HTML; an AssertionError names what is not.

    Members
    -------
    text : what is shown, in one line. unbreakable : words, as far as a line cannot break in them.
    addresses : of everything that a browser would fetch.
    """

    def __init__(self, content: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self._open: list[str] = []
        self._parts: list[str] = []
        assert content.startswith("<!DOCTYPE html>")
        self.feed(content)
        assert self._open == []
        whole = "".join(self._parts)
        self.unbreakable = [word for word in re.split(r"[\s\0-]+", whole) if word]
        self.text = " ".join(whole.replace("\0", "").split())
        self.addresses += re.findall(r"url\(([^)]*)\)|(@import)", content)

    def handle_starttag(self, tag, attrs):
        if tag not in _VOID:
            self._open.append(tag)
        self._parts.append("\0" if tag == "wbr" else "" if tag in ("i", "code") else " ")
        self.addresses += [value for name, value in attrs if name in _SOURCES]
        assert tag not in ("script", "link", "iframe", "object"), tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        self._parts.append(" ")

    def handle_data(self, data):
        if self._open and self._open[-1] not in ("style", "title"):
            self._parts.append(data)


def text_of(content: str) -> str:
    """What a page shows."""
    return Page(content).text
