"""The sources of the audit: files, the web, a repository, the inventory, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from ruamel.yaml import YAML

from generator.spec.schema import Node
from maintenance.__main__ import main
from maintenance.audit.inventory import read_inventory
from tests.maintenance.repository import edit

OPENAPI = """
openapi: 3.0.3
info: { version: 1.0.0 }
paths:
  /boats:
    get:
      tags: [Boats]
      parameters:
        - { name: status, in: query, schema: { type: string, enum: [moored, sailing] } }
        - { name: ids, in: query, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: array, items: &boat {
        type: object,
        properties: {
          id: { type: integer },
          name: { type: string },
          length: { type: number, nullable: true },
          status: { type: string, enum: [moored, sailing] },
          seats: { type: array, items: { type: object, properties: {
            kind: { type: string }, grade: { type: integer, minimum: 1, maximum: 3 } } } } } } } } } } }
    post: &update
      tags: [Boats]
      requestBody: { content: { application/json: { schema: { properties: {
        name: { type: string }, length: { type: number } } } } } }
      responses: { '200': { content: { application/json: { schema: *boat } } }, '404': { description: '' } }
  /boats/{boat_id}: { put: *update, patch: *update }
"""


def openapi() -> Node:
    """An OpenAPI document that agrees with the pages, in the manner of MOCO's."""
    found: Node = YAML(typ="safe").load(OPENAPI)
    return found


def test_an_openapi_document_with_places_in_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = openapi()
    (folder / "theirs.json").write_text(json.dumps(whole, indent=1))
    assert main(["audit", "--openapi", str(folder / "theirs.json")]) == 0
    assert "3/3" in capsys.readouterr().out  # PUT and PATCH are one operation
    body = whole["paths"]["/boats"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["crew"] = {"type": "integer"}
    (folder / "theirs.json").write_text(text := json.dumps(whole, indent=1))
    assert main(["audit", "--openapi", str(folder / "theirs.json")]) == 1
    line = next(number for number, line in enumerate(text.split("\n"), 1) if '"crew"' in line)
    out = capsys.readouterr().out
    assert f"theirs.json:{line} ↔ openapi/sections/boats.yaml:" in out
    assert "POST /boats, PUT /boats/{}" in out


@pytest.fixture
def published(folder: Path) -> Iterator[str]:
    """The folder on the web."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_document_on_the_web(folder: Path, published: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "theirs.json").write_text(json.dumps(openapi()))
    assert main(["audit", "--openapi", f"{published}/theirs.json"]) == 0
    assert main(["audit", "--openapi", f"{published}/theirs.yaml"]) == 2
    assert "theirs.yaml cannot be read: Client error '404" in capsys.readouterr().err


def test_yaml_is_as_good_as_json(folder: Path) -> None:
    (folder / "theirs.yaml").write_text(OPENAPI)
    assert main(["audit", "--openapi", str(folder / "theirs.yaml")]) == 0


def test_what_is_recorded_is_compared_with_from_then_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "theirs.json").write_text(json.dumps(openapi()))
    docs, theirs = ["--docs", str(folder / "docs")], ["--openapi", str(folder / "theirs.json")]
    assert main(["audit", *docs, *theirs, "--record"]) == 0
    names = [source.name for source in read_inventory(folder / "openapi" / "inventory.json")]
    assert names == ["docs", "openapi"]
    edit(folder / "openapi" / "sections" / "boats.yaml", "enum: [moored, sailing]", "enum: [moored]")
    capsys.readouterr()
    assert main(["audit"]) == 1
    out = capsys.readouterr().out
    assert "value of status: sailing" in out
    assert "docs: boats.md ↔ openapi/sections/boats.yaml:" in out
    edit(folder / "openapi" / "sections" / "boats.yaml", "enum: [moored]", "enum: [moored, sailing]")
    edit(folder / "docs" / "boats.md", '"length": null', '"length": 12, "mast": 1')
    assert main(["audit", *docs, "--record"]) == 1  # what is recorded is still a difference
    assert [source.name for source in read_inventory(folder / "openapi" / "inventory.json")] == ["docs", "openapi"]
    assert main(["audit"]) == 1


def test_what_is_no_longer_published_is_reported_until_that_is_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, audit = folder / "docs" / "boats.md", ["audit", "--docs", str(folder / "docs")]
    (folder / "theirs.json").write_text(json.dumps(openapi()))
    assert main([*audit, "--openapi", str(folder / "theirs.json"), "--record"]) == 0
    edit(page, '- **ids** – "1,2" (comma-separated)\n', "")
    edit(page, "`sailing` = at sea", "")
    edit(page, "## PUT /boats/{id}", "## Change a boat")  # nothing that is read as an operation
    capsys.readouterr()
    assert main(audit) == 1
    out = capsys.readouterr().out
    assert "MOCO no longer publishes it" in out
    assert "query parameter ids" in out
    assert "values of status: moored, sailing" in out
    assert "operation PUT /boats/{}" in out
    assert "docs: boats.md ↔ openapi/sections/boats.yaml:" in out
    assert "body attribute" not in out.partition("the spec covers")[0]  # they went with the operation
    assert main([*audit, "--record"]) == 1
    assert main(audit) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--docs", "nowhere"], "nowhere"),
        (["--docs", "openapi"], "openapi"),
        (["--docs", "file:///nowhere"], "cannot be cloned"),
        (["--openapi", "nowhere.json"], "nowhere.json cannot be read"),
        (["--openapi", "http://127.0.0.1:9/openapi.json"], "cannot be read"),
        (["--openapi", "docs/boats.md"], "not a readable OpenAPI document"),
        (["--openapi", "openapi/differences.yaml"], "not a readable OpenAPI document"),
        (["--since", "HEAD"], "--since needs --docs"),
        (["--record"], "--record needs"),
        (["--docs", "docs", "--since", "HEAD", "--record"], "--since and --record do not go together"),
        (["--known", "--markdown"], "--known is for text only"),
    ],
)
def test_a_source_that_cannot_be_read(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    assert main(["audit", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("revision", ["nope", "--output=x", "nope..HEAD", "HEAD..nope", "HEAD:boats.md"])
def test_a_revision_that_is_none(docs_repository: Path, capsys: pytest.CaptureFixture[str], revision: str) -> None:
    assert main(["audit", "--docs", str(docs_repository), f"--since={revision}"]) == 2
    assert "has no revision" in capsys.readouterr().err
    assert not (docs_repository / "x").exists()


def test_a_page_in_another_encoding(folder: Path) -> None:
    page = folder / "docs" / "boats.md"
    page.write_bytes(page.read_bytes() + "Länge\n".encode("latin-1"))
    assert main(["audit", "--docs", str(folder / "docs")]) == 0
