"""Where something of the spec stands: the file and the line, for people to go to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, SequenceNode

from .bundle import Bundle


class Place(NamedTuple):
    """A line of a file; 1 is the first, 0 the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Places:
    """Finds the line on which a node of the bundled spec was written.

    Args:
        spec: The bundled spec.
        root: The folder of `moco.yaml`.
    """

    def __init__(self, spec: Bundle, root: Path) -> None:
        self.spec = spec
        self.root = root
        self._composed = cache(self._compose)

    def of(self, *path: str | int) -> Place:
        """The place of a node by its path in the bundled document, as `"components", "schemas", "Deal", "properties"`.

        What the bundler has added stands nowhere: then it is the place of the nearest node around it that does.
        """
        key = "/".join(map(str, path[1:3])) if path[0] == "components" else str(path[1])
        file = self.spec.sources.get(key, "moco.yaml")
        return Place(f"{self.root.name}/{file}", self._line(file, path))

    def _line(self, file: str, path: tuple[str | int, ...]) -> int:
        node, line = self._composed(file), 1
        for step in path:
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

    def _compose(self, file: str) -> object:
        with (self.root / file).open(encoding="utf-8") as stream:
            return YAML(typ="safe").compose(stream)
