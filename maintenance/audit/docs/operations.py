"""The operations of a page: a heading, a call, a list of parameters or attributes, and an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from generator.spec.locations import Location

from ..facts import Fact, Facts, Operation, anonymize_path, merge_facts, nest
from .blocks import Block, Section, split_sections
from .examples import facts_from_fragment, facts_from_json, read_body, read_example
from .phrases import quoted_names, read_hints, read_names
from .records import Record, read_records

_CALL = re.compile(r"https?://[^/\s'\"]+/api/v1(?P<path>/[^\s'\"?]*)(?:\?(?P<query>[^\s'\"]*))?")
_TEMPLATE = re.compile(r"^/api/v1(?P<path>/\S*\{\w+\}\S*)$", re.MULTILINE)
_ALIKE = re.compile(r"(?:analogous|similar|identical) to the (?:POST|create|creation)", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:except|but)\b(?P<which>.*?)(?:cannot|can't|which|\.|$)")
_RETURNS = re.compile(r"\breturns?\b|\bresponse\b|\bresponds\b", re.IGNORECASE)
_RECORD = re.compile(r"attributes\)|complete|representation|returns an array of|returns a single", re.IGNORECASE)
_ONLY = re.compile(r"(?:\bOnly(?: the)? |\bPass )(?P<names>`\w+`(?:(?:, | and )`\w+`)*)(?! parameter)")
_MANDATORY = re.compile(r"^Mandatory fields are: (?P<names>[^.]*)")
_VALID = re.compile(r"(?:states|values) are valid: (?P<values>.*)")
_GLOBAL_FILTERS = ("ids", "updated_after", "custom_properties")


@dataclass
class Draft:
    """An operation as read from its section, before the body of another operation is copied into it."""

    operation: Operation
    same_body_as: str | None = None
    """The key of the operation whose body it takes as well."""
    except_for: tuple[str, ...] = ()
    """The attributes of that body that it does not take."""
    is_only_called: bool = False
    """Whether it only occurs as a call in an example, on a page about something else."""


class Page:
    """One page of the docs."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.sections = split_sections(text)
        self.paths = [section.path for section in self.sections if section.path]
        self.templates = [anonymize_path(match["path"]) for match in _TEMPLATE.finditer(text)]
        others = (section for section in self.sections if not section.path)
        self.records = read_records(others, file) if self.paths else []

    def operations(self) -> Iterator[Draft]:
        """The operations the page describes; without headings of operations, those it calls."""
        for section in self.sections:
            if section.method:
                yield self._operation(section, section.method)
            elif not self.paths:
                yield from (Draft(operation, is_only_called=True) for operation in self._read_calls(section))

    def _operation(self, section: Section, method: str) -> Draft:
        key = f"{method} {self._path(section)}"
        operation = Operation(key, self.file, Location(self.file, section.heading.line))
        query, body = operation.parts["query"], operation.parts["body"]
        for call in section.calls():
            merge_facts(query, self._read_query(call))
            merge_facts(body, read_body(call, self.file))
        takes = body if body or method in {"POST", "PUT", "PATCH"} else query
        merge_facts(takes, self._read_list(section, takes, bulk=key.endswith("/bulk")))
        merge_facts(takes, self._read_prose(section, takes))
        merge_facts(query, self._read_list_remarks(section))
        self._answer(operation, section)
        if "custom_properties" not in operation.parts["answer"] and method == "GET":
            query.pop("custom_properties", None)  # the global filter applies to records that have them
        return _make_draft(operation, section)

    def _read_calls(self, section: Section) -> Iterator[Operation]:
        operation: Operation | None = None
        for block in section.blocks:
            if block.is_call and (match := _CALL.search(block.text)):
                body = list(read_body(block, self.file))
                method = re.search(r"-X (\w+)", block.text)
                verb = method[1] if method else "POST" if body else "GET"
                operation = Operation(
                    f"{verb} {anonymize_path(match['path'])}", self.file, Location(self.file, block.line)
                )
                merge_facts(operation.parts["body"], body)
                yield operation
            elif operation and operation.method == "GET" and (value := read_example(block)):
                merge_facts(operation.parts["answer"], facts_from_json(value, self.file))

    def _path(self, section: Section) -> str:
        """The path of the heading, unless the template of the page or the call has a better one."""
        own = section.path or ""
        for template in self.templates:
            if template.startswith(f"{own}/"):
                return template
        called = next((match for call in section.calls() if (match := _CALL.search(call.text))), None)
        if called is None:
            return own
        other = anonymize_path(re.sub(r"/\d+(?=/|\.|$)", "/{}", called["path"]))
        if own.count("{}") != other.count("{}"):
            return own
        # A heading copied from another page begins differently from the other headings of this page.
        return max(
            (own, other), key=lambda path: sum(_first(path) == _first(each) for each in self.paths if each != own)
        )

    # --- parameters and body

    def _read_query(self, call: Block) -> Iterator[Fact]:
        if (match := _CALL.search(call.text)) and match["query"]:
            position = Location(self.file, call.line + call.text[: match.start()].count("\n"))
            names = (pair.partition("=")[0] for pair in match["query"].split("&"))
            yield from (Fact(name, position=position) for name in names if name)

    def _read_list(self, section: Section, known: Facts, *, bulk: bool) -> Iterator[Fact]:
        """The parameters or attributes that a list names; for a bulk call, those of each record."""
        rows = {name.partition("[]")[0] for name in known if "[]." in name} if bulk else set()
        outermost = rows.pop() if len(rows) == 1 else ""
        around: list[str] = []
        for entry in _entries(section.blocks):
            mentions, rest = read_names(entry.text)
            del around[entry.depth - 1 :]
            said = read_hints(rest)
            name = ""
            for mention in mentions:
                prefix = around[-1] if around else "" if mention.name in known else outermost
                name = nest(prefix, mention.name, known)
                position = Location(self.file, entry.line)
                made = Fact(name, said.types, said.nullable, said.values, said.closed, position=position)
                yield replace(made, required=mention.required)
            around.append(name)

    def _read_prose(self, section: Section, known: Facts) -> Iterator[Fact]:
        """The attributes that sentences name, and the values of the only attribute."""
        for paragraph in section.paragraphs():
            position = Location(self.file, paragraph.line)
            if match := _ONLY.search(paragraph.text):
                yield from (Fact(name, position=position) for name in quoted_names(match["names"]))
            if match := _MANDATORY.search(paragraph.text):
                yield from (Fact(name, required=True, position=position) for name in re.findall(r"\w+", match["names"]))
            if match := _VALID.search(paragraph.text):
                said = read_hints(match["values"])
                yield from (Fact(name, said.types, values=said.values, position=position) for name in list(known)[:1])

    def _read_list_remarks(self, section: Section) -> Iterator[Fact]:
        """The parameters that the docs give to all lists in a short remark."""
        for block in section.blocks:
            position = Location(self.file, block.line)
            if "Global filters apply" in block.text:
                yield from (Fact(name, position=position) for name in _GLOBAL_FILTERS)
            if block.kind == "paragraph" and "(paged)" in block.text:
                yield Fact("page", position=position)

    # --- answer

    def _answer(self, operation: Operation, section: Section) -> None:
        answer, body = operation.parts["answer"], operation.parts["body"]
        before = ""
        for block in section.blocks:
            if block.kind in {"paragraph", "heading"}:
                before = block.text
            elif value := read_example(block):
                if operation.method == "GET" or _RETURNS.search(before):
                    merge_facts(answer, facts_from_json(value, self.file))
                else:
                    merge_facts(body, facts_from_fragment(value, self.file, body))
        if not answer:
            excluded = _excluded_names(section)
            facts = self._record(operation, section)
            merge_facts(answer, (fact for fact in facts if re.split(r"\W", fact.name)[0] not in excluded))

    def _record(self, operation: Operation, section: Section) -> Iterable[Fact]:
        """The record of the page, if the operation returns it; the docs do not always say so."""
        method, path = operation.method, operation.path
        collections = {path.removesuffix("/{}") for path in self.paths if path.endswith("/{}")} | {self.paths[0]}
        is_record = path.endswith("/{}") and method != "POST"
        is_described = method == "GET" and any(_RECORD.search(paragraph.text) for paragraph in section.paragraphs())
        if (
            method == "DELETE"
            or "." in path
            or not self.records
            or not (is_record or is_described or path in collections)
        ):
            return []
        facts = self._select_record(path).facts
        nested = any(path.startswith(f"{collection}/{{}}/") for collection in collections)
        if nested:  # the rows of a list in the record, if there is such a list
            rows = path.removesuffix("/{}").rpartition("/")[2] + "[]."
            named = ((name.removeprefix(rows), fact) for name, fact in facts.items() if name.startswith(rows))
            return [replace(fact, name=name) for name, fact in named]
        return facts.values()

    def _select_record(self, path: str) -> Record:
        """The record whose title is in the path, if there are several."""
        flat = _flat(path.removesuffix("/{}"))
        return next((record for record in self.records if _flat(record.title) in flat), self.records[0])


def _make_draft(operation: Operation, section: Section) -> Draft:
    for paragraph in section.paragraphs():
        if _ALIKE.search(paragraph.text):
            collection = re.sub(r"(/\{\}|/bulk)$", "", operation.path)
            match = _EXCEPT.search(paragraph.text) if "not mandatory" not in paragraph.text else None
            return Draft(operation, f"POST {collection}", tuple(quoted_names(match["which"])) if match else ())
    return Draft(operation)


def _excluded_names(section: Section) -> set[str]:
    """The attributes of the record that a list leaves out."""
    texts = (each.text for each in section.paragraphs() if "array" in each.text and "except" in each.text)
    return {name for text in texts for name in quoted_names(text.partition("except")[2])}


def _entries(blocks: Iterable[Block]) -> Iterator[Block]:
    """The entries of lists that name parameters, without those of headers and of parts with a heading of their own."""
    wanted = True
    for block in blocks:
        if block.kind == "paragraph" and not block.depth:
            wanted = not re.search(r"headers?:?$", block.text)
        elif block.kind == "heading":
            wanted = False
        elif block.kind == "entry" and wanted:
            yield block


def _first(path: str) -> str:
    return path.split("/")[1]


def _flat(text: str) -> str:
    return re.sub(r"\W|_", "", text).lower()
