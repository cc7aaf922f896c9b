"""Metrics for CloudWatch, within its limits: finite values, of the last two weeks, a limited number per call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from driftwell.aws.client_errors import explained

OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)
"""CloudWatch rejects older times, and times further ahead."""
LARGEST = 2.0**360
IN_A_CALL = 500
"""CloudWatch accepts 1,000 and 1 MB; with names of maximum length 500 are 0.4 MB."""


@dataclass(frozen=True)
class Metric:
    """One value of one metric at one time.

    Attributes:
        unit: one of CloudWatch's, such as Seconds, Count or None.
    """

    name: str
    value: float
    time: datetime
    dimensions: Mapping[str, str]
    unit: str = "None"


def is_accepted(metric: Metric, now: datetime) -> bool:
    """Whether CloudWatch accepts it: finite, at most 2^360, neither too old nor in the future."""
    value_fits = math.isfinite(metric.value) and abs(metric.value) <= LARGEST
    return value_fits and now - OLDEST < metric.time < now + NEWEST


def put_metrics(client: Any, namespace: str, metrics: Sequence[Metric]) -> None:
    """Publish metrics that pass `is_accepted`.

    Raises:
        StorageError: if the service fails; those of earlier calls are then published, and may be published twice.
    """
    for first in range(0, len(metrics), IN_A_CALL):
        data = [_datum(metric) for metric in metrics[first : first + IN_A_CALL]]
        with explained(f"publish metrics in the namespace {namespace}", "cloudwatch:PutMetricData"):
            client.put_metric_data(Namespace=namespace, MetricData=data)


def _datum(metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {
        "MetricName": metric.name,
        "Dimensions": dimensions,
        "Timestamp": metric.time,
        "Value": metric.value,
        "Unit": metric.unit,
    }
