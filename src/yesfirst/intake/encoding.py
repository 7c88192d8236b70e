"""How the bytes of a handed-in text file are to be read.

Invariants: a file is decoded strictly and whole before its first row is used, so nobody is imported
from the readable half of a broken file; memory stays flat whatever its size.

Known gaps: without a byte order mark, text that is not UTF-8 is taken for GB18030. A Korean (CP949) or
Western (CP1252) file often decodes as that too, into wrong characters: its owner must name the encoding.
"""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

BLOCK = 1 << 18  # bytes read at a time

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp949": "cp949",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "cp1252": "cp1252",
}

# First bytes of what people hand in instead of a CSV or a workbook.
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an old Excel workbook (.xls), or one with a password"),
    (b"\x1f\x8b", "this is a gzip archive"),
    (b"%PDF", "this is a PDF"),
    (codecs.BOM_UTF32_LE, "this is UTF-32 text"),
    (codecs.BOM_UTF32_BE, "this is UTF-32 text"),
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFile(ValueError):
    """The file can't be read as what it should be; the message says where and what to do."""


class _Undecodable(Exception):
    def __init__(self, offset: int) -> None:
        self.offset = offset


def detect_encoding(source: BinaryIO, declared: str | None = None) -> str:
    """The codec that decodes the whole of `source` (seekable): the declared one, or the one it shows.

    Raises UnreadableFile with the line and byte of the first flaw.
    """
    source.seek(0)
    head = source.read(BLOCK)
    for signature, meaning in _FOREIGN:
        if head.startswith(signature):
            raise UnreadableFile(
                f'{meaning}: open it and save it as .xlsx without a password, or as "CSV UTF-8"'
            )
    candidates = (_named(declared),) if declared else _candidates(head)
    flaws = []
    for encoding in candidates:
        try:
            _read_through(source, encoding)
        except _Undecodable as flaw:
            flaws.append(_place(source, encoding, flaw.offset))
            if encoding == "utf-8-sig" and _follows_utf8(source, flaw.offset):
                break
        else:
            return encoding
    raise UnreadableFile(
        f"broken or unknown encoding: {'; '.join(flaws)}. Save it as UTF-8 or name its encoding"
    )


def decode(source: BinaryIO, encoding: str) -> Iterator[str]:
    """The text of `source` from its beginning, in blocks, without a byte order mark."""
    try:
        yield from _decode(source, encoding)
    except _Undecodable as flaw:
        raise UnreadableFile(f"{_place(source, encoding, flaw.offset)}; did the file change?") from None


def _named(declared: str) -> str:
    encoding = ENCODINGS.get(declared.strip().lower().replace("_", "-"))
    if encoding is None:
        raise UnreadableFile(f"the named encoding is not known; use one of {', '.join(ENCODINGS)}")
    return encoding


def _candidates(head: bytes) -> tuple[str, ...]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return (encoding,)
    if b"\0" in head:
        return (_utf16_byte_order(head),)
    return ("utf-8-sig", "gb18030")


def _utf16_byte_order(head: bytes) -> str:
    """Tell the byte order by where digits, separators and line ends have their zero byte."""
    even = head[: len(head) // 2 * 2]
    little = sum(low < 0x7F and not high for low, high in zip(even[::2], even[1::2], strict=True))
    big = sum(low < 0x7F and not high for high, low in zip(even[::2], even[1::2], strict=True))
    characters = len(even) // 2
    if max(little, big) < characters / 8 or max(little, big) < 8 * min(little, big):
        raise UnreadableFile(
            f"NUL byte at byte {head.index(0)}: this is not text; save the table as CSV UTF-8"
        )
    return "utf-16-le" if little > big else "utf-16-be"


def _read_through(source: BinaryIO, encoding: str) -> None:
    line = 1
    for text in _decode(source, encoding):
        if "\0" in text:
            line += text.count("\n", 0, text.index("\0"))
            raise UnreadableFile(f"line {line}: NUL character; this is not text, or the file is damaged")
        line += text.count("\n")


def _decode(source: BinaryIO, encoding: str) -> Iterator[str]:
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = 0
    while True:
        block = source.read(BLOCK)
        read += len(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # The codec reports places in what it still held plus this block, which ends at `read`.
            raise _Undecodable(read - len(error.object) + error.start) from None
        if text:
            yield text
        if not block:
            return


def _follows_utf8(source: BinaryIO, offset: int) -> bool:
    """Whether enough valid UTF-8 precedes `offset` that the flaw there is damage, not another encoding.

    One GB18030 character in seven is valid UTF-8 by chance; eight in a row are not.
    """
    start = max(0, offset - 8 * BLOCK)
    source.seek(start)
    return len(source.read(offset - start).translate(None, bytes(range(0x80)))) >= 24


def _place(source: BinaryIO, encoding: str, offset: int) -> str:
    """The flaw at `offset` (bytes from 0) in words, with its physical line."""
    source.seek(0)
    reached = offset
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    line = 1
    while reached > 0 and (block := source.read(min(BLOCK, reached))):
        reached -= len(block)
        line += decoder.decode(block).count("\n")
    return f"line {line}, byte {offset} is not {encoding.removesuffix('-sig').upper()}"
