"""Moments in time as Spark columns."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column
from pyspark.sql import functions as F

from driftwell.times import micros


def moment(time: datetime) -> Column:
    """A UTC moment as a Spark timestamp, whatever the session's and the driver's time zones."""
    return F.timestamp_micros(F.lit(micros(time)))
