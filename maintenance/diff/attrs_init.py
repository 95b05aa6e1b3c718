"""A griffe extension that gives attrs classes their constructors, as griffe itself does for dataclasses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import griffe

_DECORATORS = {f"attrs.{name}" for name in ("define", "mutable", "frozen")}


class AttrsExtension(griffe.Extension):
    """Adds `__init__` to attrs classes that do not write their own."""

    def on_package(self, *, pkg: griffe.Module, **options: Any) -> None:
        """Visit every class of a loaded package."""
        for class_ in _classes(pkg):
            if _is_attrs(class_) and "__init__" not in class_.members:
                class_.set_member("__init__", _init(class_))


def _classes(container: griffe.Module | griffe.Class) -> Iterator[griffe.Class]:
    for member in list(container.members.values()):
        if isinstance(member, griffe.Class):
            yield member
        if isinstance(member, griffe.Module | griffe.Class):
            yield from _classes(member)


def _is_attrs(class_: griffe.Class) -> bool:
    return any(
        isinstance(each.value, griffe.Expr) and each.value.canonical_path in _DECORATORS for each in class_.decorators
    )


def _init(class_: griffe.Class) -> griffe.Function:
    parameters = {"self": griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)}
    for each in (*reversed(class_.mro()), class_):
        if _is_attrs(each):
            for attribute in each.attributes.values():
                if "instance-attribute" in attribute.labels and attribute.annotation is not None:
                    parameter = _parameter(attribute)
                    parameters[parameter.name] = parameter
    ordered = sorted(parameters.values(), key=lambda each: each.kind is griffe.ParameterKind.keyword_only)
    return griffe.Function("__init__", parent=class_, parameters=griffe.Parameters(*ordered), returns="None")


def _parameter(attribute: griffe.Attribute) -> griffe.Parameter:
    value = attribute.value
    options: dict[str, str | griffe.Expr] = {}
    is_field = isinstance(value, griffe.ExprCall) and value.canonical_path == "attrs.field"
    if isinstance(value, griffe.ExprCall) and is_field:
        options = {each.name: each.value for each in value.arguments if isinstance(each, griffe.ExprKeyword)}
    default = options.get("default", options.get("factory")) if is_field else value
    is_named = str(options.get("kw_only")) == "True"
    kind = griffe.ParameterKind.keyword_only if is_named else griffe.ParameterKind.positional_or_keyword
    return griffe.Parameter(attribute.name.lstrip("_"), annotation=attribute.annotation, kind=kind, default=default)
