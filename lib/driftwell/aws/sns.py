"""Messages to an SNS topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from driftwell.aws.client_errors import explained

LONGEST_SUBJECT = 99


def publish(client: Any, topic: str, subject: str, message: str, key: str, attributes: Mapping[str, str]) -> str:
    """Send a message and return its SNS message id.

    Args:
        key: identity of the message; a FIFO topic drops another one with the same key within five minutes.
        attributes: message attributes for subscription filters.

    Raises:
        StorageError: if the service fails.
    """
    request: dict[str, Any] = {
        "TopicArn": topic,
        "Subject": "".join(letter if " " <= letter <= "~" else "?" for letter in subject)[:LONGEST_SUBJECT],
        "Message": message,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    }
    if topic.endswith(".fifo"):
        request |= {"MessageGroupId": attributes.get("dataset", "driftwell"), "MessageDeduplicationId": key}
    with explained(f"send a message to {topic}", "sns:Publish on it"):
        return str(client.publish(**request)["MessageId"])
