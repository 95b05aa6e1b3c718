"""The reader of YAML that others may have written: a bomb is refused before it is built."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

DEPTH = 100
"""The depth of nested lists and mappings."""
MOST = 1_000_000
"""The number of nodes, with every alias written out."""

_ANCHOR = re.compile(r"""(?:^|[\s,\[{:?"'-])&[^\s,\[\]{}]""")


def load_yaml(text: str) -> Any:
    """The content of a document.

    Raises:
        YAMLError: it is not YAML, is nested too deeply, or its aliases make it too large.
    """
    yaml = YAML(typ="safe")
    try:
        if _ANCHOR.search(text):
            _check_aliases(text)
        return yaml.load(text)
    except RecursionError:
        raise YAMLError("it is nested too deeply") from None
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:  # a tag with a wrong value
        raise YAMLError(f"a value cannot be read ({type(error).__name__})") from None


def _check_aliases(text: str) -> None:
    """Count the nodes with every alias written out.

    Raises:
        YAMLError: there are too many, or an alias stands for something that it is in.
    """
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in YAML(typ="safe").parse(text):
        if isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                raise YAMLError(f"*{event.anchor} is inside of itself")
            total += sizes.get(event.anchor, 1)
        elif isinstance(event, NodeEvent):
            total += 1
            sizes[event.anchor or ""] = 1
            if isinstance(event, CollectionStartEvent):
                open_nodes.append((event.anchor, total))
        elif isinstance(event, CollectionEndEvent):
            anchor, before = open_nodes.pop()
            sizes[anchor or ""] = total - before + 1
        if total > MOST or len(open_nodes) > DEPTH:
            raise YAMLError("it is too large with its aliases written out, or nested too deeply")
