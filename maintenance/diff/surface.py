"""The public surface of a tree of sources: what users can name, and what it takes and gives.

Public is what the README and docs/ have users import: the names in `__all__` of the modules in `PUBLIC`, the fixtures
of the pytest plugin, and the command lines (`__main__.py`). Of a class everything counts that has no underscore before
its name, inherited or not, with the methods that syntax calls (`__aiter__`), and what its constructor takes.

Classes that no public module exports have no name that is promised, but what is reached through them is: the methods of
`client.deals` belong to `MocoClient`, whatever their class is called, and so does what a described attribute of any
other class holds, as `Sandbox.faults.add`. What is neither exported nor described is not promised.

Models are answers here: they are made of what MOCO sends, so their constructors do not count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import griffe

from generator.spec.locations import Location

from ..errors import InputError
from .annotations import Annotation, Kin, Option, named
from .definitions import Definition, Kind, Surface
from .parsed import (
    Expression,
    descriptions_of,
    elements_of,
    is_alias,
    is_final,
    is_fixture,
    is_marked_deprecated,
    lines_of_arguments,
    mro_of,
    target_of,
    words_of,
)

__all__ = ["read_surface"]

PUBLIC = (
    "",
    "models",
    "errors",
    "custom_fields",
    "webhooks",
    "sandbox",
    "integrations.fastapi",
    "integrations.pytest",
)
"""The documented modules. A name that several of them export belongs to the first."""

NOT_CALLED = {
    "__init__",
    "__new__",
    "__repr__",
    "__reduce__",
    "__post_init__",
    "__getattr__",
    "__dir__",
    "__eq__",
    "__attrs_post_init__",
}
"""Methods with two underscores that no user's syntax depends on."""

NO_ANCESTORS = {"object", "Generic", "Protocol"}


class SurfaceError(InputError):
    """A tree of sources cannot be read."""


def read_surface(source: Path, package: str, shown: str) -> Surface:
    """Read the sources of a package, without importing anything.

    Args:
        source: The folder that the package stands in.
        package: Its name.
        shown: How places name that folder.

    Raises:
        SurfaceError: there is no such package, or one of its modules is no Python.
    """
    source = source.resolve()
    try:
        loaded = griffe.load(
            package,
            search_paths=[source],
            try_relative_path=False,
            allow_inspection=False,
            docstring_parser="google",
            docstring_options={"warnings": False},
        )
    except (ImportError, griffe.GriffeError, SyntaxError) as error:
        raise SurfaceError(f"{shown}/{package} cannot be read: {error}") from None
    if not isinstance(loaded, griffe.Module):
        raise SurfaceError(f"{shown}/{package} is no package")
    _check_complete(loaded, source, shown)
    return _Reader(loaded, source, shown).surface


def _check_complete(package: griffe.Module, source: Path, shown: str) -> None:
    """What griffe cannot parse it leaves out without a word; here it would look like something removed."""
    todo, read = [package], set()
    while todo:
        module = todo.pop()
        read.add(module.filepath)
        todo += [each for each in module.modules.values() if isinstance(each, griffe.Module)]
    for file in sorted((source / package.name).rglob("*.py")):
        has_packages_above = all((folder / "__init__.py").exists() for folder in _folders(file, source))
        if file not in read and has_packages_above:
            raise SurfaceError(f"{shown}/{file.relative_to(source).as_posix()} is no Python")


def _folders(file: Path, source: Path) -> Iterator[Path]:
    folder = file.parent
    while folder != source:
        yield folder
        folder = folder.parent


class _Reader:
    def __init__(self, package: griffe.Module, source: Path, shown: str) -> None:
        self.package = package
        self.source = source
        self.shown = shown
        self.reached: list[str] = []
        """The classes that are being described, so that none is described inside of itself."""
        # What is asked for again and again, of classes by their paths, is looked up once.
        self._object = cache(self._look_up)
        self._external = cache(self._external_of)

    @cached_property
    def surface(self) -> Surface:
        modules = {path: self._module(module) for path, module in self._public_modules()}
        modules |= {path: self._command(path, module) for path, module in self._commands()}
        exported = [target_of(thing) for _, thing in self._exported()]
        classes = [each for each in exported if isinstance(each, griffe.Class)]
        return Surface(modules, Kin({self._type_name(each): self._ancestors(each) for each in classes}))

    def _public_modules(self) -> Iterator[tuple[str, griffe.Module]]:
        for name in PUBLIC:
            module = self._object(f"{self.package.name}.{name}") if name else self.package
            if isinstance(module, griffe.Module):
                yield module.path, module

    def _commands(self) -> Iterator[tuple[str, griffe.Module]]:
        todo = [self.package]
        while todo:
            module = todo.pop()
            for each in module.modules.values():
                if isinstance(each, griffe.Module):
                    todo.append(each)
                    if each.name == "__main__":
                        yield f"python -m {module.path}", each

    def _exported(self) -> Iterator[tuple[str, griffe.Object | griffe.Alias]]:
        """Every public name of every module, and what it stands for."""
        for path, module in self._public_modules():
            for name in self._names_of(module):
                if (thing := module.members.get(name)) is not None and self._is_known(thing):
                    yield f"{path}.{name}", thing

    def _names_of(self, module: griffe.Module) -> list[str]:
        if module.exports is not None:
            return [str(name) for name in module.exports]
        return [name for name, each in module.members.items() if not name.startswith("_") and is_fixture(each)]

    @staticmethod
    def _is_known(thing: griffe.Object | griffe.Alias) -> bool:
        if not isinstance(thing, griffe.Alias):
            return True
        try:
            return bool(thing.final_target)
        except (griffe.AliasResolutionError, griffe.CyclicAliasError):
            return False

    @cached_property
    def public(self) -> set[str]:
        """Where everything exported is defined."""
        return {target_of(thing).path for _, thing in self._exported()}

    @cached_property
    def aliases(self) -> set[str]:
        """The names of exported types that stand for others."""
        targets = [target_of(thing) for _, thing in self._exported()]
        return {target.name for target in targets if is_alias(target)}

    def _type_name(self, thing: griffe.Object) -> str:
        """What a type of the package is called: it may move from module to module."""
        return f"{self.package.name}.{thing.name}"

    def _module(self, module: griffe.Module) -> Definition:
        members = {}
        for name in self._names_of(module):
            thing = module.members.get(name)
            if thing is None or not self._is_known(thing):
                members[name] = Definition(Kind.NAME, self._place(module), f"{module.path}.{name}")
            else:
                members[name] = self._definition(target_of(thing))
        return self._made(module, Kind.MODULE, words=words_of(module), members=members)

    def _definition(self, thing: griffe.Object) -> Definition:
        match self._kind(thing):
            case Kind.CLASS | Kind.ENUM:
                assert isinstance(thing, griffe.Class)
                return self._class(thing)
            case Kind.FIXTURE:
                assert isinstance(thing, griffe.Function)
                return self._made(thing, Kind.FIXTURE, words=words_of(thing), type_=self._annotation(thing.returns))
            case Kind.FUNCTION:
                assert isinstance(thing, griffe.Function)
                return self._function(thing)
            case Kind.ALIAS:
                assert isinstance(thing, griffe.Attribute)
                return self._made(thing, Kind.ALIAS, words=words_of(thing), type_=self._annotation(thing.value))
            case Kind.MODULE:
                return self._made(thing, Kind.MODULE, words=words_of(thing))
        assert isinstance(thing, griffe.Attribute)
        return self._attribute(thing, words_of(thing))

    def _kind(self, thing: griffe.Object | griffe.Alias) -> Kind:
        target = target_of(thing)
        if isinstance(target, griffe.Class):
            return Kind.ENUM if self._external(target) & {"StrEnum", "IntEnum", "Enum", "Flag"} else Kind.CLASS
        if isinstance(target, griffe.Function):
            return Kind.FIXTURE if is_fixture(target) else Kind.FUNCTION
        if isinstance(target, griffe.Module):
            return Kind.MODULE
        return Kind.ALIAS if is_alias(target) else Kind.ATTRIBUTE

    def _class(self, cls: griffe.Class) -> Definition:
        kind = self._kind(cls)
        described = descriptions_of(cls)
        self.reached.append(cls.path)
        members: dict[str, Definition] = {}
        elsewhere = self._described_elsewhere(cls)
        for name, member in cls.all_members.items():
            if self._is_member(name, member):
                thing = target_of(member)
                made = self._member(thing, kind, described.get(name, ""))
                members[name] = replace(made, is_inherited=thing.path in elsewhere)
            elif name == "__init__" and isinstance(thing := target_of(member), griffe.Function):
                for key, argument in self._arguments(thing, described).items():
                    members[key] = replace(argument, is_inherited=thing.path in elsewhere)
        self.reached.pop()
        ancestors = self._ancestors(cls)
        return self._made(
            cls,
            kind,
            words=words_of(cls),
            bases=frozenset(ancestors - NO_ANCESTORS),
            is_protocol="Protocol" in self._external(cls),
            members=members,
        )

    def _is_member(self, name: str, member: griffe.Object | griffe.Alias) -> bool:
        if not self._is_known(member) or isinstance(target_of(member), griffe.Module):
            return False
        if name.startswith("__"):
            return name not in NOT_CALLED and isinstance(target_of(member), griffe.Function)
        return not name.startswith("_")

    def _member(self, thing: griffe.Object, kind: Kind, described: str) -> Definition:
        if isinstance(thing, griffe.Function):
            return self._function(thing)
        if isinstance(thing, griffe.Class):
            return self._class(thing)
        assert isinstance(thing, griffe.Attribute)
        if kind is Kind.ENUM and "property" not in thing.labels:
            return self._made(thing, Kind.VALUE, words=words_of(thing), value=str(thing.value))
        return self._attribute(thing, words_of(thing) or described)

    def _described_elsewhere(self, cls: griffe.Class) -> set[str]:
        """What public base classes have: it is told of there."""
        bases = [base for base in mro_of(cls) if base.path in self.public and base is not cls]
        return {target_of(member).path for base in bases for member in base.all_members.values()}

    def _attribute(self, attribute: griffe.Attribute, words: str) -> Definition:
        held = self._held(attribute)
        if held is not None and held.path not in self.public and words and held.path not in self.reached:
            inside = self._class(held)
            members = {name: member for name, member in inside.members.items() if member.kind is not Kind.ARGUMENT}
            return self._made(attribute, Kind.ATTRIBUTE, words=words, is_described_inside=True, members=members)
        written = None if is_final(attribute.annotation) else self._annotation(attribute.annotation)
        if written is None and held is not None:
            options = frozenset({Option(self._type_name(held))})
            written = Annotation(held.name, options, options)
        return self._made(attribute, Kind.ATTRIBUTE, words=words, type_=written)

    def _held(self, attribute: griffe.Attribute) -> griffe.Class | None:
        """The class of the package that an attribute holds an instance of, if it is one alone."""
        expression = attribute.annotation
        if expression is None or is_final(expression):
            expression = attribute.value.function if isinstance(attribute.value, griffe.ExprCall) else None
        if not isinstance(expression, griffe.ExprName | griffe.ExprAttribute):
            return None
        found = self._object(expression.canonical_path)
        return found if isinstance(found, griffe.Class) else None

    def _function(self, function: griffe.Function) -> Definition:
        return self._made(
            function,
            Kind.FUNCTION,
            words=words_of(function),
            type_=self._annotation(function.returns),
            is_async="async" in function.labels,
            members=self._arguments(function, descriptions_of(function)),
        )

    def _arguments(self, function: griffe.Function, described: dict[str, str]) -> dict[str, Definition]:
        parameters = list(function.parameters)
        if isinstance(function.parent, griffe.Class) and "staticmethod" not in function.labels:
            parameters = parameters[1:]
        described = {**described, **descriptions_of(function)}
        lines = lines_of_arguments(function, [each.name.lstrip("*") for each in parameters])
        arguments = {}
        for each in parameters:
            name = each.name.lstrip("*")
            variadic = each.kind in {griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword}
            arguments[f"{name}="] = self._made(
                function,
                Kind.ARGUMENT,
                line=lines.get(name),
                words=described.get(name, ""),
                type_=self._annotation(each.annotation),
                default="..." if variadic else None if each.default is None else str(each.default),
                passing=each.kind,
            )
        return arguments

    def _command(self, path: str, module: griffe.Module) -> Definition:
        options = {}
        assert isinstance(module.filepath, Path)
        for call in ast.walk(ast.parse(module.filepath.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(func=ast.Attribute(attr="add_argument"), args=[*_, ast.Constant(value=str(name))]):
                    said = {each.arg: ast.unparse(each.value) for each in call.keywords if each.arg}
                    options[name] = self._made(
                        module,
                        Kind.OPTION,
                        line=call.lineno,
                        words=said.pop("help", "").strip("'\""),
                        default=said.pop("default", None),
                        value=", ".join(f"{key}={value}" for key, value in sorted(said.items())),
                    )
        return self._made(module, Kind.COMMAND, members=dict(sorted(options.items())))

    def _made(
        self,
        thing: griffe.Object,
        kind: Kind,
        *,
        line: int | None = None,
        words: str = "",
        type_: Annotation | None = None,
        **more: Any,  # whatever else a definition has
    ) -> Definition:
        deprecated = words.startswith("Deprecated") or (kind is not Kind.ARGUMENT and is_marked_deprecated(thing))
        place = self._place(thing, line)
        return Definition(kind, place, thing.path, words, is_deprecated=deprecated, type=type_, **more)

    def _place(self, thing: griffe.Object, line: int | None = None) -> Location:
        file = thing.filepath
        assert isinstance(file, Path)
        return Location(f"{self.shown}/{file.relative_to(self.source).as_posix()}", line or thing.lineno or 1)

    def _ancestors(self, cls: griffe.Class) -> set[str]:
        """The base classes near and far that have a name for users."""
        own = {self._type_name(base) for base in mro_of(cls) if base.path in self.public and base is not cls}
        return own | self._external(cls)

    def _external_of(self, cls: griffe.Class) -> set[str]:
        """The base classes near and far from outside of the package; an enum of texts is text."""
        paths = [
            named(base.canonical_path)
            for each in (cls, *mro_of(cls))
            for base in each.bases
            if isinstance(base, griffe.Expr) and not base.canonical_path.startswith(f"{self.package.name}.")
        ]
        names = {path.removeprefix("enum.") for path in paths}
        return names | ({"str"} if "StrEnum" in names else {"int"} if "IntEnum" in names else set())

    def _look_up(self, path: str) -> griffe.Object | None:
        """What a path inside of the package leads to."""
        if not path.startswith(f"{self.package.name}."):
            return None
        try:
            return target_of(self.package.modules_collection.get_member(path))
        except (KeyError, griffe.AliasResolutionError, griffe.CyclicAliasError):
            return None

    def _annotation(self, expression: Expression | None) -> Annotation | None:
        if expression is None:
            return None
        text = re.sub(r"\b(models|builtins)\.", "", str(expression))
        kept = self._options(expression, ())
        uses_aliases = any(alias in text for alias in self.aliases)
        return Annotation(text, kept, self._options(expression, (), through=True) if uses_aliases else kept)

    def _options(self, expression: Expression, inside: tuple[str, ...], *, through: bool = False) -> frozenset[Option]:
        """What a type may be. `through` follows public aliases, too; `inside` are those that are being followed."""

        def options(*parts: Expression) -> frozenset[Option]:
            return frozenset[Option]().union(*(self._options(part, inside, through=through) for part in parts))

        match expression:
            case griffe.ExprBinOp(operator="|"):
                return options(expression.left, expression.right)
            case griffe.ExprSubscript():
                arguments = elements_of(expression.slice)
                match name := named(expression.canonical_path):
                    case "Optional":
                        return options(expression.slice) | {Option("None")}
                    case "Union":
                        return options(*arguments)
                    case "Annotated" | "Final" | "ClassVar":
                        return options(arguments[0])
                    case "Literal":
                        return frozenset(Option(f"Literal[{value}]") for value in arguments)
                found = self._object(name)
                name = self._type_name(found) if found else name
                return frozenset({Option(name, tuple(options(argument) for argument in arguments))})
            case griffe.ExprList():
                return frozenset({Option("[]", tuple(options(each) for each in expression.elements))})
            case griffe.ExprName() | griffe.ExprAttribute():
                return self._named(expression.canonical_path, inside, through=through)
        return frozenset({Option(str(expression))})

    def _named(self, path: str, inside: tuple[str, ...], *, through: bool) -> frozenset[Option]:
        found = self._object(path)
        if found is None:
            return frozenset({Option(named(path))})
        is_followed = found.path not in inside and (through or found.path not in self.public)
        if isinstance(found, griffe.Attribute) and found.value is not None and is_followed and is_alias(found):
            return self._options(found.value, (*inside, found.path), through=through)
        return frozenset({Option(self._type_name(found))})
