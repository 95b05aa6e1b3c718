"""Files uploaded to MOCO and downloaded from it."""

from __future__ import annotations

import base64
import mimetypes
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

__all__ = ["File"]


_UNWRITABLE = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
"""Control characters, line breaks and halves of characters: they would write headers, or cannot be sent at all."""


@dataclass(frozen=True, repr=False)
class File:
    """A file with its name: a PDF rendered by MOCO, a receipt to upload."""

    content: bytes
    filename: str = "document"
    content_type: str = ""
    """Guessed from the filename by default."""

    def __post_init__(self) -> None:
        if not isinstance(self.content, bytes):
            raise TypeError(f"content must be bytes, not {type(self.content).__name__}")
        if self.filename in {"", ".", ".."} or re.search(rf"[/\\{_UNWRITABLE}]", self.filename):
            raise ValueError(f"{self.filename!r} is not a valid file name")
        if re.search(rf"[{_UNWRITABLE}]", self.content_type):
            raise ValueError(f"{self.content_type!r} is not a content type")
        object.__setattr__(self, "content_type", self.content_type or _guess_content_type(self.filename))

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> File:
        """Read a file from disk.

        Raises:
            OSError: it cannot be read.
        """
        path = Path(path)
        return cls(path.read_bytes(), path.name)

    def save(self, path: str | os.PathLike[str] = ".") -> Path:
        """Write the file to disk, under its own name if `path` is a directory, and return its path.

        Raises:
            OSError: it cannot be written.
        """
        path = Path(path)
        if path.is_dir():
            path /= self.filename
        path.write_bytes(self.content)
        return path

    def to_json(self) -> dict[str, Any]:
        """The file as part of a JSON body."""
        return {"filename": self.filename, "base64": base64.b64encode(self.content).decode("ascii")}

    def __len__(self) -> int:
        return len(self.content)

    def __repr__(self) -> str:
        return f"File({self.filename!r}, {self.content_type}, {len(self.content)} bytes)"


def _guess_content_type(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def filename_from_header(content_disposition: str, fallback: str) -> str:
    """The filename in a `Content-Disposition` header, made safe for use on disk."""
    if extended := re.search(r"filename\*\s*=\s*UTF-8'[^']*'([^;]+)", content_disposition, re.IGNORECASE):
        name = unquote(extended[1].strip())
    elif plain := re.search(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))', content_disposition, re.IGNORECASE):
        name = re.sub(r"\\(.)", r"\1", plain[1]) if plain[1] is not None else plain[2].strip()
    else:
        name = fallback
    name = re.sub(rf"[{_UNWRITABLE}]", "", re.split(r"[/\\]", name)[-1]).strip()
    name = name.replace(":", "_")  # on Windows `C:name` is a place on another drive
    return fallback if name in {"", ".", ".."} else name
