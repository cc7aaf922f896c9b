"""A snapshot against its baseline, metric by metric and cluster by cluster."""
