"""Errors of boto3 as one line: what failed, where, and the permission or setting that fixes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    OperationNotPageableError,
    ParamValidationError,
    PartialCredentialsError,
    UnknownServiceError,
)

from driftwell.errors import StorageError

DENIED = {"AccessDenied", "AccessDeniedException", "403", "AuthorizationError", "UnauthorizedOperation", "Forbidden"}
THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "Throttled",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "503",
}
BAD_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}
MISTAKES = (OperationNotPageableError, UnknownServiceError)
"""Exceptions that boto3 raises for a wrong call, which a user cannot fix."""

NO_CREDENTIALS = "attach a role to the job, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@contextmanager
def explained(doing: str, permission: str) -> Iterator[None]:
    """Turn boto3's exceptions in the body into one line.

    Args:
        doing: what was tried and where, after "could not".
        permission: the IAM actions that it needs, in case access is denied.

    Raises:
        StorageError: for any error of boto3 or the service, except wrong calls of boto3, which keep their
            exception and traceback.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if _is_mistake(error):
            raise
        reason = " ".join(_reason(error, permission).split())  # some messages have several lines
        raise StorageError(f"could not {doing}: {reason}") from error


def _is_mistake(error: Exception) -> bool:
    if isinstance(error, ParamValidationError):
        return "Invalid bucket name" not in str(error)  # the user's mistake
    return isinstance(error, MISTAKES)


def code_of(error: ClientError) -> str:
    """The service's error code, such as AccessDenied; for responses without a body the HTTP status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _reason(error: Exception, permission: str) -> str:
    if isinstance(error, ClientError):
        return _refusal(code_of(error), error, permission)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return f"no credentials were found; {NO_CREDENTIALS}"
    if isinstance(error, NoRegionError):
        return "no region is set; set AWS_REGION"
    if isinstance(error, ConnectionError | EndpointConnectionError):
        return f"no answer ({error}); check the network, the region and AWS_ENDPOINT_URL"
    return f"{type(error).__name__}: {error}"


def _refusal(code: str, error: ClientError, permission: str) -> str:
    said = str(error.response.get("Error", {}).get("Message", "")) or str(error)
    if code in DENIED:
        return f"access denied; allow {permission} ({said})"
    if code in THROTTLED:
        return f"the service kept throttling requests ({code}); try again later"
    if code in BAD_KEYS:
        return f"the credentials were refused ({code}); {NO_CREDENTIALS}"
    if code == "NoSuchBucket":
        return "there is no such bucket; create it, or correct the path"
    return f"{code}: {said}"
