"""What griffe's objects say, beyond what it asks of them itself."""

from __future__ import annotations

import inspect
import re

import griffe

__all__ = [
    "Expression",
    "descriptions_of",
    "elements_of",
    "is_alias",
    "is_final",
    "is_fixture",
    "is_marked_deprecated",
    "lines_of_arguments",
    "mro_of",
    "target_of",
    "words_of",
]

Expression = str | griffe.Expr
"""A type or value as griffe has parsed it."""


def target_of(thing: griffe.Object | griffe.Alias) -> griffe.Object:
    return thing.final_target if isinstance(thing, griffe.Alias) else thing


def lines_of_arguments(function: griffe.Function, names: list[str]) -> dict[str, int]:
    """The line of each argument that stands on one of its own; those of a dataclass are its attributes."""
    if not function.lineno:
        fields = function.parent.members if function.parent else {}
        return {name: fields[name].lineno or 0 for name in names if name in fields}
    lines: dict[str, int] = {}
    for number, line in enumerate(function.lines, function.lineno):
        beginning = re.match(r"\s*\*{0,2}(\w+)\s*[:=,]", line)
        if beginning and beginning[1] in names:
            lines.setdefault(beginning[1], number)
        if '"""' in line or line.rstrip().endswith((") :", "):", "]:")) or re.match(r"\s*\) ->", line):
            break
    return lines


def mro_of(cls: griffe.Class) -> list[griffe.Class]:
    try:
        return cls.mro()
    except ValueError:  # bases that contradict each other: Python itself would refuse them
        return []


def elements_of(slice_: Expression) -> list[Expression]:
    return list(slice_.elements) if isinstance(slice_, griffe.ExprTuple) else [slice_]


def is_final(expression: Expression | None) -> bool:
    """Whether it is an annotation that leaves the type to the value."""
    return isinstance(expression, griffe.ExprName) and expression.canonical_path == "typing.Final"


def is_alias(attribute: griffe.Object) -> bool:
    """Whether it is another name of a type: `Send = Callable[...]`."""
    return (
        isinstance(attribute, griffe.Attribute)
        and isinstance(attribute.parent, griffe.Module)
        and (attribute.annotation is None or str(attribute.annotation) in {"TypeAlias", "typing.TypeAlias"})
        and isinstance(
            attribute.value, griffe.ExprSubscript | griffe.ExprBinOp | griffe.ExprName | griffe.ExprAttribute
        )
    )


def is_fixture(thing: griffe.Object | griffe.Alias) -> bool:
    return isinstance(thing, griffe.Function) and any(
        decorator.callable_path == "pytest.fixture" for decorator in thing.decorators
    )


def is_marked_deprecated(thing: griffe.Object) -> bool:
    return isinstance(thing, griffe.Function | griffe.Class) and any(
        decorator.callable_path.rpartition(".")[2] == "deprecated" for decorator in thing.decorators
    )


_DESCRIBED = {griffe.DocstringSectionKind.parameters, griffe.DocstringSectionKind.attributes}


def _sections(thing: griffe.Object) -> list[griffe.DocstringSection]:
    return thing.docstring.parsed if thing.docstring else []


def words_of(thing: griffe.Object) -> str:
    """What a docstring says, but for what it says of arguments and attributes."""
    said = []
    for section in _sections(thing):
        if section.kind is griffe.DocstringSectionKind.text:
            said.append(str(section.value))
        elif section.kind not in _DESCRIBED and isinstance(section.value, list):
            said += [str(getattr(entry, "description", "")) for entry in section.value]
    return inspect.cleandoc("\n\n".join(said))


def descriptions_of(thing: griffe.Object) -> dict[str, str]:
    """What a docstring says of each argument and attribute."""
    return {
        entry.name: " ".join(entry.description.split())
        for section in _sections(thing)
        if section.kind in _DESCRIBED
        for entry in section.value
    }
