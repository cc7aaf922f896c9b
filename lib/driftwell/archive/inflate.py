"""Object bytes -> content: gzip is recognised by its magic bytes, never by the object's name."""

import codecs
import io
import zlib

GZIP_MAGIC = b"\x1f\x8b"

_GZIP_WBITS = 31  # a gzip wrapper around a window of up to 2**15 bytes
_FIRST_STEP = 1 << 10
_LARGEST_STEP = 1 << 20
_HEAD_BYTES = 1 << 10
_REMEDY = "raise max_object_mb, or let the producer write smaller objects"
# Compressed JSON may contain readable pieces; formats known not to be text are never searched for them.
_FOREIGN_FORMATS = {
    GZIP_MAGIC: "gzip inside gzip (the producer compresses too)",
    b"PK\x03\x04": "a ZIP archive",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\xff\x06\x00\x00sNaPpY": "Snappy",
    b"\xfd7zXZ\x00": "xz",
    b"Obj\x01": "Avro",
}


class CorruptObject(ValueError):
    """The object cannot be read completely; no part of it may be used."""


class TooLarge(ValueError):
    """The content of the object is larger than the configured limit."""


def inflated(data: bytes, max_bytes: int) -> bytes:
    """The content of an object: gzip members decompressed and joined, anything else unchanged.

    Zero bytes after the last member are padding and are ignored, as by gzip itself.

    Args:
        data: the whole object.
        max_bytes: maximum size of the content. Decompression stops there, so a gzip bomb takes no more memory.

    Raises:
        CorruptObject: a truncated member, a wrong checksum or length, bytes after the last member, or a format that
            is known not to be text.
        TooLarge: the content is larger than `max_bytes`.
    """
    if len(data) > max_bytes and not data.startswith(GZIP_MAGIC):
        raise TooLarge(f"{len(data)} bytes, at most {max_bytes} are accepted: {_REMEDY}")
    content = _gunzipped(data, max_bytes) if data.startswith(GZIP_MAGIC) else data
    for magic, name in _FOREIGN_FORMATS.items():
        if content.startswith(magic):
            raise CorruptObject(f"{name}; expected text, gzip of text, or Parquet")
    return content


def looks_binary(content: bytes) -> bool:
    """Whether the first KiB has a zero byte or is not UTF-8."""
    head = content[:_HEAD_BYTES]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(content) <= _HEAD_BYTES)
    except UnicodeDecodeError:
        return True
    return b"\0" in head


def _gunzipped(data: bytes, max_bytes: int) -> bytes:
    content = io.BytesIO()
    start = 0
    while start < len(data):
        if not data.startswith(GZIP_MAGIC, start):
            if not data[start:].strip(b"\0"):
                break
            raise CorruptObject(f"{len(data) - start} bytes after the last gzip member are not gzip")
        start = _inflate_member(data, start, content, max_bytes)
    return content.getvalue()


def _inflate_member(data: bytes, start: int, content: io.BytesIO, max_bytes: int) -> int:
    """Append the member that starts at `start` to `content`; return where the next one starts."""
    stream = zlib.decompressobj(wbits=_GZIP_WBITS)
    view = memoryview(data)
    # zlib copies its unused input at the end of a member: small first steps keep a million tiny members linear.
    step = _FIRST_STEP
    while not stream.eof:
        piece = view[start : start + step]
        if not piece:
            raise CorruptObject(f"the gzip stream ends early, after {content.tell()} decompressed bytes")
        try:
            content.write(stream.decompress(piece, max_bytes - content.tell() + 1))
        except zlib.error as error:
            raise CorruptObject(f"bad gzip stream after {content.tell()} decompressed bytes: {error}") from error
        if content.tell() > max_bytes:
            raise TooLarge(f"{len(data)} bytes decompress to more than {max_bytes}: {_REMEDY}")
        start += len(piece) - len(stream.unused_data)
        step = min(2 * step, _LARGEST_STEP)
    return start
