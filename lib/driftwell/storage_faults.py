"""What Hadoop's file systems raise through Spark, as one line: which path, what was refused, what to do."""

from __future__ import annotations

import re

from driftwell.errors import StorageError

REMEDIES = (
    # (what Java raises, what to say of it), the most telling first: one fault is often wrapped in others.
    (
        r"No FileSystem for scheme \"?s3[an]?\"?|Class org\.apache\.hadoop\.fs\.s3a\.S3AFileSystem not found",
        "Spark cannot reach S3: pass spark-submit --packages org.apache.hadoop:hadoop-aws:VERSION of its own Hadoop "
        "(3.4.2 for Spark 4.1, 3.3.4 for 3.5), and for s3:// paths "
        "--conf spark.hadoop.fs.s3.impl=org.apache.hadoop.fs.s3a.S3AFileSystem",
    ),
    (r"No FileSystem for scheme", "no file system of that name is on Spark's class path: correct the path"),
    (
        r"NoSuchBucket|UnknownStoreException|Bucket \S+ does not exist",
        "there is no such bucket: make it or correct it",
    ),
    (
        r"NoAuthWithAWSException|No AWS Credentials provided|Unable to load (?:AWS )?credentials",
        "no credentials were found: attach a role to the job, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken",
        "the credentials were refused: renew them, or correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        r"AccessDenied|AccessControlException|Status Code: 403|Permission denied",
        "access denied: allow s3:GetObject and s3:ListBucket on what is read, and s3:PutObject and s3:DeleteObject too "
        "below tables_path; on disk, change the permission",
    ),
    (r"ThrottledException|SlowDown|Status Code: 503", "S3 throttled the requests and went on doing so: run it again"),
    (
        r"ConnectException|UnknownHostException|ConnectTimeout|SocketTimeout|Unable to execute HTTP request",
        "no answer: check the network, the region and the endpoint (AWS_ENDPOINT_URL, fs.s3a.endpoint)",
    ),
    (r"No space left on device", "a disk is full: free some space, or set spark.local.dir to another disk"),
    (
        r"DELTA_FILE_NOT_FOUND|FileNotFoundException|FAILED_READ_FILE|DELTA_TRUNCATED_TRANSACTION_LOG",
        "a file that a table's log names is gone: restore it, or remove the table's whole folder and make it again",
    ),
)


def storage_fault(error: Exception) -> StorageError | None:
    """The one line for a fault of storage; None for anything else, which keeps its traceback."""
    text = str(error)
    for pattern, remedy in REMEDIES:
        found = re.search(pattern, text)
        if found:
            return StorageError(f"{_told(text, found)}; {remedy}")
    return None


def _told(text: str, found: re.Match[str]) -> str:
    """The line that holds the fault, without the names of Java classes and request ids."""
    start = text.rfind("\n", 0, found.start()) + 1
    line = text[start:].partition("\n")[0]
    line = re.sub(r"\b(?:[a-z0-9]+\.)+[A-Z]\w+(?:Exception|Error): ", "", line.removeprefix(": ").strip())
    line = re.sub(r",? Request ID: [^)]*|,? Extended Request ID: [^)]*", "", line)
    return line.removeprefix("Caused by: ")[:300].rstrip(" .:;") or found[0]
