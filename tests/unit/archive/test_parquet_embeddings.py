"""Embeddings in Parquet: lists, text and bytes of any kind, each with the reason that JSON would get."""

import base64
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from tests.decoding import parquet, rows

VECTOR = np.array([0.5, -1.25, 3e-3], dtype=np.float32)


def embeddings(values, kind):
    return parquet({"embedding": pa.array(values, type=kind)})


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float32()),
        pa.list_(pa.float64()),
        pa.large_list(pa.float32()),
        pa.list_(pa.float16()),
    ],
    ids=str,
)
def test_lists_of_floats_are_embeddings(kind):
    wanted = [0.5, -1.25, 0.0078125]
    values = np.array(wanted, dtype=np.float16) if kind.value_type == pa.float16() else wanted
    found = rows(embeddings([values, None, values], kind))
    assert [row["embedding"] for row in found] == [wanted, None, wanted]
    assert [row["reason"] for row in found] == [None, "no_embedding", None]


def test_lists_of_fixed_size_are_embeddings():
    # Without nulls: pyarrow before 26 cannot read those, and the object is then corrupt as a whole.
    found = rows(embeddings([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32(), 3)))
    assert [row["embedding"] for row in found] == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, -2, 3], pa.int8()),
        ([1, -2, 2**46], pa.int64()),
        ([1, 2, 2**49], pa.uint64()),
        ([Decimal("1.5"), Decimal("-2.25")], pa.decimal128(5, 2)),
    ],
    ids=str,
)
def test_lists_of_other_numbers_are_embeddings_too(values, kind):
    (row,) = rows(embeddings([values], pa.list_(kind)))
    assert row["embedding"] == [float(np.float32(float(value))) for value in values]


@pytest.mark.parametrize(
    ("value", "kind", "reason", "detail"),
    [
        ([1.0, None], pa.list_(pa.float32()), "not_numeric", "element 1 is null"),
        ([None, None, 1.0], pa.list_(pa.float32(), 3), "not_numeric", "element 0 is null"),
        ([], pa.list_(pa.float32()), "no_embedding", "empty"),
        ([1.0, float("nan")], pa.list_(pa.float32()), "not_finite", "element 1 is nan"),
        ([1.0, 1e39], pa.list_(pa.float64()), "not_finite", "element 1 is 1e+39"),
        ([0.0, -0.0, 1e-60], pa.list_(pa.float64()), "zero_vector", "all 3 elements"),
        ([True, False], pa.list_(pa.bool_()), "not_numeric", "element 0 is true or false"),
        (["1", "2"], pa.list_(pa.string()), "not_numeric", "element 0 is a string"),
        ([[1.0], [2.0]], pa.list_(pa.list_(pa.float32())), "not_numeric", "element 0 is an array"),
        (1.5, pa.float64(), "not_numeric", "the embedding is a number"),
        ("0.1,0.2", pa.string(), "not_numeric", "not base64"),
        ({"a": 1.0}, pa.struct([("a", pa.float64())]), "not_numeric", "the embedding is an object"),
    ],
)
def test_any_other_column_gets_the_same_reason_as_in_json(value, kind, reason, detail):
    (row,) = rows(embeddings([value], kind))
    assert (row["reason"], row["embedding"], row["position"]) == (reason, None, 0)
    assert detail in row["detail"]


TEXT_KINDS = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.binary()]


@pytest.mark.parametrize("kind", TEXT_KINDS, ids=str)
def test_base64_text_is_an_embedding_in_any_column_of_text_or_bytes(kind):
    encoded = base64.b64encode(VECTOR.tobytes())
    value = encoded if kind == pa.binary() else encoded.decode()
    assert [row["embedding"] for row in rows(embeddings([value, None], kind))] == [VECTOR.tolist(), None]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(12)], ids=str)
def test_bytes_that_are_not_base64_text_are_the_floats_themselves(kind):
    (row,) = rows(embeddings([VECTOR.tobytes()], kind))
    assert row["embedding"] == VECTOR.tolist()


def test_a_tensor_column_is_a_list_of_floats():
    storage = pa.array([[1.0, 2.0], [3.0, 4.0]], type=pa.list_(pa.float32(), 2))
    column = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [2]), storage)
    assert [row["embedding"] for row in rows(parquet({"embedding": column}))] == [[1, 2], [3, 4]]


def test_rows_without_an_embedding_column_have_none():
    assert [row["reason"] for row in rows(parquet({"vector": [[1.0], [2.0]]}))] == ["no_embedding"] * 2
    tombstone = rows(parquet({"id": ["a"], "deleted": [True]}))
    assert [(row["reason"], row["deleted"]) for row in tombstone] == [(None, True)]
