"""What boto3 raises, as one line: what was refused, where, and what permission or setting mends it."""

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
"""What boto3 raises where it is called in a wrong way: nothing that a user could mend."""

NO_CREDENTIALS = "attach a role to the job, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@contextmanager
def explained(doing: str, permission: str) -> Iterator[None]:
    """Turn what boto3 raises in the body into one line.

    Args:
        doing: what was tried and where, after "could not".
        permission: the IAM actions that it takes, for the case that it was denied.

    Raises:
        StorageError: for anything that boto3 or the service raised, but mistakes in how boto3 is called: those are
            raised as they are, with their traceback.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if _is_mistake(error):
            raise
        reason = " ".join(_reason(error, permission).split())  # some have several lines
        raise StorageError(f"could not {doing}: {reason}") from error


def _is_mistake(error: Exception) -> bool:
    if isinstance(error, ParamValidationError):
        return "Invalid bucket name" not in str(error)  # that one a person wrote
    return isinstance(error, MISTAKES)


def code_of(error: ClientError) -> str:
    """The service's word for an error, such as AccessDenied; for answers without a body the HTTP status."""
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
        return "there is no such bucket; make it, or correct the path"
    return f"{code}: {said}"
