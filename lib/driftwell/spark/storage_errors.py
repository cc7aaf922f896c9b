"""Errors of Hadoop's file systems, raised through Spark, as one line: the path, what was refused, what to do.

An error is recognised by its exception class or Spark's error condition, and by words only within the message of
such an exception: text or a path with the word "AccessDenied" is not an error. No advice destroys data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from driftwell.errors import StorageError

FILE_IS_GONE = "file is gone"
"""The remedy depends on the kind of file: see `_remedy`."""

AWS = r"AmazonS3Exception|S3Exception|AWSS3IOException|AWSServiceIOException|AWSBadRequestException|SdkClientException"

REMEDIES = (
    # (classes or conditions, words in their message, remedy), the most specific first: errors are often wrapped in
    # others.
    (
        r"UnsupportedFileSystemException|ClassNotFoundException|RuntimeException",
        r"No FileSystem for scheme \"?s3[an]?\"?|Class org\.apache\.hadoop\.fs\.s3a\.S3AFileSystem not found",
        "Spark cannot reach S3: pass spark-submit --packages org.apache.hadoop:hadoop-aws:VERSION of its own Hadoop "
        "(3.4.2 for Spark 4.1, 3.3.4 for 3.5), and for s3:// paths "
        "--conf spark.hadoop.fs.s3.impl=org.apache.hadoop.fs.s3a.S3AFileSystem",
    ),
    (r"UnsupportedFileSystemException", "", "Spark has no file system for this scheme: correct the path"),
    (r"NoSuchBucketException|UnknownStoreException", "", "there is no such bucket: create it or correct the path"),
    (AWS, r"NoSuchBucket|Bucket \S+ does not exist", "there is no such bucket: create it or correct the path"),
    (
        rf"NoAuthWithAWSException|NoAwsCredentialsException|{AWS}",
        r"No AWS Credentials provided|Unable to load (?:AWS )?credentials",
        "no credentials were found: attach a role to the job, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        rf"{AWS}|AccessDeniedException|InvalidAccessKeyIdException|ExpiredTokenException",
        r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken",
        "the credentials were refused: renew them, or correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        r"AccessDeniedException|AccessControlException",
        "",
        "access denied: allow s3:GetObject and s3:ListBucket on what is read, and s3:PutObject and s3:DeleteObject too "
        "below tables_path; on disk, change the permission",
    ),
    (
        rf"{AWS}|FileNotFoundException|IOException",
        r"Status Code: 403|Error Code: AccessDenied|\(Permission denied\)$|: Permission denied$",
        "access denied: allow s3:GetObject and s3:ListBucket on what is read, and s3:PutObject and s3:DeleteObject too "
        "below tables_path; on disk, change the permission",
    ),
    (r"AWSServiceThrottledException|ThrottlingException", "", "S3 kept throttling the requests; try again later"),
    (AWS, r"SlowDown|Status Code: 503", "S3 kept throttling the requests; try again later"),
    (
        r"ConnectException|UnknownHostException|ConnectTimeoutException|SocketTimeoutException|HttpHostConnectException",
        "",
        "no answer: check the network, the region and the endpoint (AWS_ENDPOINT_URL, fs.s3a.endpoint)",
    ),
    (
        AWS,
        r"Unable to execute HTTP request",
        "no answer: check the network, the region and the endpoint (AWS_ENDPOINT_URL, fs.s3a.endpoint)",
    ),
    (
        r"IOException|FSError|FileSystemException|DiskErrorException",
        r"^(?:\S+: )?No space left on device",
        "a disk is full: free some space, or set spark.local.dir to another disk",
    ),
    (
        r"DELTA_(?:LOG_)?FILE_NOT_FOUND\S*|FAILED_READ_FILE\S*|DELTA_TRUNCATED_TRANSACTION_LOG|FileNotFoundException"
        r"|NoSuchFileException",
        "",
        FILE_IS_GONE,
    ),
)

_CLASS = re.compile(r"(?:^|: |Caused by: )(?:[a-z]\w*\.)+([A-Z]\w*(?:Exception|Error)): ")
_CONDITION = re.compile(r"^\s*(?:Caused by: )?(?:[\w.$]+: )?\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\] ")
_PATH = re.compile(r"(?:[a-z][a-z0-9]*:/|/)[^\s,;'\"`]+")


@dataclass(frozen=True)
class Places:
    """Where a command reads and writes, to tell which kind of file an error is about."""

    tables: str = ""
    archives: Sequence[str] = ()


def storage_error(error: Exception, places: Places | None = None) -> StorageError | None:
    """The one line for a storage error; None for anything else, which keeps its traceback."""
    raised = list(_raised(error))
    for names, words, remedy in REMEDIES:
        for name, message, line in raised:
            if re.fullmatch(names, name) and re.search(words, message):
                advice = _remedy(line, places or Places()) if remedy == FILE_IS_GONE else remedy
                return StorageError(f"{_shortened(line) or name}; {advice}")
    return None


def _raised(error: Exception) -> Iterator[tuple[str, str, str]]:
    """Name, message and line of each exception in a Java trace, and of Spark's error conditions."""
    # Spark's own exceptions keep the Java trace beside their message.
    for line in f"{error}\n{getattr(error, '_stackTrace', None) or ''}".splitlines():
        condition = _CONDITION.match(line)
        if condition:
            yield condition[1], line[condition.end() :], line
        for found in _CLASS.finditer(line.removeprefix(": ")):
            yield found[1], line.removeprefix(": ")[found.end() :], line


def _remedy(line: str, places: Places) -> str:
    """What to do about a missing or damaged file, by the kind of file."""
    path = _PATH.search(line)
    if path is None:
        return "a file cannot be read: restore it"
    below = _below(path[0], places.tables)
    if below is not None and below.startswith(("_baselines", "_usual_distances")):
        return (
            "a file of a baseline or of its usual distances cannot be read: restore it from a backup or an older "
            "version, or make another baseline with --baseline_name and promote it"
        )
    if below is not None:
        return (
            f"a file of the table {below.partition('/')[0]} cannot be read: restore it from a backup or an older "
            "version of the bucket, or ingest the archive into another tables_path"
        )
    if any(_below(path[0], archive) is not None for archive in places.archives):
        return "an object of the archive is missing or cannot be read: rerun ingest, which continues with the others"
    return "a file cannot be read: restore it, or correct the path"


def _below(path: str, folder: str) -> str | None:
    """The part of a path below a folder; None if it is elsewhere."""
    inner, outer = (re.sub(r"^[a-z][a-z0-9]*:/*", "", place).strip("/") for place in (path, folder))
    return inner[len(outer) :].lstrip("/") if outer and (inner + "/").startswith(outer + "/") else None


def _shortened(line: str) -> str:
    """The line with the error, without the names of Java classes and request ids."""
    line = line.removeprefix(": ").strip().removeprefix("Caused by: ")
    line = re.sub(r"\b(?:[a-z0-9]+\.)+[A-Z]\w+(?:Exception|Error): ", "", line)
    line = re.sub(r",? Request ID: [^)]*|,? Extended Request ID: [^)]*", "", line)
    return line[:300].rstrip(" .:;")
