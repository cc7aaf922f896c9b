"""One writer at a time: the lease on a `tables_path`."""
