"""Frames of vectors as profiles need them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession

from tests.oracle import in_fit_half

COLUMNS = (
    "record_id string, object_key string, position bigint, is_fit boolean, compared boolean, judged boolean, "
    "day int, hour int, place bigint, measures array<double>, embedding array<float>"
)


def frame_of(spark: SparkSession, x: NDArray[np.floating], partitions: int, prefix: str = "r") -> DataFrame:
    """Vectors as records, split by record id, in so many partitions."""
    ids = [f"{prefix}{i}" for i in range(len(x))]
    fit = [in_fit_half("d", record_id) for record_id in ids]
    rows = pd.DataFrame(
        {
            "record_id": ids,
            "object_key": "object",
            "position": range(len(x)),
            "is_fit": fit,
            "compared": [not f for f in fit],
            "judged": True,
            "day": [20_000 + i % 5 for i in range(len(x))],
            "hour": [i % 24 for i in range(len(x))],
            "place": range(len(x)),
            "measures": [[] for _ in ids],
            "embedding": list(x.astype(np.float32)),
        }
    )
    return spark.createDataFrame(rows, COLUMNS).repartition(partitions)
