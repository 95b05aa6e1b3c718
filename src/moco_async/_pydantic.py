"""Pydantic's protocol for foreign classes: how it validates, serializes and describes models, pages and enum values.

Pydantic asks the classes, and they ask here; so it is imported by whoever has it, and needed by nobody else. What a
value may be is known to lenient decoding alone: a record is validated by decoding it, and refused for what differed.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, LiteralString, Union, get_args

import attrs
from pydantic_core import (
    InitErrorDetails,
    PydanticCustomError,
    PydanticKnownError,
    SchemaSerializer,
    ValidationError,
    core_schema,
    to_jsonable_python,
)

from ._lenient import Difference, Path, decode_leniently, observe, union_members
from ._model import ABSENT, Model
from ._values import ForPydantic, Unrecognized, to_json

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema
    from pydantic_core.core_schema import SerializationInfo

__all__ = ["any_serializer", "json_schema_of", "schema_of"]

_ERROR_TYPES: dict[str, LiteralString] = {"null": "null_not_allowed", "type": "wrong_type", "value": "unknown_value"}


def schema_of(cls: type[ForPydantic], source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """How pydantic validates and serializes a class of ours."""
    if issubclass(cls, Model):
        return _record_schema(cls, handler)
    if issubclass(cls, Unrecognized):
        return _unrecognized_schema(cls)
    return _page_schema(cls, source, handler)


def _record_schema(cls: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    """How pydantic validates and serializes a model.

    The schema inside serves the description alone: values are decoded as everywhere else.
    """

    def validate(value: Any, _: object) -> Model:
        return _validated(cls, value)

    validate.__name__ = cls.__name__  # what pydantic's errors are titled with
    return core_schema.no_info_wrap_validator_function(
        validate,
        _shape(cls, handler),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_plain, info_arg=True),
    )


def _shape(cls: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    """The object that a model is in JSON, by its annotations."""
    hints = typing.get_type_hints(cls)
    never_null = {each.name for each in attrs.fields(cls) if each.default is ABSENT}
    fields = {}
    for wire, name in cls._wire_names.items():
        options = [each for each in union_members(hints[name]) if each is not NoneType or name not in never_null]
        schema = handler.generate_schema(Union[tuple(options)])  # noqa: UP007  # made at run time
        fields[wire] = core_schema.typed_dict_field(schema, required=name in cls._required)
    return core_schema.typed_dict_schema(fields, extra_behavior="allow")


def json_schema_of(cls: type[ForPydantic], schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """The JSON schema of a class of ours; a model is described in the words of its docstring."""
    found = handler(schema)
    if not issubclass(cls, Model):
        return found
    described = handler.resolve_ref_schema(found)
    about, words = _docstring(cls)
    described |= {"title": cls.__name__, "description": about}
    for wire, name in cls._wire_names.items():
        if name in words:
            described["properties"][wire]["description"] = words[name]
            if words[name].startswith("Deprecated."):
                described["properties"][wire]["deprecated"] = True
    return found


def _docstring(cls: type[Model]) -> tuple[str, dict[str, str]]:
    """What a model's docstring says of it, and of its attributes."""
    text = inspect.cleandoc(cls.__doc__ or "")  # from 3.13 on Python takes the margin away by itself
    about, _, rest = text.partition("MOCO's docs:")[0].partition("Attributes:")
    entries = re.finditer(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", rest, re.MULTILINE)
    return " ".join(about.split()), {entry[1]: " ".join(entry[2].split()) for entry in entries}


def _validated(cls: type[Model], value: Any) -> Model:
    """A record, or the JSON object of one.

    Raises:
        ValidationError: the object differs from the spec, other than by an unknown attribute. One that is missing is
            taken as well, as MOCO leaves out what the spec requires; but not in a new record (`ActivityCreate`).
        PydanticKnownError, PydanticCustomError: it is not an object, or not one of JSON.
    """
    if isinstance(value, cls):
        return value
    if not isinstance(value, Mapping):
        raise PydanticKnownError("dict_type")
    try:
        raw = to_json(value)  # dates, enums and records are taken as well
    except (TypeError, ValueError) as error:
        raise _error("not_json", str(error)) from None
    complaints = _Complaints(cls)
    with observe(complaints, count=False):
        record = decode_leniently(cls, raw, ())
    if complaints.lines:
        raise ValidationError.from_exception_data(cls.__name__, complaints.lines)
    return record


class _Complaints:
    """An observer that notes, as pydantic's errors, why an object is refused."""

    def __init__(self, cls: type[Model]) -> None:
        new = cls.__name__.endswith("Create")
        self.taken = {"unknown", "absent"} if new else {"unknown", "absent", "missing"}
        self.lines: list[InitErrorDetails] = []

    def record(self, cls: type[Model]) -> None:
        """Records by themselves are no reason."""

    def difference(self, difference: Difference) -> None:
        if difference.kind in self.taken:
            return
        place = _location(difference.path)
        if difference.kind == "missing":
            self.lines.append(InitErrorDetails(type="missing", loc=place, input=None))
        else:
            why = _error(_ERROR_TYPES[difference.kind], difference.reason)
            self.lines.append(InitErrorDetails(type=why, loc=place, input=difference.found))


def _error(kind: LiteralString, text: Any) -> PydanticCustomError:
    """An error of ours. Its text is no template, as it has no context, so it need not be a literal."""
    return PydanticCustomError(kind, text)


def _location(path: Path) -> tuple[int | str, ...]:
    steps = []
    while path:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))


def _plain(value: Any, info: SerializationInfo) -> Any:
    """A record as the JSON object it came from; in a union, pydantic asks about what is something else, too."""
    if not isinstance(value, Model):
        return value
    if info.include is None and info.exclude is None:
        return value.to_dict()
    chosen: Any = {"include": info.include, "exclude": info.exclude}  # pydantic's types of the two do not fit
    return to_jsonable_python(value.to_dict(), **chosen)


def _page_schema(cls: type, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """How pydantic takes a page: as the list of its rows."""
    (row,) = get_args(source) or (Any,)
    rows = core_schema.list_schema(handler.generate_schema(row))

    def validate(value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, cls):
            return value
        found = handler(value)
        return cls(found, number=1, per_page=max(len(found), 1), total=None, has_next=False)

    return core_schema.no_info_wrap_validator_function(
        validate, rows, serialization=core_schema.plain_serializer_function_ser_schema(list, return_schema=rows)
    )


def _unrecognized_schema(cls: type[Unrecognized]) -> CoreSchema:
    """How pydantic takes a value that the enum beside it lacks: as text.

    Of a union pydantic tries the members strictly first, and here text is no strict match; so a known value is a member
    of the enum.
    """
    return core_schema.lax_or_strict_schema(
        core_schema.no_info_after_validator_function(cls, core_schema.str_schema()),
        core_schema.is_instance_schema(cls),
        serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
    )


@cache
def any_serializer() -> SchemaSerializer:
    """How pydantic serializes a value of ours in what is typed `Any`, where it asks the value and not its class."""

    def plain(value: Any, info: SerializationInfo) -> Any:
        if isinstance(value, Model):
            return _plain(value, info)
        return str(value) if isinstance(value, Unrecognized) else list(value)

    serialization = core_schema.plain_serializer_function_ser_schema(plain, info_arg=True)
    return SchemaSerializer(core_schema.any_schema(serialization=serialization))
