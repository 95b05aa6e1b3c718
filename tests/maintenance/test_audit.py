"""`python -m maintenance audit`: the reports, with a small spec and pages that agree with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maintenance.__main__ import main
from tests.maintenance.repository import edit, git


def test_pages_that_agree_with_the_spec(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--docs", str(folder / "docs")]) == 0
    assert "0 new differences" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            '"name": "Anna",',
            '"name": "Anna",\n  "mast": 2,',
            ["answer attribute mast", "GET /boats, POST /boats, PUT /boats/{}", "boats.md:11 ↔ "],
        ),
        ("`sailing` = at sea", "`sailing` = at sea, `sunk` = below it", ["value of status: sunk", "boats.md:5 ↔ "]),
        ('"name": "Anna"', '"name": null', ["null name?", "boats.md:10 ↔ openapi/sections/boats.yaml:"]),
        ('"grade": 1', '"grade": "A"', ["type seats[].grade (text there, integer here)"]),
        ("- **ids**", "- **term** – text\n- **ids**", ["query parameter term", "GET /boats"]),
        (
            "- **length** – 12.5",
            "- **crew** – 12.5",
            ["body attribute crew", "body attribute length", "does not publish"],
        ),
        (
            "## PUT /boats/{id}",
            "## PUT /boats/{id}/launch",
            ["operation PUT /boats/{}/launch", "operation PUT /boats/{}"],
        ),
    ],
)
def test_a_difference_is_reported_with_both_positions(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, lines: list[str]
) -> None:
    edit(folder / "docs" / "boats.md", old, new)
    assert main(["audit", "--docs", str(folder / "docs")]) == 1
    out = capsys.readouterr().out
    for line in lines:
        assert line in out


def test_a_known_difference_is_not_reported_but_a_stale_one_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder / "docs" / "boats.md", "- **ids**", "- **term** – text\n- **ids**")
    known = folder / "openapi" / "differences.yaml"
    known.write_text("- reason: Not needed.\n  differences: ['missing docs: GET /boats: query t*']\n")
    assert main(["audit", "--docs", str(folder / "docs")]) == 0
    out = capsys.readouterr().out
    assert "0 new differences; 1 known ones, for 1 reasons" in out
    assert "Not needed." not in out
    assert main(["audit", "--docs", str(folder / "docs"), "--known"]) == 0
    assert "Not needed.\n  missing docs: GET /boats: query term\n" in capsys.readouterr().out
    edit(folder / "docs" / "boats.md", "- **term** – text\n", "")
    assert main(["audit", "--docs", str(folder / "docs")]) == 1
    assert "'missing docs: GET /boats: query t*' is not a difference (any more)" in capsys.readouterr().out


def test_the_report_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "docs" / "boats.md", "- **ids**", "- **term** – text\n- **ids**")
    assert main(["audit", "--docs", str(folder / "docs"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (new,) = report["new"]
    assert new["key"] == "missing docs: GET /boats: query term"
    assert (new["theirs"], new["ours"]) == ("boats.md:22", "openapi/sections/boats.yaml:8")
    assert {"source": "docs", "what": "query parameter", "found": 2, "total": 3} in report["counts"]


def test_the_report_as_an_issue(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "docs" / "boats.md", "`sailing` = at sea", "`sailing` = at sea, `sunk` = below it, `lost` = gone")
    assert main(["audit", "--docs", str(folder / "docs"), "--markdown"]) == 1
    out = capsys.readouterr().out
    assert "### `sections/boats.yaml`" in out
    assert "- [ ] values of `status`: `sunk`, `lost` – GET /boats, POST /boats, PUT /boats/{}<br>boats.md:5 ↔ " in out


def test_an_issue_is_never_too_long(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = "\n".join(f"- **parameter_number_{number}** – text" for number in range(1_000))
    edit(folder / "docs" / "boats.md", "- **ids**", f"{names}\n- **ids**")
    assert main(["audit", "--docs", str(folder / "docs"), "--markdown"]) == 1
    out = capsys.readouterr().out
    assert len(out) < 65_536
    assert "\n\nThere is more: run `python -m maintenance audit`.\n\nFor each: correct" in out


def test_only_what_a_change_brought(docs_repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD~4"]) == 1
    out = capsys.readouterr().out
    assert "~ query parameter state → status: as in the spec" in out
    assert "+ answer attribute mast: not in the spec" in out
    assert "GET /boats, POST /boats, PUT /boats/{}  boats.md:11" in out
    assert "+ operation DELETE /boats/{}: not in the spec" in out
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD~1", "--markdown"]) == 1
    out = capsys.readouterr().out
    assert "- [ ] added answer attribute `mast` – GET /boats" in out
    assert "status" not in out
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD~1", "--json"]) == 1
    assert {each["name"] for each in json.loads(capsys.readouterr().out)} == {"", "mast"}
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD~4..HEAD~2"]) == 0
    assert "mast" not in capsys.readouterr().out
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD"]) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_what_is_left_out_on_purpose_is_not_to_be_done(docs_repository: Path) -> None:
    (docs_repository.parent / "openapi" / "differences.yaml").write_text(
        "- reason: Not needed.\n  differences: ['missing docs: *: answer mast', 'missing docs: DELETE /boats/{}']\n"
    )
    assert main(["audit", "--docs", str(docs_repository), "--since", "HEAD~4"]) == 0


def test_a_bare_repository_and_an_address_will_do(docs_repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = docs_repository.parent / "bare.git"
    git(docs_repository.parent, "clone", "--quiet", "--bare", str(docs_repository), str(bare))
    for location in (str(bare), f"file://{bare}"):
        assert main(["audit", "--docs", location]) == 1
        assert "answer attribute mast" in capsys.readouterr().out
