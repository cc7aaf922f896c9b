"""docs/input.md is true: the decoder does what its case table says, and reads what its example produces."""

import io
import json
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.decoding import rows

PAGE = (Path(__file__).parents[3] / "docs" / "input.md").read_text(encoding="utf-8")
CASES = re.findall(r"^\| `(.+?)` \| (good|`\w+`) \| .*\|$", PAGE, re.MULTILINE)


def test_the_page_has_a_case_table():
    assert len(CASES) >= 40
    assert {result.strip("`") for _, result in CASES} == {
        "good",
        "no_embedding",
        "not_numeric",
        "not_finite",
        "zero_vector",
        "wrong_encoding",
        "out_of_range",
        "bad_timestamp",
        "not_json",
    }


@pytest.mark.usefixtures("each_parser")
@pytest.mark.parametrize(("record", "result"), CASES)
def test_the_decoder_does_what_each_case_of_the_page_says(record, result):
    (row,) = rows(record.encode())
    assert row["reason"] == (None if result == "good" else result.strip("`"))


class Bedrock:
    def invoke_model(self, modelId, body):
        numbers = [len(json.loads(body)["inputText"]), 0.5]
        return {"body": io.BytesIO(json.dumps({"embedding": numbers}).encode())}


class Firehose:
    """Accepts every second record of a call, and enforces the limits of the real one."""

    def __init__(self):
        self.taken = []
        self.calls = 0

    def put_record_batch(self, DeliveryStreamName, Records):
        assert DeliveryStreamName == "questions"
        assert 1 <= len(Records) <= 500
        assert sum(len(record["Data"]) for record in Records) <= 4 * 1024 * 1024
        self.calls += 1
        accepted = [index % 2 == 0 for index in range(len(Records))]
        self.taken += [record["Data"] for record, taken in zip(Records, accepted, strict=True) if taken]
        answers = [{"RecordId": "r"} if taken else {"ErrorCode": "ServiceUnavailableException"} for taken in accepted]
        return {"FailedPutCount": accepted.count(False), "RequestResponses": answers}


@pytest.fixture
def producer(monkeypatch):
    """The example's functions, with Firehose and Bedrock replaced and without waiting."""
    clients = {"firehose": Firehose(), "bedrock-runtime": Bedrock()}
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=clients.__getitem__))
    monkeypatch.setenv("DELIVERY_STREAM", "questions")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    namespace = {}
    exec(compile(code, "docs/input.md", "exec"), namespace)
    return SimpleNamespace(**namespace)


def test_the_example_delivers_every_record_exactly_once_although_firehose_refuses_some(producer):
    questions = [{"id": f"q-{n}", "text": f"Question {n}?\n"} for n in range(120)]
    assert producer.handler({"questions": questions}, None) == {"delivered": 120}
    found = rows(b"".join(producer.firehose.taken), key="x", modified_at=datetime.now(UTC))
    assert sorted(row["record_id"] for row in found if row["reason"] is None) == sorted(q["id"] for q in questions)
    assert {row["event_time_source"] for row in found} == {"record"}
    assert {row["model"] for row in found} == {"amazon.titan-embed-text-v2:0"}


def test_the_example_keeps_to_the_limits_of_a_call(producer):
    sizes = [[len(batch), sum(map(len, batch))] for batch in producer.batches([b"x" * 1_000_000] * 10 + [b"x"] * 1_200)]
    assert [count for count, _ in sizes] == [4, 4, 500, 500, 202]
    assert all(size <= 4 * 1024 * 1024 for _, size in sizes)
    assert list(producer.batches([])) == []


def test_the_example_gives_up_with_an_error(producer, monkeypatch):
    refused = {"FailedPutCount": 1, "RequestResponses": [{"ErrorCode": "ServiceUnavailableException"}]}
    monkeypatch.setattr(producer.firehose, "put_record_batch", lambda **call: refused)
    with pytest.raises(RuntimeError, match="refused 1 records 8 times"):
        producer.deliver([b"line\n"])
