"""A griffe extension that gives attrs classes their constructors, as griffe itself does for dataclasses."""

from __future__ import annotations

from typing import Any

import griffe

_DECORATORS = {"attrs.define", "attrs.mutable", "attrs.frozen"}


class AttrsExtension(griffe.Extension):
    """Adds `__init__` to attrs classes that do not write their own."""

    def on_package(self, *, pkg: griffe.Module, **options: Any) -> None:
        """Visit every class of a loaded package."""
        containers: list[griffe.Module | griffe.Class] = [pkg]
        while containers:
            container = containers.pop()
            members = container.members.values()
            containers += [each for each in members if isinstance(each, griffe.Module | griffe.Class)]
            if isinstance(container, griffe.Class) and _is_attrs(container) and "__init__" not in container.members:
                container.set_member("__init__", _init(container))


def _is_attrs(class_: griffe.Class) -> bool:
    values = [decorator.value for decorator in class_.decorators]
    return any(isinstance(value, griffe.Expr) and value.canonical_path in _DECORATORS for value in values)


def _init(class_: griffe.Class) -> griffe.Function:
    parameters = {"self": griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)}
    for each in (*reversed(class_.mro()), class_):
        for attribute in each.attributes.values() if _is_attrs(each) else ():
            if "instance-attribute" in attribute.labels and attribute.annotation is not None:
                name = attribute.name.lstrip("_")
                parameters[name] = _parameter(name, attribute)
    ordered = sorted(parameters.values(), key=lambda each: each.kind is griffe.ParameterKind.keyword_only)
    return griffe.Function("__init__", parent=class_, parameters=griffe.Parameters(*ordered), returns="None")


def _parameter(name: str, attribute: griffe.Attribute) -> griffe.Parameter:
    kind, default = griffe.ParameterKind.positional_or_keyword, attribute.value
    if isinstance(default, griffe.ExprCall) and default.canonical_path == "attrs.field":
        options = {each.name: each.value for each in default.arguments if isinstance(each, griffe.ExprKeyword)}
        default = options.get("default", options.get("factory"))
        if str(options.get("kw_only")) == "True":
            kind = griffe.ParameterKind.keyword_only
    return griffe.Parameter(name, annotation=attribute.annotation, kind=kind, default=default)
