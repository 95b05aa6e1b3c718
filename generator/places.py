"""Where something of the spec stands: the file and the line, for people to go to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from .bundle import Bundle

Way = tuple[str | int, ...]
"""The way to a node of a document, from its root: `("components", "schemas", "Deal", "properties", "money")`."""


class Place(NamedTuple):
    """A line of a file; 1 is the first, 0 the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def along(node: Node, way: Way) -> Iterator[tuple[Node, Node]]:
    """The keys (of a list, the rows) and the values on the way to a node, as far as there are any."""
    for step in way:
        key: Node | None = None
        if isinstance(node, MappingNode):
            key, node = next(((key, value) for key, value in node.value if key.value == str(step)), (None, node))
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            key = node = node.value[step]
        if key is None:
            return
        yield key, node


class Lines:
    """The lines of a document in YAML or JSON."""

    def __init__(self, text: str) -> None:
        self.root: Node = YAML(typ="safe").compose(text)

    def of(self, way: Way) -> int:
        """The line of a node; of one that is not there, the line of the nearest around it."""
        lines = [key.start_mark.line + 1 for key, _ in along(self.root, way)]
        return int(lines[-1]) if lines else 1


class Places:
    """Finds the line on which a node of the bundled spec was written.

    Args:
        spec: The bundled spec.
        root: The folder of `moco.yaml`.
    """

    def __init__(self, spec: Bundle, root: Path) -> None:
        self.spec = spec
        self.root = root
        self._lines = cache(lambda file: Lines((root / file).read_text("utf-8")))

    def of(self, *way: str | int) -> Place:
        """The place of a node by its way in the bundled document.

        What the bundler has added stands nowhere: then it is the place of the nearest node around it that does.
        """
        key = "/".join(map(str, way[1:3])) if way[0] == "components" else str(way[1])
        file = self.spec.sources.get(key, "moco.yaml")
        return Place(f"{self.root.name}/{file}", self._lines(file).of(way))
