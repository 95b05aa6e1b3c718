"""The sections and blocks of a page of Markdown, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt

from ..facts import anonymize_path

_OPERATION = re.compile(r"(?P<method>GET|POST|PUT|PATCH|DELETE)\s+[`*]*(?P<path>[/\w{}.\-]+)")
_NOTE = re.compile(r"\{:[^}]*\}\s*")
_MARKDOWN = MarkdownIt("commonmark")


class Block(NamedTuple):
    """A heading, a fenced block of code, an entry of a list, or a paragraph."""

    kind: str
    text: str
    line: int
    depth: int = 0
    """The level of a heading; of anything else, the depth in nested lists."""
    info: str = ""
    """The language of a fenced block."""

    @property
    def is_call(self) -> bool:
        """Whether it is a call of curl."""
        return self.kind == "fence" and "curl" in self.text


class Section(NamedTuple):
    """A heading with the blocks below it, up to the next section or operation."""

    heading: Block
    blocks: list[Block]

    @property
    def method(self) -> str | None:
        """The method, if the section describes an operation."""
        match = _OPERATION.match(self.heading.text)
        return match["method"] if match else None

    @property
    def path(self) -> str | None:
        """The path in the heading, if the section describes an operation."""
        match = _OPERATION.match(self.heading.text)
        return anonymize_path("/" + match["path"].strip("/`*")) if match else None

    def paragraphs(self) -> Iterator[Block]:
        """The paragraphs of the section."""
        return (block for block in self.blocks if block.kind == "paragraph")

    def calls(self) -> Iterator[Block]:
        """The calls of curl in the section."""
        return (block for block in self.blocks if block.is_call)


def split_sections(text: str) -> list[Section]:
    """The sections of a page; the first holds what precedes all headings."""
    sections = [Section(Block("heading", "", 1), [])]
    for block in _blocks(text):
        if block.kind == "heading" and (block.depth <= 2 or _OPERATION.match(block.text)):
            sections.append(Section(block, []))
        else:
            sections[-1].blocks.append(block)
    return sections


def _blocks(text: str) -> Iterator[Block]:
    depth = 0
    tokens = _MARKDOWN.parse("\n".join(_prepare(text.split("\n"))))
    for index, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        match token.type:
            case "heading_open":
                yield Block("heading", tokens[index + 1].content, line, int(token.tag[1:]))
            case "fence":
                yield Block("fence", token.content, line + 1, depth, token.info.strip().lower())
            case "list_item_open":
                depth += 1
            case "list_item_close":
                depth -= 1
            case "inline" if tokens[index - 1].type == "paragraph_open":
                mark, words = _NOTE.match(token.content), token.content
                if mark:
                    line, words = line + mark[0].count("\n"), words[mark.end() :]
                yield Block("entry" if depth else "paragraph", re.sub(r"\s+", " ", words), line, depth)


def _prepare(lines: list[str]) -> Iterable[str]:
    """The lines without front matter, and with every fence closed before the next operation; line numbers stay."""
    if lines[0].strip() == "---" and "---" in lines[1:]:
        end = lines.index("---", 1)
        lines[: end + 1] = [""] * (end + 1)
    is_open = False
    for index, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            is_open = not is_open
        elif is_open and line.startswith("## ") and _OPERATION.match(line[3:]):
            lines[index - 1] = "```"
            is_open = False
    return lines
