"""Object bytes to content: gzip by its magic bytes, whole or not at all, within the memory limit."""

import gzip
import time
import tracemalloc
import zlib

import pytest

from driftwell.archive.inflate import CorruptObject, TooLarge, inflated, looks_binary

LIMIT = 1 << 20


def test_plain_bytes_are_returned_unchanged():
    assert inflated(b'{"id":1}', LIMIT) == b'{"id":1}'
    assert inflated(b"", LIMIT) == b""


def test_members_of_a_gzip_object_are_joined():
    assert inflated(gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two"), LIMIT) == b"one two"


def test_an_empty_gzip_member_inflates_to_nothing():
    assert inflated(gzip.compress(b""), LIMIT) == b""


def test_zero_padding_after_the_last_member_is_ignored():
    assert inflated(gzip.compress(b"one") + bytes(512), LIMIT) == b"one"


def test_every_truncation_of_a_gzip_object_is_corrupt():
    whole = gzip.compress(b"some content that is long enough to have a body" * 3)
    for length in range(2, len(whole)):
        with pytest.raises(CorruptObject):
            inflated(whole[:length], LIMIT)


def test_truncation_in_the_second_member_discards_the_first_too():
    with pytest.raises(CorruptObject, match="ends early, after 3 decompressed bytes"):
        inflated(gzip.compress(b"one") + gzip.compress(b"two")[:4], LIMIT)


@pytest.mark.parametrize("position", [-1, -5, 12], ids=["length", "checksum", "body"])
def test_a_changed_byte_is_corrupt(position):
    damaged = bytearray(gzip.compress(b"some content " * 10))
    damaged[position] ^= 0xFF
    with pytest.raises(CorruptObject):
        inflated(bytes(damaged), LIMIT)


def test_trailing_bytes_that_are_not_a_member_are_corrupt():
    with pytest.raises(CorruptObject, match="7 bytes after the last gzip member"):
        inflated(gzip.compress(b"one") + b"garbage", LIMIT)


def test_content_of_exactly_the_limit_passes_and_one_byte_more_does_not():
    assert inflated(gzip.compress(bytes(1000)), 1000) == bytes(1000)
    assert inflated(b"x" * 1000, 1000) == b"x" * 1000
    for data in (gzip.compress(bytes(1001)), b"x" * 1001, gzip.compress(bytes(600)) + gzip.compress(bytes(600))):
        with pytest.raises(TooLarge):
            inflated(data, 1000)


def test_a_gzip_bomb_costs_no_more_memory_than_the_limit():
    bomb = gzip.compress(bytes(100 << 20))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        inflated(bomb, LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * LIMIT


def test_two_hundred_thousand_tiny_members_take_linear_time():
    data = gzip.compress(b"") * 200_000
    started = time.process_time()
    assert inflated(data, LIMIT) == b""
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "gzip inside gzip"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x28\xb5\x2f\xfdrest", "Zstandard"),
        (b"\xff\x06\x00\x00sNaPpYrest", "Snappy"),
    ],
)
def test_formats_that_firehose_or_producers_may_choose_are_named(data, name):
    with pytest.raises(CorruptObject, match=name):
        inflated(data, LIMIT)


def test_raw_deflate_is_not_mistaken_for_text():
    assert looks_binary(zlib.compress(b'{"id":"x"}' * 100))


def test_text_and_binary_are_distinguished_by_the_first_kib():
    assert looks_binary(b"text with \0 in it")
    assert looks_binary(b"latin-1: caf\xe9 au lait")
    assert not looks_binary("café".encode())
    assert not looks_binary(b"a" * 1023 + "é".encode())  # cut in the middle of a character at 1,024
    assert looks_binary(b"cut off at the end of the object: \xc3")
    assert not looks_binary(b"a" * 1024 + b"\0")
