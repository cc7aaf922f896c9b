"""Archive objects: from the bytes that Firehose delivered to embedding records."""
