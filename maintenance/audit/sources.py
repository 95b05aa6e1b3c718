"""The sources of the audit, from a folder, a git repository, a file or a URL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from generator.spec.schema import Bundle

from ..errors import InputError
from ..git import FailedError, UnknownRevisionError, git, read_files, resolve_commit
from .docs import read_docs
from .document import read_document
from .facts import Source


class AuditError(InputError):
    """A source that cannot be read."""


@contextmanager
def open_repository(location: str) -> Iterator[Path]:
    """The folder of the repository at a path or a URL; the latter is cloned into a temporary folder.

    Raises:
        AuditError: it cannot be cloned.
    """
    if "://" not in location and not location.startswith("git@"):
        yield Path(location)
        return
    with TemporaryDirectory() as folder:
        try:
            git(Path(folder), "clone", "--quiet", "--bare", "--", location, ".")
        except FailedError as error:
            raise AuditError(f"{location} cannot be cloned: {error}") from None
        yield Path(folder)


def read_docs_at(folder: Path, revision: str) -> Source:
    """The docs in a repository at a revision.

    Raises:
        AuditError: there is no such revision, or it describes no operation.
        GitError: there is no repository.
    """
    try:
        commit = resolve_commit(folder, revision)
    except UnknownRevisionError:
        raise AuditError(f"{folder} has no revision {revision!r}") from None
    files = read_files(folder, commit)
    pages = {name: content.decode("utf-8", "replace") for name, content in files.items() if name.endswith(".md")}
    return _docs(pages, git(folder, "log", "-1", "--format=%h %cs", commit).decode().strip())


def load_docs(location: str) -> Source:
    """The current docs: the files of a folder, or the newest commit of a repository.

    Raises:
        AuditError: there are no pages.
    """
    folder = Path(location)
    if "://" not in location and any(folder.glob("*.md")):
        files = sorted(folder.rglob("*.md"))
        return _docs({file.relative_to(folder).as_posix(): file.read_text("utf-8", "replace") for file in files}, "")
    with open_repository(location) as repository:
        return read_docs_at(repository, "HEAD")


def _docs(pages: Mapping[str, str], revision: str) -> Source:
    docs = read_docs(pages)
    if not docs.operations:
        raise AuditError("no page of the docs has an operation")
    docs.revision = revision
    return docs


def fetch_openapi(location: str) -> str:
    """The text of MOCO's OpenAPI document, from a file or a URL.

    Raises:
        AuditError: it cannot be read.
    """
    try:
        if "://" not in location:
            return Path(location).read_text("utf-8")
        answer = httpx.get(location, follow_redirects=True, timeout=60)
        answer.raise_for_status()
    except (OSError, UnicodeError, httpx.HTTPError) as error:
        raise AuditError(f"{location} cannot be read: {error}") from None
    return answer.text


def parse_openapi(text: str) -> Source:
    """The facts of MOCO's OpenAPI document.

    Raises:
        AuditError: the text is not an OpenAPI document with operations.
    """
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else YAML(typ="safe").load(text)
        version = document["info"]["version"]
        source = read_document("openapi", document, lambda node: (node.get("tags") or ["untagged"])[0])
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        raise AuditError(f"not a readable OpenAPI document ({type(error).__name__}: {reason})") from None
    if not source.operations:
        raise AuditError("the OpenAPI document has no operation")
    source.revision = f"{version}, sha256 {sha256(text.encode()).hexdigest()[:12]}"
    return source


def facts_from_spec(bundle: Bundle) -> Source:
    """The facts of our own spec."""
    sections = {tag["name"]: bundle.sources[tag["name"]] for tag in bundle.document["tags"]}
    return read_document("spec", bundle.document, lambda node: sections[node["tags"][0]])
