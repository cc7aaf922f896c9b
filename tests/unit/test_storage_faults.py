"""Faults of storage as Spark hands them on are told in one line with a remedy; others are left alone."""

from __future__ import annotations

import pytest

from driftwell.storage_faults import storage_fault

BUCKET = """An error occurred while calling o184.load.
: org.apache.hadoop.fs.s3a.UnknownStoreException: `s3://nobucket/x': getFileStatus on s3://nobucket/x: software.amazon.awssdk.services.s3.model.NoSuchBucketException: The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: G1nSt3l):NoSuchBucket: The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: G1nSt3l)
\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:278)"""
DENIED = """An error occurred while calling o99.save.
: java.nio.file.AccessDeniedException: s3://b/t/runs: PUT 0-byte object  on t/runs: com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 1; S3 Extended Request ID: null), S3 Extended Request ID: null:AccessDenied
\tat java.base/java.lang.Thread.run"""
REFUSED = """An error occurred while calling o520.load.
: java.net.ConnectException: getFileStatus on s3://down/x: software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to 127.0.0.1:1 failed: Connection refused
\tat x"""
WITHOUT_JARS = """An error occurred while calling o6.getFileSystem.
: org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme "s3"
\tat org.apache.hadoop.fs.FileSystem.getFileSystemClass(FileSystem.java:3581)"""


@pytest.mark.parametrize(
    ("raised", "where", "remedy"),
    [
        (BUCKET, "s3://nobucket/x", "there is no such bucket"),
        (DENIED, "s3://b/t/runs", "allow s3:GetObject"),
        (REFUSED, "s3://down/x", "no answer"),
        (WITHOUT_JARS, 'scheme "s3"', "--packages org.apache.hadoop:hadoop-aws"),
        ("job aborted\nCaused by: java.io.IOException: No space left on device\n\tat x", "No space", "spark.local.dir"),
    ],
)
def test_a_fault_of_storage_is_one_line_with_place_and_remedy(raised, where, remedy):
    fault = storage_fault(RuntimeError(raised))
    assert fault is not None and fault.exit_code == 5
    message = str(fault)
    assert where in message and remedy in message
    assert "\n" not in message and "Exception" not in message and "Request ID" not in message and len(message) < 600


def test_what_storage_did_not_cause_is_left_alone():
    assert storage_fault(RuntimeError("[DIVIDE_BY_ZERO] Division by zero\n\tat java.lang.Thread.run")) is None
