"""Storage errors raised through Spark become one line with a remedy; others are left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.spark.storage_errors import Places, storage_error

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
def test_a_storage_error_is_one_line_with_place_and_remedy(raised, where, remedy):
    error = storage_error(RuntimeError(raised))
    assert error is not None and error.exit_code == 5
    message = str(error)
    assert where in message and remedy in message
    assert "\n" not in message and "Exception" not in message and "Request ID" not in message and len(message) < 600


def test_errors_not_caused_by_storage_are_left_alone():
    assert storage_error(RuntimeError("[DIVIDE_BY_ZERO] Division by zero\n\tat java.lang.Thread.run")) is None


GONE = """An error occurred while calling o9.collect.
: org.apache.spark.SparkException: [FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file {path}. File does not exist.
\tat x
Caused by: java.io.FileNotFoundException: File {path} does not exist"""
PLACES = Places("s3://bucket/tables", ["/archive/prompts"])


@pytest.mark.parametrize(
    ("path", "described"),
    [
        ("s3a://bucket/tables/embeddings/part-0.parquet", "a file of the table embeddings"),
        ("s3a://bucket/tables/_baselines/prompts/v1/arrays/part-0", "a file of a baseline"),
        ("file:/archive/prompts/2026/11/01/00/x.gz", "an object of the archive"),
        ("file:///archive/prompts/2026/11/01/00/x.gz", "an object of the archive"),
        ("file:/archive/prompts2/x.gz", "a file cannot be read"),
        ("hdfs://name/elsewhere", "a file cannot be read"),
    ],
)
def test_a_missing_file_is_described_and_no_remedy_deletes_anything(path, described):
    message = str(storage_error(RuntimeError(GONE.format(path=path)), PLACES))
    assert described in message and path in message
    assert not re.search("remove|delete|drop", message, re.IGNORECASE)


words = st.sampled_from(
    ["AccessDenied", "FileNotFoundException", "NoSuchBucket", "No space left on device", "SlowDown", "Status Code: 403",
     "FAILED_READ_FILE", "UnknownHostException", "Permission denied", "ExpiredToken", "ConnectException"]
)  # fmt: skip


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    words,
    words,
    st.sampled_from(["user asked: {}", "`{}`", "path /a/{}/b", "value '{}' of {}", "{}", "\tat x.{}(Y.java)"]),
)
def test_words_in_texts_and_paths_are_not_errors(one, other, text):
    raised = f"[CAST_INVALID_INPUT] {text.format(one, other)}\n{text.format(other, one)}\n\tat java.lang.Thread.run"
    assert storage_error(RuntimeError(raised)) is None
    assert storage_error(RuntimeError(f"java.lang.ArithmeticException: {text.format(one, other)}")) is None
