"""gzip and deflate, of which no more is unpacked than may be: a few bytes can become any number."""

from __future__ import annotations

import zlib
from typing import Any

__all__ = ["ACCEPTED", "Inflate", "can_inflate"]

ACCEPTED = "gzip, deflate"
"""What is asked for with `Accept-Encoding`."""

_PLAIN = ("", "identity")


def can_inflate(encoding: str) -> bool:
    """Whether this is an encoding that was asked for."""
    return encoding in {*_PLAIN, "gzip", "x-gzip", "deflate"}


class Inflate:
    """Unpacks a body part by part."""

    def __init__(self, encoding: str) -> None:
        self._packed = encoding not in _PLAIN
        self._gzip = encoding.endswith("gzip")
        self._unpacking: Any = None

    def feed(self, data: bytes, most: int) -> bytes:
        """What the data unpacks to, cut off one byte after the most that there may be.

        Raises:
            zlib.error: it is not packed.
        """
        if not self._packed:
            return data
        unpacked = b""
        while data and len(unpacked) <= most:
            if self._unpacking is None:
                # What calls itself deflate comes with zlib's header, as it should, or without.
                bare = not self._gzip and data[0] & 0x0F != 8
                self._unpacking = zlib.decompressobj(31 if self._gzip else -15 if bare else 15)
            unpacked += self._unpacking.decompress(data, most + 1 - len(unpacked))
            data = self._unpacking.unconsumed_tail
            if self._unpacking.eof:  # a file of gzip may consist of several
                data = self._unpacking.unused_data.lstrip(b"\0")
                self._unpacking = None
        return unpacked

    def end(self) -> None:
        """Make sure that nothing is missing.

        Raises:
            EOFError: it is.
        """
        if self._unpacking is not None:
            raise EOFError("the compressed answer is cut off")
