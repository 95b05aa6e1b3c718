"""The bundler: `openapi/moco.yaml` and its sections become one OpenAPI document without external references.

It also writes out what the sections leave out because it is the same everywhere: the tag and the docs page of each
operation, the parameters of its path, the answers that every request may get, and the headers of a paged answer.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from ..errors import Finding, SpecError
from .schema import METHODS, Bundle, Node
from .yaml_text import load_yaml


def bundle(entry: Path) -> Bundle:
    """Bundle the spec that begins at `entry`.

    Raises:
        SpecError: a file is missing or not YAML, a reference has no target, two sections use one name.
    """
    return _Bundler(entry).run()


class _Bundler:
    def __init__(self, entry: Path) -> None:
        self.root = entry.parent
        self.entry = entry.name
        self.findings: list[Finding] = []
        self.components: dict[str, Node] = {}
        self.sources: dict[str, str] = {}
        self.load = cache(self._load)

    def run(self) -> Bundle:
        head = copy.deepcopy(self.load(self.entry))
        self._raise_findings()
        common = self._take(head.pop("x-common-responses"), self.entry)
        paging = self._take(head.pop("x-paging-headers"), self.entry)
        paths: Node = {}
        tags: dict[str, Node] = {}
        for path, reference in head["paths"].items():
            section = reference["$ref"].partition("#")[0]
            expected = f"{section}#/paths/{path.replace('~', '~0').replace('/', '~1')}"
            if reference["$ref"] != expected:
                self._report(self.entry, f"{path} has to refer to itself in its section: {expected}")
                continue
            source = self.load(section)
            if path not in source.get("paths", {}):
                self._report(section, f"{path} is in {self.entry} but not here")
                continue
            tag = source["tag"]
            tags.setdefault(tag["name"], copy.deepcopy(tag))
            self.sources[tag["name"]] = self.sources[path] = section
            item = self._take(source["paths"][path], section)
            paths[path] = self._complete(path, item, tag, common, paging)
        self._find_unused(set(paths))
        self._raise_findings()
        components = {kind: dict(sorted(named.items())) for kind, named in sorted(self.components.items())}
        components["securitySchemes"] = head["components"]["securitySchemes"]
        document = {**head, "tags": list(tags.values()), "paths": paths, "components": components}
        absent = self.load("absent.yaml") if (self.root / "absent.yaml").exists() else {}
        return Bundle(document, self.sources, absent)

    def _load(self, name: str) -> Node:
        try:
            return _parse((self.root / name).read_text("utf-8"))
        except (OSError, UnicodeError, YAMLError) as error:
            self._report(name, str(error))
            return {}

    def _take(self, node: Any, section: str) -> Any:
        """A copy of a node whose references lead to the bundle, with the components they name added to it."""
        if isinstance(node, list):
            return [self._take(child, section) for child in node]
        if not isinstance(node, dict):
            return node
        taken = {key: self._take(child, section) for key, child in node.items()}
        if isinstance(reference := taken.get("$ref"), str):
            taken["$ref"] = self._take_component(reference, section)
        return taken

    def _take_component(self, reference: str, section: str) -> str:
        file, _, pointer = reference.partition("#")
        match = re.fullmatch(r"/components/(\w+)/([\w-]+)", pointer)
        if match is None:
            self._report(section, f"{reference} does not refer to a component")
            return reference
        kind, name = match.groups()
        home = section if not file else self._relative(section, file)
        key = f"{kind}/{name}"
        if key not in self.sources:
            try:
                node = self.load(home)["components"][kind][name]
            except KeyError:
                self._report(section, f"{reference} has no target")
                return f"#{pointer}"
            self.sources[key] = home
            self.components.setdefault(kind, {})[name] = self._take(node, home)
        elif self.sources[key] != home:
            self._report(section, f"{name} is in {self.sources[key]} as well; a name has one meaning")
        return f"#{pointer}"

    def _relative(self, section: str, file: str) -> str:
        return ((self.root / section).parent / file).resolve().relative_to(self.root.resolve()).as_posix()

    def _complete(self, path: str, item: Node, tag: Node, common: Node, paging: Node) -> Node:
        shared_parameters = item.pop("parameters", [])
        for method in METHODS:
            if method not in item:
                continue
            operation: Node = item[method]
            operation["tags"] = [tag["name"]]
            operation.setdefault("externalDocs", {"url": _link_to_heading(tag["externalDocs"]["url"], method, path)})
            operation["parameters"] = shared_parameters + operation.get("parameters", [])
            answers = operation.setdefault("responses", {})
            extra = dict(common["always"])
            if "{" in path:
                extra |= common["path"]
            if "requestBody" in operation:
                extra |= common["body"]
            operation["responses"] = dict(sorted((extra | answers).items()))
            if operation.get("x-paged") and "200" in answers:
                operation["responses"]["200"] = {**answers["200"], "headers": paging}
        return item

    def _find_unused(self, paths: set[str]) -> None:
        """Find the paths and components that nothing refers to."""
        files = ["shared.yaml", *(f"sections/{file.name}" for file in sorted((self.root / "sections").glob("*.yaml")))]
        for name in files:
            source = self.load(name)
            for path in source.get("paths", {}):
                if path not in paths:
                    self._report(name, f"{path} is not listed in {self.entry}")
            for kind, named in source.get("components", {}).items():
                for component in named:
                    if f"{kind}/{component}" not in self.sources:
                        self._report(name, f"nothing refers to {kind}/{component}")

    def _report(self, location: str, message: str) -> None:
        self.findings.append(Finding(location, message))

    def _raise_findings(self) -> None:
        if self.findings:
            raise SpecError(self.findings)


@cache
def _parse(text: str) -> Node:
    """The content of a section. It is never changed, so the same text is parsed once."""
    loaded = load_yaml(text)
    return loaded if isinstance(loaded, dict) else {}


def _link_to_heading(page: str, method: str, path: str) -> str:
    """The link to an operation on its page of MOCO's docs: "GET /projects/{id}" is `#get-projectsid`.

    The docs call every parameter of a path `{id}`, even if there are two. Operations that only MOCO's OpenAPI document
    has are on one page without such headings.
    """
    if page.startswith("https://docs.mocoapp.com/"):
        return page
    heading = f"{method} " + re.sub(r"{\w+}", "{id}", path)
    return f"{page}#" + re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-")
