"""Hostile documents and pages: every command ends in seconds, with exit status 2 and one sentence."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ruamel.yaml.error import YAMLError

from generator.spec.yaml_text import load_yaml
from maintenance.__main__ import main
from maintenance.audit import sources
from maintenance.limits import escape
from tests.maintenance.repository import SECONDS, fails
from tests.maintenance.test_audit_sources import openapi


def with_schemas(**schemas: Any) -> str:
    """An OpenAPI document whose first answer is the schema A."""
    document = openapi()
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}
    document["paths"] = {"/boats": {"get": {"responses": answer}}}
    return json.dumps({**document, "components": {"schemas": schemas}})


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def fan(number: int) -> dict[str, Any]:
    """Schemas of which each holds the next one ten times."""
    inner = {chr(65 + n): {"properties": {f"p{i}": ref(chr(66 + n)) for i in range(10)}} for n in range(number)}
    return {**inner, chr(65 + number): {"type": "string"}}


LAUGHS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))
MERGED = "\n".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 10)}]}}" for n in range(1, 12))
DOCUMENTS = {
    "a reference to itself": with_schemas(A=ref("A")),
    "references in a circle": with_schemas(A=ref("B"), B=ref("C"), C=ref("B")),
    "a schema that consists of itself": with_schemas(A={"allOf": [ref("A")]}),
    "a list of itself": with_schemas(A={"type": "array", "items": ref("A")}),
    "references that fan out": with_schemas(**fan(9)),
    "everything in everything": with_schemas(
        **{f"{n}": {"properties": {f"{m}": ref(f"{m}") for m in range(30)}} for n in range(30)}, A=ref("1")
    ),
    "many values": with_schemas(
        A={"properties": {"a": {"anyOf": [{"enum": [f"{n} {m}" for m in range(200)]} for n in range(300)]}}}
    ),
    "deep JSON": '{"a":' * 100_000,
    "JSON that is rather deep": '{"a":' + "[" * 500 + "]" * 500 + "," + with_schemas(A={})[1:],
    "a long number": '{"a": ' + "9" * 5000 + "}",
    "laughter": f"a0: &a0 [lol]\n{LAUGHS}\n",
    "laughter as values": f"a0: &a0 [lol]\n{LAUGHS}\ninfo: {{version: *a11}}\npaths: {{}}\n",
    "merged laughter": f"b0: &b0 {{x: 1}}\n{MERGED}\n",
    "YAML in itself": "info: &a {version: 1, more: *a}\n",
    "deep YAML": "[" * 50_000,
    "deep YAML with an anchor": "a: &a 1\nb: " + "[" * 50_000,
    "deep blocks": "".join(f"{' ' * n}a:\n" for n in range(2000)),
    "a wrong date": "info: {version: 2026-99-99}\n",
    "a tag that makes objects": "info: !!python/object/apply:os.system ['false']\n",
    "nothing but a text": '"x"',
    "nothing": "",
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_that_is_a_trap(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "theirs").write_text(text)
    assert "not a readable OpenAPI document" in fails(capsys, "audit", "--openapi", str(folder / "theirs"))


@pytest.mark.parametrize(
    "text", ["a: &x [1, 2]\nb: *x\n", "a: Tom & Jerry\n", 'a: "&b"\n', "a: {<<: &x {b: 1}, c: *x}\n"]
)
def test_sound_yaml_is_read(text: str) -> None:
    assert load_yaml(text)


def test_a_trap_in_our_own_spec(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    section = folder / "openapi" / "sections" / "boats.yaml"
    section.write_text(f"a0: &a0 [lol]\n{LAUGHS}\n" + section.read_text())
    assert main(["audit"]) == 1
    assert "too large with its aliases" in capsys.readouterr().err
    with pytest.raises(YAMLError, match="nested too deeply"):
        load_yaml("[" * 50_000)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("## GET /boats\n\n```json\n" + "[" * 50_000 + "\n```\n", "nested too deeply"),
        ("x" * 500_001, "larger than a page"),
    ],
)
def test_a_page_that_is_a_trap(folder: Path, page: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "docs" / "trap.md").write_text(page)
    assert message in fails(capsys, "audit", "--docs", str(folder / "docs"))


@pytest.mark.parametrize(
    "text", ["[", "`", "- ", "> ", "*a ", "**a", "a, ", '"a", ', "(", "`a` or ", "[a](", "<a ", "{a", "|a"]
)
def test_a_page_of_the_same_over_and_over(folder: Path, text: str) -> None:
    page = f"# Boats\n\n## Attributes\n\n- {text * (20_000 // len(text))}\n\n## GET /boats\n\n{text * 1000}\n"
    (folder / "docs" / "trap.md").write_text(page)
    before = time.monotonic()
    assert main(["audit", "--docs", str(folder / "docs")]) in {0, 1, 2}
    assert time.monotonic() - before < SECONDS


def test_a_folder_may_hold_what_is_no_page(folder: Path) -> None:
    (folder / "docs" / "folder.md").mkdir()
    (folder / "docs" / "circle.md").symlink_to("circle.md")
    (folder / "docs" / "endless.md").symlink_to("/dev/zero")
    assert main(["audit", "--docs", str(folder / "docs")]) == 0


ESCAPE = "\x1b]0;owned\x07\u202e\x9b31m"


def test_control_characters_are_written_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = openapi()
    document["info"]["version"] = ESCAPE
    document["paths"][f"/{ESCAPE}\nboats"] = {"get": {"tags": [f"{ESCAPE}\n"]}}
    properties = document["paths"]["/boats"]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "properties"
    ]
    properties[f"crew{ESCAPE}\nnothing differs"] = {"type": "string", "enum": [ESCAPE]}
    (folder / "theirs").write_text(json.dumps(document))
    for shown in ([], ["--json"], ["--markdown"]):
        assert main(["audit", "--openapi", str(folder / "theirs"), *shown]) == 1
        out = capsys.readouterr().out
        assert "crew\\u001b" in out.replace("\\\\", "\\")
        assert "\nnothing differs" not in out
        assert escape(out.replace("\n", "")) == out.replace("\n", "")
        assert "--json" not in shown or json.loads(out)
    assert "cannot be recorded" in fails(capsys, "audit", "--openapi", str(folder / "theirs"), "--record")
    assert "\x1b" not in fails(capsys, "audit", "--openapi", f"no{ESCAPE}")
    assert "\x1b" not in fails(capsys, "drift", f"no{ESCAPE}")


@pytest.fixture
def endless() -> Iterator[str]:
    """An address that never stops answering."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" " * 65536)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_an_address_or_a_file_without_end(folder: Path, endless: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is larger than" in fails(capsys, "audit", "--openapi", endless)
    assert "is larger than" in fails(capsys, "audit", "--openapi", "/dev/zero")
    assert "is larger than" in fails(capsys, "drift", "/dev/zero")
    assert "cannot be read" in fails(capsys, "audit", "--openapi", "http://[")


def test_an_address_that_is_slow(endless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SECONDS", 0.01)
    monkeypatch.setattr(sources, "LARGEST", 10**12)
    with pytest.raises(sources.AuditError, match="takes longer"):
        sources.fetch_openapi(endless)


def test_a_damaged_inventory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in (
        "[]",
        "[" * 100_000,
        '{"docs": {"revision": "", "operations": {"GET /x": {"page": 1, "body": ["a b c"]}}}}',
    ):
        (folder / "openapi" / "inventory.json").write_text(text)
        assert "inventory.json is damaged" in fails(capsys, "audit")
