"""A lenient parser for hand-written JSON that keeps the line of every attribute.

No library accepts what MOCO's examples contain: comments, extra or missing commas, a forgotten quote or brace, prose
after a value. Whatever cannot be parsed is skipped to the end of its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|\Z))
    |(?P<name>[A-Za-z_]\w*(?=\s*:(?!//)))
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w-]))
    |(?P<word>(?:true|false|null)\b)
    |(?P<mark>[{}\[\]:,])
    |(?P<dots>\.\.\.|…)
    |(?P<junk>[^\n]+)""",
    re.VERBOSE,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass
class Value:
    """A JSON value: `kind` is record, list, text, number, word (true, false, null) or nothing."""

    kind: str
    line: int
    text: str = ""
    entries: list[tuple[str, Value]] = field(default_factory=list)
    rows: list[Value] = field(default_factory=list)


def read(text: str, line: int = 1) -> Value | None:
    """The value in a text that begins at `line`; `None` if there is none."""
    tokens = list(_tokens(text, line))
    if not tokens:
        return None
    reader = _Reader(tokens)
    if tokens[0].kind in {"text", "name"} and reader.peek(1) == ":":  # a record without its braces
        return reader.record(tokens[0].line)
    if tokens[0].text in "{[":
        return reader.value()
    return None


def _tokens(text: str, line: int) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind not in {"space", "dots"}:
            tokens.append(_Token(kind, match[0], line))
        line += match[0].count("\n")
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead].text if self.at + ahead < len(self.tokens) else ""

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def value(self) -> Value:
        token = self.take()
        if token.text == "{":
            return self.record(token.line)
        if token.text == "[":
            rows = []
            while self.peek() not in {"", "]"}:
                if self.peek() in {",", ":", "}"} or self._kind() == "junk":
                    self.take()
                else:
                    rows.append(self.value())
            self.at += 1
            return Value("list", token.line, rows=rows)
        kind = {"mark": "nothing", "junk": "text", "name": "text"}.get(token.kind, token.kind)
        return Value(kind, token.line, token.text.strip('"') if kind == "text" else token.text)

    def record(self, line: int) -> Value:
        made = Value("record", line)
        while self.peek() not in {"", "}"}:
            token = self.take()
            if token.kind not in {"text", "name"}:  # a comma, or prose after a value
                continue
            name = token.text.strip('"').rstrip(": ")
            if not re.search(r"\w", name):  # a stray quote
                continue
            if self.peek() in {":", ","} and not (self.peek() == "," and self._is_name(1)):
                self.take()
                value = self.value() if self.peek() not in {"", "}", ","} else Value("nothing", token.line)
            elif self._kind() in {"number", "junk"}:  # "name: "4000": the quote before the colon was forgotten
                value = Value("text", token.line, self.take().text)
            else:
                value = Value("nothing", token.line)
            made.entries.append((name, value))
        self.at += 1
        return made

    def _kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def _is_name(self, ahead: int) -> bool:
        return self.peek(ahead).startswith('"') and self.peek(ahead + 1) == ":"
