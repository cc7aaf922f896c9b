"""boto3 clients: credentials and region from the platform's chain, retries for throttling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from driftwell.aws.client_errors import explained

PATIENT = {"retries": {"mode": "standard", "max_attempts": 8}, "connect_timeout": 10}
"""Throttled and failed requests are retried seven times, with exponential backoff: half a minute in total."""


def service_client(service: str) -> Any:
    """A client of a service, such as athena; AWS_ENDPOINT_URL and its variants apply."""
    with explained(f"use the service {service}", f"{service}:*"):
        return boto3.client(service, config=Config(**PATIENT))


def s3_client(options: Mapping[str, str] | None = None) -> Any:
    """An S3 client for the same server as Spark's S3A.

    Args:
        options: settings of S3A without `fs.s3a.`: endpoint, endpoint.region, path.style.access, access.key,
            secret.key, session.token, connection.ssl.enabled. Missing ones come from the platform's chain.
    """
    given = options or {}
    style = {"s3": {"addressing_style": "path"}} if given.get("path.style.access") == "true" else {}
    keys = {
        "aws_access_key_id": given.get("access.key"),
        "aws_secret_access_key": given.get("secret.key"),
        "aws_session_token": given.get("session.token"),
    }
    with explained("use S3", "s3:*"):
        return boto3.client(
            "s3",
            endpoint_url=_endpoint(given),
            region_name=given.get("endpoint.region"),
            config=Config(**PATIENT, **style),
            **keys,
        )


def _endpoint(given: Mapping[str, str]) -> str | None:
    """S3A's endpoint as a URL; None for Amazon's own, which boto3 derives from the region."""
    endpoint = given.get("endpoint", "")
    if not endpoint or "amazonaws.com" in endpoint:
        return None
    if "://" in endpoint:
        return endpoint
    return f"http{'' if given.get('connection.ssl.enabled') == 'false' else 's'}://{endpoint}"
