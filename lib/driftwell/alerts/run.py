"""The ALERTS run: publishes each changed verdict as one message, and new results as metrics, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from driftwell.alerts.changes import Change, verdict_changes
from driftwell.alerts.metrics import check_names, metrics_of, unpublished_runs
from driftwell.aws.cloudwatch import Metric, is_accepted, put_metrics
from driftwell.aws.sns import publish
from driftwell.errors import StorageError
from driftwell.runs.run import Context, digest
from driftwell.times import from_micros, iso, now


@dataclass(frozen=True)
class Published:
    """What one call published, or would publish.

    Attributes:
        changes: verdicts that changed. sent: whether there is a topic to send them to.
        metrics: values that CloudWatch accepts. left_out: number of values it does not accept.
    """

    changes: list[Change]
    sent: bool
    metrics: list[Metric]
    left_out: int


def run_alerts(
    context: Context, cloudwatch: Any, sns: Any, topic: str | None, namespace: str | None, dry_run: bool = False
) -> Published:
    """Publish what is not yet published, and record it in the table `alerts`.

    Failed publications are not recorded, so that the next call repeats them. After a call killed between a message
    and its row, the next one resends the message with the same `alert_id`.

    Args:
        cloudwatch, sns: boto3 clients.
        topic: ARN; None for the configured one; if there is none, no message is sent.
        namespace: None for the configured one.
        dry_run: find everything, publish and record nothing.

    Raises:
        UsageError: for invalid names.
        StorageError: if a service failed; the rest is published.
    """
    settings, tables = context.settings.alerts, context.tables
    check_names(settings)
    topic, namespace = topic or settings.topic_arn, namespace or settings.namespace
    with context.progress.stage("find news"):
        changes = verdict_changes(tables)
        runs = unpublished_runs(tables, now())
        metrics = metrics_of(tables, runs, settings) if runs else {}
    accepted = {run_id: [m for m in some if is_accepted(m, now())] for run_id, some in metrics.items()}
    chosen = [metric for some in accepted.values() for metric in some]
    found = Published(changes, topic is not None, chosen, sum(map(len, metrics.values())) - len(chosen))
    # Metrics of a window that ends in the future are published after its end.
    runs = [run for run in runs if accepted[run["run_id"]]]
    if dry_run:
        return found
    errors: list[StorageError] = []
    with context.progress.stage("publish"):
        for change in changes if topic else []:
            _attempt(lambda change=change: _send(context, sns, str(topic), change), errors)  # type: ignore[misc]
        if chosen:
            _attempt(lambda: _put(context, cloudwatch, str(namespace), chosen, runs), errors)
    if errors:
        raise StorageError("; ".join(str(error) for error in errors) + "; the next run publishes what failed")
    return found


def _attempt(action: Callable[[], None], errors: list[StorageError]) -> None:
    """One failure must not prevent the other publications."""
    try:
        action()
    except StorageError as error:
        errors.append(error)


def _send(context: Context, sns: Any, topic: str, change: Change) -> None:
    attributes = {"dataset": change.dataset, "question": change.question, "verdict": change.verdict}
    subject = f"driftwell: {change.dataset} {change.verdict} ({change.question}, to {iso(change.window_end)})"
    message_id = publish(sns, topic, subject, change.message, change.alert_id, attributes)
    row = {
        "alert_id": change.alert_id,
        "kind": "verdict",
        "dataset": change.dataset,
        "run_id": change.run_id,
        "window_end": change.window_end,
        "question": change.question,
        "verdict": change.verdict,
        "previous_verdict": change.previous,
        "message_id": message_id,
        "message": change.message,
    }
    _remember(context, [row])


def _put(context: Context, cloudwatch: Any, namespace: str, metrics: list[Metric], runs: list[dict[str, Any]]) -> None:
    put_metrics(cloudwatch, namespace, metrics)
    rows = [
        {
            "alert_id": digest(["metrics", run["run_id"]]),
            "kind": "metrics",
            "dataset": run["dataset"],
            "run_id": run["run_id"],
            "window_end": from_micros(run["window_end"]),
        }
        for run in runs
    ]
    _remember(context, rows)


def _remember(context: Context, rows: list[dict[str, Any]]) -> None:
    published = [{**row, "published_at": now()} for row in rows]
    context.tables.append("alerts", context.tables.frame("alerts", published))


def shown(found: Published, dry_run: bool) -> str:
    """The printed summary."""
    would = "would be " if dry_run else ""
    lines = []
    for change in found.changes:
        what = f"{would}sent" if found.sent else "not sent: no topic, pass --topic_arn"
        lines.append(
            f"{change.dataset}, {change.question}: {change.previous or 'no verdict'} -> {change.verdict}, {what}"
        )
        if dry_run:
            lines.append(json.dumps(json.loads(change.message), indent=2, ensure_ascii=False))
    if not found.changes:
        lines.append("no verdict has changed")
    lines.append(f"{len(found.metrics)} metrics {would}published")
    if found.left_out:
        lines[-1] += f", {found.left_out} skipped (CloudWatch accepts only finite values of the last two weeks)"
    if dry_run:
        lines += [_line(metric) for metric in found.metrics]
    return "\n".join(lines)


def _line(metric: Metric) -> str:
    dimensions = ", ".join(f"{name}={value}" for name, value in metric.dimensions.items())
    return f"  {metric.name} {metric.value:.6g}  {dimensions}  {iso(metric.time)}"
