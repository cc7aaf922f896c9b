"""Bytes of one Parquet object -> records shaped like those of JSON, so that one set of rules checks both."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from driftwell.archive.inflate import CorruptObject, TooLarge

PARQUET_MAGIC = b"PAR1"

_BATCH_ROWS = 1024
_TICKS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# What pyarrow raises for damaged files; its own errors are subclasses of these or of ArrowException.
_READ_ERRORS = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)


def parquet_records(
    data: bytes, names: Sequence[str], max_bytes: int, as_bytes: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """One mapping per row, of the columns in `names` that the file has.

    Lists of numbers become numpy arrays (lists, if they contain nulls), times epoch milliseconds, maps and structs
    mappings of text; bytes become text, because many writers store text as bytes without declaring it; other values
    are as from `to_pylist`. The whole file is read before the first record is returned: damage further on must not
    leave a prefix.

    Args:
        names: of columns; a column whose name differs only in case is used if it is the only one.
        as_bytes: columns whose bytes stay bytes.

    Raises:
        CorruptObject: the file cannot be read to its end, or two columns differ from a name only in case.
        TooLarge: it takes more than `max_bytes` uncompressed, by its metadata or when read.
    """
    try:
        batches, columns = _read(data, names, max_bytes)
    except _READ_ERRORS as error:
        if isinstance(error, TooLarge | CorruptObject):
            raise
        raise CorruptObject(f"cannot be read as Parquet: {' '.join(str(error).split())[:200]}") from error
    return (record for batch in batches for record in _records(batch, columns, as_bytes))


def columns_of(names: Sequence[str], present: Sequence[str]) -> dict[str, str]:
    """The column for each name: the one with exactly that name, else the only one that differs just in case.

    A column with exactly one of the names belongs to that name alone. Names without a column are left out.

    Raises:
        CorruptObject: several differ from a name only in case, and none matches exactly: a guess could mix up fields.
    """
    exact = {name: name for name in names if name in present}
    others = sorted(set(present) - set(exact))
    found = dict(exact)
    for name in names:
        alike = [column for column in others if column.casefold() == name.casefold()]
        if name in exact or not alike:
            continue
        if len(alike) > 1:
            raise CorruptObject(
                f"columns {', '.join(alike)} differ from the field {name} only in case: name the right one in the "
                "dataset's fields"
            )
        found[name] = alike[0]
    return found


def _read(data: bytes, names: Sequence[str], max_bytes: int) -> tuple[list[Any], dict[str, str]]:
    """Batches of the file, and the column of each name that it has."""
    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    groups = range(file.metadata.num_row_groups)
    _limit(sum(file.metadata.row_group(group).total_byte_size for group in groups), max_bytes)
    present = list(file.schema_arrow.names)
    columns = columns_of(names, present)
    # If no column is known, another one is read for the number of rows, which may be wrong in the footer.
    read = list(dict.fromkeys(columns.values())) or present[:1]
    batches, size = [], 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=read):
        batches.append(batch)
        size += batch.nbytes
        _limit(size, max_bytes)
    return batches, columns


def _limit(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise TooLarge(f"Parquet of more than {max_bytes} bytes: raise max_object_mb, or write smaller objects")


def _records(batch: Any, columns: dict[str, str], as_bytes: Sequence[str]) -> Iterator[dict[str, Any]]:
    values = {}
    for name, column in columns.items():
        of_column = _values(batch.column(batch.schema.get_all_field_indices(column)[-1]))
        values[name] = of_column if name in as_bytes else [_as_text(value) for value in of_column]
    for row in range(batch.num_rows):
        yield {name: of_column[row] for name, of_column in values.items()}


def _as_text(value: Any) -> Any:
    """A value with all bytes in it decoded as UTF-8; invalid bytes become U+FFFD."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_as_text(item) for item in value)
    if isinstance(value, dict):
        return {_as_text(key): _as_text(item) for key, item in value.items()}
    return value


def _values(column: Any) -> list[Any]:
    """The values of one column as from JSON."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _values(column.storage)
    if pa.types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if _is_list(kind) and _is_number(kind.value_type):
        return [_numbers(column[row].values) for row in range(len(column))]
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _milliseconds(column)
    if pa.types.is_map(kind):
        return _maps(column)
    if pa.types.is_struct(kind):
        return _structs(column)
    return _plain_values(column)


def _numbers(values: Any) -> Any:
    """The elements of one list: a float64 array; None for a null list; a list if an element is null."""
    if values is None:
        return None
    if values.null_count:
        return values.to_pylist()
    return values.to_numpy(zero_copy_only=False).astype(np.float64)


def _milliseconds(column: Any) -> list[float | None]:
    """Epoch milliseconds, exact to the microsecond; timestamps without a zone are UTC."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    ticks = _TICKS_PER_SECOND[column.type.unit]
    # Python's integers: in Arrow a time out of range would overflow.
    values = column.cast(pa.int64()).to_pylist()
    return [None if value is None else value * 1_000_000 // ticks / 1000 for value in values]


def _maps(column: Any) -> list[dict[str, Any] | None]:
    pairs = list(zip(_plain_values(column.keys), _plain_values(column.items), strict=True))
    offsets = column.offsets.to_pylist()
    return [
        {str(_as_text(key)): value for key, value in pairs[offsets[row] : offsets[row + 1]]}
        if column[row].is_valid
        else None
        for row in range(len(column))
    ]


def _structs(column: Any) -> list[dict[str, Any] | None]:
    names = [column.type.field(index).name for index in range(column.type.num_fields)]
    members = [_plain_values(column.field(index)) for index in range(len(names))]
    return [
        {name: values[row] for name, values in zip(names, members, strict=True)} if column[row].is_valid else None
        for row in range(len(column))
    ]


def _plain_values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            raw = column.cast(pa.large_binary()).to_pylist()
            return [None if value is None else value.decode("utf-8", "replace") for value in raw]
        return _placeholders(column)
    except (ValueError, OverflowError):  # a time that Python cannot hold
        return _placeholders(column)


def _placeholders(column: Any) -> list[str | None]:
    return [f"unreadable {column.type}" if column[row].is_valid else None for row in range(len(column))]


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))
