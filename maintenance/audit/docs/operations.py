"""The operations of a page: a heading, a call, a list of what it takes, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from generator.spec.locations import Location

from ..facts import Fact, Facts, Operation, add, anonymous, inside
from .blocks import Block, Section, sections_of
from .examples import body_of, example_in, fragment, shown
from .phrases import hints, names_of, quoted
from .records import Record, records_in

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
    """An operation as it was read, before it takes what it shares with another."""

    operation: Operation
    like: str | None = None
    """The operation whose body it takes, in the docs' words."""
    but: tuple[str, ...] = ()
    """What it does not take of that."""
    in_passing: bool = False
    """Whether it is only called in an example, on a page about something else."""


class Page:
    """One page of the docs."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.sections = sections_of(text)
        self.paths = [section.path for section in self.sections if section.path]
        self.templates = [anonymous(match["path"]) for match in _TEMPLATE.finditer(text)]
        others = (section for section in self.sections if not section.path)
        self.records = records_in(others, file) if self.paths else []

    def operations(self) -> Iterator[Draft]:
        """What the page describes; a page without any headings of operations describes those it calls."""
        for section in self.sections:
            if section.method:
                yield self._operation(section, section.method)
            elif not self.paths:
                yield from (Draft(operation, in_passing=True) for operation in self._called(section))

    def _operation(self, section: Section, method: str) -> Draft:
        key = f"{method} {self._path(section)}"
        operation = Operation(key, self.file, Location(self.file, section.heading.line))
        query, body = operation.parts["query"], operation.parts["body"]
        for call in section.calls():
            add(query, self._query_of(call))
            add(body, body_of(call, self.file))
        takes = body if body or method in {"POST", "PUT", "PATCH"} else query
        add(takes, self._listed(section, takes, bulk=key.endswith("/bulk")))
        add(takes, self._in_prose(section, takes))
        add(query, self._of_lists(section))
        self._answer(operation, section)
        if "custom_properties" not in operation.parts["answer"] and method == "GET":
            query.pop("custom_properties", None)  # the global filter of records that have some
        return _drafted(operation, section)

    def _called(self, section: Section) -> Iterator[Operation]:
        operation: Operation | None = None
        for block in section.blocks:
            if block.is_call and (match := _CALL.search(block.text)):
                body = list(body_of(block, self.file))
                method = re.search(r"-X (\w+)", block.text)
                verb = method[1] if method else "POST" if body else "GET"
                operation = Operation(f"{verb} {anonymous(match['path'])}", self.file, Location(self.file, block.line))
                add(operation.parts["body"], body)
                yield operation
            elif operation and operation.method == "GET" and (value := example_in(block)):
                add(operation.parts["answer"], shown(value, self.file))

    def _path(self, section: Section) -> str:
        """The path: the heading's, unless the page's template or the call is the better one."""
        own = section.path or ""
        for template in self.templates:
            if template.startswith(f"{own}/"):
                return template
        called = next((match for call in section.calls() if (match := _CALL.search(call.text))), None)
        if called is None:
            return own
        other = anonymous(re.sub(r"/\d+(?=/|\.|$)", "/{}", called["path"]))
        if own.count("{}") != other.count("{}"):
            return own
        # A heading that was copied from another page begins differently from all others on this one.
        return max(
            (own, other), key=lambda path: sum(_first(path) == _first(each) for each in self.paths if each != own)
        )

    # --- what it takes

    def _query_of(self, call: Block) -> Iterator[Fact]:
        if (match := _CALL.search(call.text)) and match["query"]:
            place = Location(self.file, call.line + call.text[: match.start()].count("\n"))
            names = (pair.partition("=")[0] for pair in match["query"].split("&"))
            yield from (Fact(name, place=place) for name in names if name)

    def _listed(self, section: Section, known: Facts, *, bulk: bool) -> Iterator[Fact]:
        """The parameters or attributes that a list names. Of many records at once it names those of each."""
        rows = {name.partition("[]")[0] for name in known if "[]." in name} if bulk else set()
        outermost = rows.pop() if len(rows) == 1 else ""
        around: list[str] = []
        for entry in _entries(section.blocks):
            mentions, rest = names_of(entry.text)
            del around[entry.depth - 1 :]
            said = hints(rest)
            name = ""
            for mention in mentions:
                prefix = around[-1] if around else "" if mention.name in known else outermost
                name = inside(prefix, mention.name, known)
                place = Location(self.file, entry.line)
                made = Fact(name, said.types, said.nullable, said.values, said.closed, place=place)
                yield replace(made, required=mention.required)
            around.append(name)

    def _in_prose(self, section: Section, known: Facts) -> Iterator[Fact]:
        """What sentences say: which attributes are taken, and which values there are of the only one."""
        for paragraph in section.paragraphs():
            place = Location(self.file, paragraph.line)
            if match := _ONLY.search(paragraph.text):
                yield from (Fact(name, place=place) for name in quoted(match["names"]))
            if match := _MANDATORY.search(paragraph.text):
                yield from (Fact(name, required=True, place=place) for name in re.findall(r"\w+", match["names"]))
            if match := _VALID.search(paragraph.text):
                said = hints(match["values"])
                yield from (Fact(name, said.types, values=said.values, place=place) for name in list(known)[:1])

    def _of_lists(self, section: Section) -> Iterator[Fact]:
        """What the docs say in a few words for all lists alike."""
        for block in section.blocks:
            place = Location(self.file, block.line)
            if "Global filters apply" in block.text:
                yield from (Fact(name, place=place) for name in _GLOBAL_FILTERS)
            if block.kind == "paragraph" and "(paged)" in block.text:
                yield Fact("page", place=place)

    # --- what it answers

    def _answer(self, operation: Operation, section: Section) -> None:
        answer, body = operation.parts["answer"], operation.parts["body"]
        before = ""
        for block in section.blocks:
            if block.kind in {"paragraph", "heading"}:
                before = block.text
            elif value := example_in(block):
                if operation.method == "GET" or _RETURNS.search(before):
                    add(answer, shown(value, self.file))
                else:
                    add(body, fragment(value, self.file, body))
        if not answer:
            gone = _left_out(section)
            add(
                answer, (fact for fact in self._record(operation, section) if re.split(r"\W", fact.name)[0] not in gone)
            )

    def _record(self, operation: Operation, section: Section) -> Iterable[Fact]:
        """The record of the page, if that is what the operation answers with; the docs do not always say so."""
        method, path = operation.method, operation.path
        collections = {path.removesuffix("/{}") for path in self.paths if path.endswith("/{}")} | {self.paths[0]}
        is_record = path.endswith("/{}") and method != "POST"
        told = method == "GET" and any(_RECORD.search(paragraph.text) for paragraph in section.paragraphs())
        if method == "DELETE" or "." in path or not self.records or not (is_record or told or path in collections):
            return []
        facts = self._record_for(path).facts
        nested = any(path.startswith(f"{collection}/{{}}/") for collection in collections)
        if nested:  # the rows of a list in the record, if it has such a list
            rows = path.removesuffix("/{}").rpartition("/")[2] + "[]."
            named = ((name.removeprefix(rows), fact) for name, fact in facts.items() if name.startswith(rows))
            return [replace(fact, name=name) for name, fact in named]
        return facts.values()

    def _record_for(self, path: str) -> Record:
        """Of several records the one whose title is in the path."""
        flat = _flat(path.removesuffix("/{}"))
        return next((record for record in self.records if _flat(record.title) in flat), self.records[0])


def _drafted(operation: Operation, section: Section) -> Draft:
    for paragraph in section.paragraphs():
        if _ALIKE.search(paragraph.text):
            collection = re.sub(r"(/\{\}|/bulk)$", "", operation.path)
            match = _EXCEPT.search(paragraph.text) if "not mandatory" not in paragraph.text else None
            return Draft(operation, f"POST {collection}", tuple(quoted(match["which"])) if match else ())
    return Draft(operation)


def _left_out(section: Section) -> set[str]:
    """What a list leaves out of the record, as its words say."""
    told = (each.text for each in section.paragraphs() if "array" in each.text and "except" in each.text)
    return {name for text in told for name in quoted(text.partition("except")[2])}


def _entries(blocks: Iterable[Block]) -> Iterator[Block]:
    """The entries of the lists that name parameters: not an answer's headers, not what has a title of its own."""
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
