"""YAML to paste into a section of the spec."""

from __future__ import annotations

import posixpath
import textwrap
from io import StringIO
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from generator.spec.locations import Location, Pointer

_FLOW = {"type", "enum", "required", "x-enum-varnames"}
"""The lists that the sections write in one line."""


class Snippet(NamedTuple):
    """Lines for a section, indented as they belong there."""

    location: Location
    action: str
    """What to do with the lines at that location: `instead of` or `below`."""
    yaml: str


def write_yaml(pointer: Pointer, value: object, file: str, files: dict[str, str]) -> str:
    """A key of the spec with its value, indented for its section.

    Args:
        pointer: The pointer to the key in the bundle.
        value: The value as it is in the bundle.
        file: The section.
        files: The section of each schema.
    """
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120 - 2 * len(pointer)
    stream = StringIO()
    yaml.dump({pointer[-1]: _in_section(value, str(pointer[-1]), file, files)}, stream)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    return textwrap.indent("\n".join(lines), " " * 2 * (len(pointer) - 1))


def _in_section(value: Any, key: str, file: str, files: dict[str, str]) -> Any:
    """A value of the bundle as a section has it, with the references that lead to other files from there."""
    if isinstance(value, dict):
        return {inner: _in_section(child, inner, file, files) for inner, child in value.items()}
    if isinstance(value, list):
        made = CommentedSeq(_in_section(child, "", file, files) for child in value)
        if key in _FLOW:
            made.fa.set_flow_style()
        return made
    if key == "$ref" and isinstance(value, str):
        other = files[value.rpartition("/")[2]]
        path = "" if other == file else posixpath.relpath(other, posixpath.dirname(file) or ".")
        return SingleQuotedScalarString(path + value)
    return value
