"""The locations of the spec's parts: file and line, for people to go to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from .schema import Bundle

Pointer = tuple[str | int, ...]
"""The keys from a document's root to a node: `("components", "schemas", "Deal", "properties", "money")`."""


class Location(NamedTuple):
    """A line of a file; 1 is the first, 0 the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def walk(node: Node, pointer: Pointer) -> Iterator[tuple[Node, Node]]:
    """The keys (of a list, the items) and the values a pointer passes, as far as they exist."""
    for step in pointer:
        key: Node | None = None
        if isinstance(node, MappingNode):
            key, node = next(((key, value) for key, value in node.value if key.value == str(step)), (None, node))
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            key = node = node.value[step]
        if key is None:
            return
        yield key, node


class LineIndex:
    """The line numbers of a document in YAML or JSON."""

    def __init__(self, text: str) -> None:
        self.root: Node = YAML(typ="safe").compose(text)

    def find(self, pointer: Pointer) -> int:
        """The line of a node; if it does not exist, the line of the nearest node around it."""
        lines = [key.start_mark.line + 1 for key, _ in walk(self.root, pointer)]
        return int(lines[-1]) if lines else 1


class Locator:
    """Finds the line on which a node of the bundled spec was written.

    Args:
        spec: The bundled spec.
        root: The folder of `moco.yaml`.
    """

    def __init__(self, spec: Bundle, root: Path) -> None:
        self.spec = spec
        self.root = root
        self._lines = cache(lambda file: LineIndex((root / file).read_text("utf-8")))

    def find(self, *pointer: str | int) -> Location:
        """The location of a node of the bundled document.

        A node that the bundler added has no line of its own: then it is the location of the nearest node around it.
        """
        key = "/".join(map(str, pointer[1:3])) if pointer[0] == "components" else str(pointer[1])
        file = self.spec.sources.get(key, "moco.yaml")
        lines = self._lines(file)
        return Location(f"{self.root.name}/{file}", lines.find(_as_written(pointer, lines)))


def _as_written(pointer: Pointer, lines: LineIndex) -> Pointer:
    """The pointer in the section: the bundler puts the parameters of a path before those of its operations."""
    match pointer:
        case ("paths", path, _, "parameters", int(index), *rest):
            shared = [node for _, node in walk(lines.root, ("paths", path, "parameters"))][2:]
            count = len(shared[0].value) if shared else 0
            if index < count:
                return ("paths", path, "parameters", index, *rest)
            return (*pointer[:4], index - count, *rest)
    return pointer
