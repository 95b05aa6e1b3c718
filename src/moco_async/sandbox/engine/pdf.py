"""A writer of PDFs with one page, which is all that the sandbox's documents need."""

from __future__ import annotations

from collections.abc import Sequence


def one_page(title: str, lines: Sequence[str]) -> bytes:
    """A valid PDF (1.4, A4) that shows a title and some lines."""
    texts = [f"BT /F1 16 Tf 56 780 Td ({_escaped(title)}) Tj ET"]
    texts += [f"BT /F1 10 Tf 56 {750 - 14 * row} Td ({_escaped(line)}) Tj ET" for row, line in enumerate(lines[:48])]
    content = "\n".join(texts).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    document = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count, start = len(objects) + 1, len(document)
    document += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return document + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
