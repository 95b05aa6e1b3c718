"""A repository of the docs whose configuration and attributes are against its reader."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from maintenance.__main__ import main
from tests.maintenance.repository import commit, edit, fails, git


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
