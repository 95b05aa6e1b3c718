"""Where something of the spec stands: the file and the line, for people to go to."""

from __future__ import annotations

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


class Lines:
    """The lines of a document in YAML or JSON."""

    def __init__(self, text: str) -> None:
        self.root: Node = YAML(typ="safe").compose(text)

    def of(self, way: Way) -> int:
        """The line of a node; of one that is not there, the line of the nearest around it."""
        node, line = self.root, 1
        for step in way:
            if isinstance(node, MappingNode):
                found = [(key, value) for key, value in node.value if key.value == str(step)]
                if not found:
                    break
                key, node = found[0]
                line = key.start_mark.line + 1
            elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line


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
