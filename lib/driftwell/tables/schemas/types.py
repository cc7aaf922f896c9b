"""Column types by SQL name, and the Spark schema of a table."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from driftwell.tables.schemas.table import Table

TYPES: dict[str, DataType] = {
    "string": StringType(),
    "boolean": BooleanType(),
    "int": IntegerType(),
    "bigint": LongType(),
    "double": DoubleType(),
    "date": DateType(),
    "timestamp": TimestampType(),
    "array<float>": ArrayType(FloatType()),
    "array<double>": ArrayType(DoubleType()),
    "array<string>": ArrayType(StringType()),
    "map<string,string>": MapType(StringType(), StringType()),
    "map<string,double>": MapType(StringType(), DoubleType()),
    "map<string,bigint>": MapType(StringType(), LongType()),
}
"""The types in use, which Athena, Trino, DuckDB and deltalake all read."""


def struct(table: Table) -> StructType:
    """The Spark schema of a table, with meanings as column comments."""
    return StructType(
        [StructField(column.name, TYPES[column.type], True, {"comment": column.meaning}) for column in table.columns]
    )
