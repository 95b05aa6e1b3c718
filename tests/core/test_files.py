"""Files: their names are safe, whatever a header claims."""

from __future__ import annotations

import base64
import copy
import os
import pickle
import re
import tempfile
from dataclasses import FrozenInstanceError
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moco_async import File
from moco_async.files import filename_from_header

FALLBACK = "4711.pdf"

HEADERS = [
    ("", FALLBACK),
    ("attachment", FALLBACK),
    ("inline; filename=invoice.pdf", "invoice.pdf"),
    ('attachment; filename="R220002 Relaunch.pdf"', "R220002 Relaunch.pdf"),
    ("attachment; filename=\"R220002 %C3%BC.pdf\"; filename*=UTF-8''R220002%20%C3%BC.pdf", "R220002 ü.pdf"),
    ("attachment; filename*=UTF-8''R220002%20%C3%BC.pdf; filename=\"R220002.pdf\"", "R220002 ü.pdf"),
    ("attachment; FileName*=utf-8'de'Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
    ('attachment; filename = "a;b.pdf" ; size=5', "a;b.pdf"),
    (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
    ("attachment; filename=", FALLBACK),
    ('attachment; filename=""', FALLBACK),
    ('attachment; filename="  "', FALLBACK),
    ("attachment; filename*=UTF-8''", FALLBACK),
    ('attachment; filename="../../etc/passwd"', "passwd"),
    (r'attachment; filename="..\\..\\boot.ini"', "boot.ini"),
    ("attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
    ("attachment; filename*=UTF-8''..%5C..%5Cboot.ini", "boot.ini"),
    ("attachment; filename*=UTF-8''.%00.", FALLBACK),
    ("attachment; filename*=UTF-8''%2E%2E", FALLBACK),
    ("attachment; filename*=UTF-8''a%0D%0Ab.pdf", "ab.pdf"),
    ('attachment; filename="folder/"', FALLBACK),
    ('attachment; filename=".."', FALLBACK),
    ('attachment; filename=". "', FALLBACK),
    ('attachment; filename="C:boot.ini"', "C_boot.ini"),
]


@pytest.mark.parametrize(("header", "name"), HEADERS)
def test_a_file_is_named_as_the_header_says_but_safely(header: str, name: str) -> None:
    assert filename_from_header(header, FALLBACK) == name


PIECES = ["attachment", ";", " ", "filename", "filename*", "=", '"', "\\", "UTF-8''", "utf-8'de'", "'", "..", ".", "/",
          "%2F", "%2f", "%5C", "%2E", "%00", "\x00", "%0A", "\n", "\x85", "\xa0", "C:", "%3A", ":", "//host/share", "%",
          "%C3%BC", "%FF", "ü", "a", "b.pdf", "name", "\u202e", "CON"]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
NAMED = st.tuples(st.sampled_from(['filename="{}"', "filename={}", "filename*=UTF-8''{}"]), SOUP | st.text()).map(
    lambda parts: "attachment; " + parts[0].replace("{}", parts[1])
)


@given(SOUP | NAMED | st.text())
@example('filename="C:..\\x"')
def test_no_header_leads_out_of_the_directory(header: str) -> None:
    name = filename_from_header(header, FALLBACK)
    assert File(b"", name).filename == name
    assert name not in {"", ".", ".."}
    assert (PurePosixPath("/some/where") / name).parts == ("/", "some", "where", name)
    assert (PureWindowsPath("C:\\some\\where") / name).parts == ("C:\\", "some", "where", name)


@settings(deadline=None, max_examples=50)
@given(NAMED)
def test_a_file_is_saved_inside_the_directory_whatever_its_header_says(header: str) -> None:
    file = File(b"%PDF", filename_from_header(header, FALLBACK)[:60])
    with tempfile.TemporaryDirectory() as outer:
        inner = Path(outer, "inner")
        inner.mkdir()
        saved = file.save(inner)
        assert list(Path(outer).iterdir()) == [inner]
        assert list(inner.iterdir()) == [saved]
        assert saved.read_bytes() == b"%PDF"


@given(st.text(min_size=1).filter(lambda name: name.strip() == name and not set(name) & set('/\\:"')))
def test_an_encoded_name_is_read_as_it_was_written(name: str) -> None:
    printable = "".join(letter for letter in name if not re.match(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", letter)).strip()
    expected = FALLBACK if printable in {"", ".", ".."} else printable
    assert filename_from_header(f"attachment; filename*=UTF-8''{quote(name, safe='')}", FALLBACK) == expected


UNWRITABLE = [os.fsdecode(b"beleg-\xff.pdf"), "a\r\nX-Evil: 1", "a\x7f", "a\x85b", "a\u2028b", "\ud83d.pdf", "a\tb"]


@pytest.mark.parametrize("content_type", [*UNWRITABLE, "text/plain\r\n\r\nbody", "text/plain\n"])
def test_a_content_type_that_would_write_headers_is_refused(content_type: str) -> None:
    with pytest.raises(ValueError, match="is not a content type"):
        File(b"", "a.pdf", content_type)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "a\x00b", "a\nb", "../a", *UNWRITABLE])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid file name"):
        File(b"", name)


@pytest.mark.parametrize("content", ["text", None, bytearray(b"bytes"), 5])
def test_content_that_is_not_bytes_is_refused(content: Any) -> None:
    with pytest.raises(TypeError, match=f"content must be bytes, not {type(content).__name__}"):
        File(content)


def test_a_file_is_read_from_disk_with_its_name_and_type(tmp_path: Path) -> None:
    path = tmp_path / "receipt.pdf"
    path.write_bytes(b"%PDF")
    for given_path in (path, str(path)):
        assert File.from_path(given_path) == File(b"%PDF", "receipt.pdf", "application/pdf")


def test_a_file_that_is_not_there_raises_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        File.from_path(tmp_path / "nothing.pdf")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.pdf", "application/pdf"),
        ("A.PDF", "application/pdf"),
        ("a.png", "image/png"),
        ("document", "application/octet-stream"),
        ("a.no-such-type", "application/octet-stream"),
        ("data:,", "text/plain"),
    ],
)
def test_the_type_follows_from_the_name(name: str, content_type: str) -> None:
    assert File(b"", name).content_type == content_type


def test_a_given_type_counts_more_than_the_name() -> None:
    assert File(b"", "a.pdf", "image/png").content_type == "image/png"


def test_a_file_saved_to_a_path_has_that_name(tmp_path: Path) -> None:
    target = tmp_path / "other.pdf"
    assert File(b"%PDF", "receipt.pdf").save(str(target)) == target
    assert [path.name for path in tmp_path.iterdir()] == ["other.pdf"]
    assert target.read_bytes() == b"%PDF"


def test_a_file_saved_to_a_directory_keeps_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert File(b"1", "here.pdf").save() == Path("here.pdf")
    assert File(b"2", "there.pdf").save(tmp_path) == tmp_path / "there.pdf"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"here.pdf": b"1", "there.pdf": b"2"}


def test_a_file_saved_where_no_directory_is_raises_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        File(b"", "a.pdf").save(tmp_path / "missing" / "a.pdf")


@given(st.binary())
def test_a_file_in_a_json_body_is_its_name_and_base64(content: bytes) -> None:
    body = File(content, "receipt.pdf").to_json()
    assert body.keys() == {"filename", "base64"}
    assert body["filename"] == "receipt.pdf"
    assert base64.b64decode(body["base64"], validate=True) == content


def test_a_file_shows_its_size_and_not_its_content() -> None:
    file = File(b"private", "receipt.pdf")
    assert repr(file) == "File('receipt.pdf', application/pdf, 7 bytes)"
    assert len(file) == 7


def test_a_file_cannot_be_changed_and_survives_copy_and_pickle() -> None:
    file = File(b"%PDF", "receipt.pdf", "application/x-own")
    with pytest.raises(FrozenInstanceError):
        file.filename = "other"  # type: ignore[misc]
    assert copy.copy(file) == copy.deepcopy(file) == pickle.loads(pickle.dumps(file)) == file
    assert hash(copy.copy(file)) == hash(file)
