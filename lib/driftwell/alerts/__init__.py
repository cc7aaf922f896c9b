"""What is published of the results: metrics and changed verdicts."""
