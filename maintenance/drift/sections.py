"""Edits of the spec's files by position, which leave everything else in them as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import Node, ScalarNode, SequenceNode

from generator.spec.locations import walk

WIDTH = 120


class Edit(NamedTuple):
    """What comes in place of a part of the text; of several at one position, those of lower rank first."""

    start: int
    end: int
    text: str
    rank: int = 0


class Section:
    """One file of the spec, to be edited.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before = path.read_text(encoding="utf-8")
        self._root: Node = YAML(typ="safe", pure=True).compose(self.before)
        self._edits: list[Edit] = []

    @property
    def after(self) -> str:
        """The text with all edits."""
        text, position = "", 0
        for edit in sorted(self._edits, key=lambda edit: (edit.start, edit.rank)):
            text += self.before[position : edit.start] + edit.text
            position = edit.end
        return text + self.before[position:]

    def find(self, *path: str) -> tuple[Node, Node] | None:
        """The key and the value at the end of a path of names."""
        found = list(walk(self._root, path))
        return found[-1] if found and len(found) == len(path) else None

    def replace(self, first: Node, last: Node, text: str) -> None:
        """Put something in place of all from one node to another."""
        self._edits.append(Edit(first.start_mark.index, last.end_mark.index, text))

    def replace_value(self, key: Node, value: Node, text: str) -> None:
        """Put something in place of what stands behind the colon of a key."""
        self._edits.append(Edit(key.end_mark.index + 1, value.end_mark.index, text))

    def add_below(self, key: Node, lines: Sequence[str], *, rank: int = 0) -> None:
        """Put lines at the end of what a key holds."""
        end = self._end(key.start_mark.index, key.start_mark.column)
        self._edits.append(Edit(end, end, "".join(f"{line}\n" for line in lines), rank))

    def add_above(self, key: Node, line: str) -> None:
        """Put a line above a key, indented like it."""
        start = self._line_start(key.start_mark.index)
        self._edits.append(Edit(start, start, f"{' ' * key.start_mark.column}{line}\n"))

    def remove(self, key: Node) -> None:
        """Remove a key and what it holds."""
        end = self._end(key.start_mark.index, key.start_mark.column)
        self._edits.append(Edit(self._line_start(key.start_mark.index), end, ""))

    def change_list(self, key: Node, node: Node, *, add: Sequence[str] = (), drop: Collection[str] = ()) -> None:
        """Add items, as they are written, to the end of a list, and take scalars out of it."""
        assert isinstance(node, SequenceNode)
        kept = [item for item in node.value if not (isinstance(item, ScalarNode) and item.value in drop)]
        if not kept:
            self.replace_value(key, node, f" [{', '.join(add)}]") if add else self.remove(key)
        elif node.flow_style:
            self._change_flow(node, kept, add)
        else:
            self._change_block(node, kept, add)

    def _change_flow(self, node: SequenceNode, kept: Sequence[Node], add: Sequence[str]) -> None:
        begun = False
        for index, item in enumerate(node.value):
            if item in kept:
                begun = True
            elif begun:
                self._edits.append(Edit(node.value[index - 1].end_mark.index, item.end_mark.index, ""))
            else:
                self._edits.append(Edit(item.start_mark.index, node.value[index + 1].start_mark.index, ""))
        last = kept[-1]
        column = last.end_mark.column
        text = ""
        for written in add:
            if column + len(written) + 3 > WIDTH:
                column = node.value[0].start_mark.column
                text += f",\n{' ' * column}{written}"
            else:
                text += f", {written}"
                column += 2
            column += len(written)
        self._edits.append(Edit(last.end_mark.index, last.end_mark.index, text, rank=-1))

    def _change_block(self, node: SequenceNode, kept: Sequence[Node], add: Sequence[str]) -> None:
        for item in node.value:
            if item not in kept:
                start = self._line_start(item.start_mark.index)
                self._edits.append(Edit(start, self._end(item.start_mark.index, node.start_mark.column), ""))
        indent = " " * node.start_mark.column
        end = self._end(kept[-1].start_mark.index, node.start_mark.column)
        self._edits.append(Edit(end, end, "".join(f"{indent}- {each}\n" for each in add), rank=-1))

    def _line_start(self, index: int) -> int:
        return self.before.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        return self.before.find("\n", index) + 1 or len(self.before)

    def _end(self, index: int, column: int) -> int:
        """Where the lines end that belong to what begins there: those indented more, but for empty ones at the end."""
        end = position = self._line_end(index)
        while position < len(self.before):
            after = self._line_end(position)
            line = self.before[position:after]
            if line.strip() and len(line) - len(line.lstrip()) <= column:
                break
            position = after
            end = after if line.strip() else end
        return end


def written(text: str, *, inside: str = "[{}]") -> str:
    """A text as YAML has it inside of something else, quoted where it would be something else without."""
    try:
        plain = YAML(typ="safe", pure=True).load(inside.format(text)) in ([text], {"key": text})
    except YAMLError:
        plain = False
    return text if plain else "'" + text.replace("'", "''") + "'"


def described(words: str, indent: str) -> list[str]:
    """The lines of a description."""
    line = f"{indent}description: {written(words, inside='key: {}')}"
    if len(line) <= WIDTH:
        return [line]
    folded = wrap(words, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}description: >-", *(f"{indent}  {each}" for each in folded)]
