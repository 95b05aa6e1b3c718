"""Hostile input: every command ends in seconds, with exit status 2 and one sentence, and runs no foreign program."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable, Iterator
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
from moco_async.drift.storage import Record
from tests.maintenance.repository import commit, edit, git
from tests.maintenance.test_audit_sources import openapi

SECONDS = 20


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence that a command ends with."""
    capsys.readouterr()
    before = time.monotonic()
    assert main([*arguments]) == 2
    assert time.monotonic() - before < SECONDS
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


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


# --- a repository of the docs whose configuration and attributes are against its reader


def arm(docs: Path) -> Path:
    """Let everything that git can be configured to run leave a mark."""
    mark, program = docs.parent / "mark", docs.parent / "program"
    program.write_text(f"#!/bin/sh\necho run >> {mark}\ncat\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    settings = (
        *("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy"),
        *("gpg.program", "gpg.ssh.program", "gpg.x509.program", "diff.external", "filter.f.smudge", "filter.f.process"),
        *(
            "diff.d.textconv",
            "diff.d.command",
            "alias.rev-parse",
            "alias.ls-tree",
            "credential.helper",
            "pager.ls-tree",
        ),
    )
    for name in settings:
        git(docs, "config", name, str(program))
    git(docs, "config", "log.showSignature", "true")
    hooks = docs / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        (hooks / name).write_text(program.read_text())
        (hooks / name).chmod(0o755)
    (docs.parent / "included").write_text(f"[core]\n\tfsmonitor = {program}\n")
    git(docs, "config", "include.path", str(docs.parent / "included"))
    mark.unlink(missing_ok=True)
    return mark


def sign(docs: Path) -> None:
    """Give the newest commit a signature, which git would have checked by a program."""
    raw = git(docs, "cat-file", "commit", "HEAD")
    head, _, message = raw.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    file = docs.parent / "commit"
    file.write_text(f"{head}\n{signature}\n\n{message}\n")
    git(docs, "update-ref", "HEAD", git(docs, "hash-object", "-w", "-t", "commit", str(file)))


def test_the_configuration_of_a_repository_runs_nothing(docs_repository: Path) -> None:
    (docs_repository / ".gitattributes").write_text("*.md filter=f diff=d\n")
    commit(docs_repository)
    sign(docs_repository)
    mark = arm(docs_repository)
    git(docs_repository, "log", "-1")
    assert mark.exists(), "a plain git log runs the program"
    mark.unlink()
    for bare in (["--since", "HEAD~2"], []):
        if not bare:
            (docs_repository / "boats.md").unlink()  # so that the repository is read, not the folder
        assert main(["audit", "--docs", str(docs_repository), *bare]) in {0, 1}
    assert not mark.exists()


def test_a_missing_object_is_not_fetched_by_a_program(
    docs_repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = docs_repository.parent / "mark"
    blob = git(docs_repository, "rev-parse", "HEAD:boats.md")
    (docs_repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "evil"),
        ("remote.evil.promisor", "true"),
        ("remote.evil.url", f"ext::sh -c 'touch% {mark}'"),
        ("protocol.ext.allow", "always"),
    ):
        git(docs_repository, "config", name, value)
    fails(capsys, "audit", "--docs", str(docs_repository), "--since", "HEAD~1")
    assert not mark.exists()


def test_attributes_hide_no_page_and_change_none(docs_repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs = ["audit", "--docs", str(docs_repository), "--since", "HEAD~1"]
    (docs_repository / ".gitattributes").write_text("*.md export-ignore export-subst\n")
    edit(docs_repository / "boats.md", '"mast": 2,', '"mast": 2, "keel": 3,')
    commit(docs_repository)
    assert main(docs) == 1
    assert "keel" in capsys.readouterr().out


def test_a_repository_may_hold_what_is_no_page(docs_repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (docs_repository / "link.md").symlink_to("/etc/passwd")
    (docs_repository / "über-\x1b.md").write_text("# \x1b")
    commit(docs_repository)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD~1"]) == 0


def test_a_repository_that_is_too_large(
    docs_repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("maintenance.git.LARGEST", 100)
    assert "larger than" in fails(capsys, "audit", "--docs", str(docs_repository), "--since", "HEAD~1")


@pytest.mark.parametrize("location", ["ext::sh -c 'touch% mark'://", "ssh://-oProxyCommand=x/y", "fd::17://"])
def test_an_address_that_is_a_command(
    folder: Path, location: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert "cannot be cloned" in fails(capsys, "audit", "--docs", location)
    assert not (folder / "mark").exists()


# --- records of drift


def line(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A line of a drift record, changed."""
    entry: dict[str, Any] = {
        "operation": "deals.list", "status": 200, "where": "Deal.mood", "kind": "unknown",
        "first": "2026-03-01", "last": "2026-03-01", "decoded": {"text": 1}, "checked": {"text": 1},
    }  # fmt: skip
    change(entry)
    return json.dumps({"drift": 1, "records": {"deals.list": {"$": 1, "Deal": 1}}, "entries": [entry]}).encode()


DAMAGE: list[dict[str, Any]] = [
    *({name: 5} for name in ("operation", "where", "kind", "first", "last")),
    *({"where": wrong} for wrong in (None, [], "", "\x1b[31m", "x" * 300)),
    *({"status": wrong} for wrong in (float("inf"), float("nan"), "200", -1, 2**70, True, None)),
    *({"checked": wrong} for wrong in (5, [], None, {"text": "1"}, {"text": -1}, {"\x1b": 1}, {"items": 5})),
    *({"decoded": {"values": wrong}} for wrong in (5, {"a": {}}, {"\x1b": 1}, {"a": 1.5})),
    *({"decoded": {"attributes": wrong}} for wrong in (5, {"a": 1}, {"\x1b": {}}, {"\ud800": {}})),
]  # fmt: skip


def deep(number: int) -> dict[str, Any]:
    return {"list": 1, "items": deep(number - 1)} if number else {}


@pytest.mark.parametrize("damage", [*DAMAGE, {"checked": deep(200)}], ids=lambda damage: f"{damage!r:.60}")
def test_a_damaged_line_is_reported_and_skipped(
    tmp_path: Path, damage: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drift"
    file.write_bytes(line(lambda entry: entry.update(damage)))
    assert "is not a drift record" in fails(capsys, "drift", str(file))
    file.write_bytes(file.read_bytes() + b"\n" + line(lambda entry: None))
    assert main(["drift", str(file)]) == 1
    out = capsys.readouterr().out
    assert f"{file}:1: is not a line of a drift record" in out
    assert "Deal.mood" in out


WHERES = [
    *(
        "Deal",
        "Deal.",
        ".",
        "..",
        "$",
        "$[]",
        "$.x",
        "Deal.tags[]",
        "Deal.tags[].[]",
        "Deal.tags.*.*",
        "[]",
        "Deal.status",
    ),
    *("DealStatus", "DealStatus.x", "Deal.custom_properties.*", "Deal.user.x", "Gone.x", "Deal.items", "Deal.id."),
]
KINDS = ("unknown", "missing", "null", "type", "value", "error", "absent", "weather")
SHAPES: list[dict[str, Any]] = [
    {}, {"weather": 1}, {"text": 1, "values": {"items": 1, "values": 2, "attributes": 3, "": 4}}, {"values": {}},
    {"object": 1, "attributes": {"items": {"values": {"values": 1}}, "values": {}, "attributes": {"attributes": {}}}},
    {"list": 2**62}, {"null": 1, "items": {"null": 1}}, {"attributes": {"x y": {"text": 1}, "from": {"text": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_recorder_writes_is_no_traceback(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "drift"
    for shape in SHAPES:
        changes = [{"where": where, "kind": kind, "checked": shape, "decoded": shape} for where in WHERES]
        file.write_bytes(b"\n".join(line(lambda entry, change=change: entry.update(change)) for change in changes))
        assert main(["drift", str(file)]) in {0, 1}
    assert "(most recent call last)" not in capsys.readouterr().out


def test_a_value_may_be_called_like_a_part_of_a_shape() -> None:
    values = {"items": 1, "values": 2, "attributes": 3, "": 1}
    record = Record.parse(line(lambda entry: entry.update(checked={"text": 7, "values": values})))
    record.add(Record.parse(record.line()))
    (entry,) = record.entries.values()
    assert entry.checked == {"text": 14, "values": {name: 2 * count for name, count in values.items()}}
