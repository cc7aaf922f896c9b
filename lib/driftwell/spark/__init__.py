"""Spark itself: the session, paths, Arrow, storage errors, progress."""
