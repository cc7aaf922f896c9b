"""Spark itself: the session, paths, Arrow, faults of storage, progress."""
