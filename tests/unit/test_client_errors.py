"""Expected errors of boto3 become one line with the remedy; programming errors keep their traceback."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto

from driftwell.aws.client_errors import BAD_KEYS, DENIED, THROTTLED, explained
from driftwell.errors import StorageError


def refused(code: str) -> boto.ClientError:
    return boto.ClientError({"Error": {"Code": code, "Message": "said the service"}}, "GetObject")


EXPECTED = [
    *((refused(code), "access denied; allow s3:GetObject") for code in sorted(DENIED)),
    *((refused(code), "kept throttling requests") for code in sorted(THROTTLED)),
    *((refused(code), "the credentials were refused") for code in sorted(BAD_KEYS)),
    (refused("NoSuchBucket"), "there is no such bucket"),
    (refused("InternalError"), "InternalError: said the service"),
    (boto.ClientError({}, "HeadObject"), "HeadObject"),  # an answer without a body
    (boto.NoCredentialsError(), "no credentials were found; attach a role"),
    (boto.PartialCredentialsError(provider="env", cred_var="secret"), "no credentials were found"),
    (boto.NoRegionError(), "set AWS_REGION"),
    (boto.EndpointConnectionError(endpoint_url="http://x"), "check the network, the region and AWS_ENDPOINT_URL"),
    (boto.ConnectTimeoutError(endpoint_url="http://x"), "check the network"),
    (boto.ReadTimeoutError(endpoint_url="http://x"), "ReadTimeoutError"),
    (boto.ProfileNotFound(profile="mine"), "mine"),
    (boto.UnauthorizedSSOTokenError(), "UnauthorizedSSOTokenError"),
    (boto.ParamValidationError(report='Invalid bucket name "A b"'), "Invalid bucket name"),
]
MISTAKES = [
    boto.ParamValidationError(report='Unknown parameter in input: "Buckett"'),
    boto.OperationNotPageableError(operation_name="publish"),
    boto.UnknownServiceError(service_name="s4", known_service_names="s3"),
    KeyError("Body"),
    TypeError(),
]


@pytest.mark.parametrize(("error", "message"), EXPECTED, ids=lambda value: str(value)[:60])
def test_an_expected_error_is_one_line_with_what_was_tried(error: Exception, message: str) -> None:
    with (
        pytest.raises(StorageError, match=r"^could not read s3://b/k: ") as raised,
        explained("read s3://b/k", "s3:GetObject"),
    ):
        raise error
    assert message in str(raised.value) and "\n" not in str(raised.value)
    assert raised.value.exit_code == 5


@pytest.mark.parametrize("error", MISTAKES, ids=repr)
def test_a_programming_error_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, explained("read s3://b/k", "s3:GetObject"):
        raise error
    assert raised.value is error
