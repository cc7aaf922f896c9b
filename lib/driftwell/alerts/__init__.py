"""Published results: metrics and changed verdicts."""
