"""The sources of the audit, from a folder, a git repository, a file or a URL."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from ruamel.yaml.error import YAMLError

from generator.spec.schema import Bundle, Node
from generator.spec.yaml_text import load_yaml

from ..errors import InputError
from ..git import FailedError, UnknownRevisionError, describe_commit, git, read_files, resolve_commit
from ..limits import check_depth, escape
from .docs import read_docs
from .document import read_document
from .facts import Source

LARGEST, LARGEST_YAML, LARGEST_PAGE = 16_000_000, 2_000_000, 500_000
"""The sizes in bytes of an OpenAPI document, of one in YAML, and of a page of the docs."""
SECONDS = 60
"""How long a download may take."""


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
    files = read_files(folder, commit, suffix=".md")
    return _docs(files, describe_commit(folder, commit))


def load_docs(location: str) -> Source:
    """The current docs: the files of a folder, or the newest commit of a repository.

    Raises:
        AuditError: there are no pages.
    """
    folder = Path(location)
    if "://" not in location and any(folder.glob("*.md")):
        files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*.md")) if file.is_file()}
        return _docs({name: _read_bytes(file, LARGEST_PAGE) for name, file in files.items()}, "")
    with open_repository(location) as repository:
        return read_docs_at(repository, "HEAD")


def _docs(pages: Mapping[str, bytes], revision: str) -> Source:
    if large := [name for name, content in pages.items() if len(content) > LARGEST_PAGE]:
        raise AuditError(f"{large[0]} is larger than a page of the docs can be, {LARGEST_PAGE:,} bytes")
    try:
        docs = read_docs({escape(name): content.decode("utf-8", "replace") for name, content in pages.items()})
    except RecursionError:
        raise AuditError("an example in the docs is nested too deeply") from None
    if not docs.operations:
        raise AuditError("no page of the docs has an operation")
    docs.revision = revision
    return docs


def _read_bytes(file: Path, most: int) -> bytes:
    """The content of a file, or one byte more than the most that it may have."""
    with file.open("rb") as stream:
        return stream.read(most + 1)


def fetch_openapi(location: str) -> str:
    """The text of MOCO's OpenAPI document, from a file or a URL.

    Raises:
        AuditError: it cannot be read, or is too large.
    """
    try:
        content = _download(location) if "://" in location else _read_bytes(Path(location), LARGEST)
        if len(content) <= LARGEST:
            return content.decode("utf-8-sig")
    except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise AuditError(f"{location} cannot be read: {error}") from None
    raise AuditError(f"{location} is larger than {LARGEST:,} bytes")


def _download(location: str) -> bytes:
    content, end = bytearray(), time.monotonic() + SECONDS
    with httpx.stream("GET", location, follow_redirects=True, timeout=SECONDS) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes(65536):
            content += part
            if len(content) > LARGEST:
                break
            if time.monotonic() > end:
                raise ValueError(f"it takes longer than {SECONDS} seconds")
    return bytes(content)


def parse_openapi(text: str) -> Source:
    """The facts of MOCO's OpenAPI document.

    Raises:
        AuditError: the text is not an OpenAPI document with operations.
    """
    try:
        document = _parse(text)
        version = escape(str(document["info"]["version"]))
        source = read_document("openapi", document, lambda node: str((node.get("tags") or ["untagged"])[0]))
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise AuditError(f"not a readable OpenAPI document ({type(error).__name__}: {reason:.200})") from None
    if not source.operations:
        raise AuditError("the OpenAPI document has no operation")
    source.revision = f"{version}, sha256 {sha256(text.encode()).hexdigest()[:12]}"
    return source


def _parse(text: str) -> Node:
    if text.lstrip().startswith("{"):
        document: Node = json.loads(text)
    elif len(text) > LARGEST_YAML:
        raise ValueError(f"YAML of more than {LARGEST_YAML:,} characters takes minutes to read; JSON does not")
    else:
        document = load_yaml(text)
    check_depth(document)
    return document


def facts_from_spec(bundle: Bundle) -> Source:
    """The facts of our own spec."""
    sections = {tag["name"]: bundle.sources[tag["name"]] for tag in bundle.document["tags"]}
    return read_document("spec", bundle.document, lambda node: sections[node["tags"][0]])
