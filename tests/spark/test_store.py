"""Tables: rows written on the driver are read unchanged, whatever their types and the zone of the machine."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from driftwell.profile.stored_arrays import read_arrays, write_arrays
from driftwell.tables.schemas import TABLES
from driftwell.tables.store import Tables
from driftwell.times import micros

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123_456, tzinfo=UTC)  # in the hour that Europe skips
ONE_OF_EACH = {
    "string": "ä",
    "boolean": True,
    "int": 3,
    "bigint": 2**53 + 1,
    "double": 0.1,
    "date": date(2026, 1, 2),
    "timestamp": MOMENT,
    "array<float>": [0.5, 1.5],
    "array<double>": [0.1, 2.0],
    "array<string>": ["a", "b"],
    "map<string,string>": {"k": "v", "n": None},
    "map<string,double>": {"k": 0.25},
    "map<string,bigint>": {"k": 2**40},
}


@pytest.mark.parametrize("name", ["runs", "verdicts", "clusters", "embeddings", "profiles"])
def test_rows_made_on_the_driver_keep_every_value_and_null(spark, tmp_path, name):
    table = TABLES[name]
    full = {column.name: ONE_OF_EACH[column.type] for column in table.columns}
    frame = Tables(spark, str(tmp_path)).frame(name, [full, {}])
    times = [column.name for column in table.columns if column.type == "timestamp"]
    found, nothing = frame.selectExpr(
        *(f"unix_micros({name}) AS {name}" if name in times else name for name in table.column_names)
    ).collect()
    wanted = {key: micros(value) if key in times else value for key, value in full.items()}
    assert found.asDict() == wanted
    assert set(nothing) == {None}


def test_an_unknown_column_is_refused(spark, tmp_path):
    with pytest.raises(KeyError, match="nonsense"):
        Tables(spark, str(tmp_path)).frame("runs", [{"nonsense": 1}])


@pytest.mark.parametrize(
    "name", ["t[x]", "t{a,b}", "[", "t]x[", "*", "t?", "t\\x", "t\\[", "t,u v", "t%20u", "100%", "#1 ä"]
)
def test_arrays_are_read_from_the_folder_they_were_written_to_whatever_its_name(spark, tmp_path, name):
    for other in ("t", "ta", "tx", "t[x]z", "txx"):
        write_arrays(spark, {"numbers": np.zeros((1, 1))}, f"{tmp_path}/{other}/arrays")
    folder = Tables(spark, f"{tmp_path}/{name}").location("arrays")
    write_arrays(spark, {"numbers": np.array([[1.0, 2.0]])}, folder)
    assert read_arrays(spark, folder)["numbers"].tolist() == [[1.0, 2.0]]
