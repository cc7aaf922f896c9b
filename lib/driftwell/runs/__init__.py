"""What each job does, in order: ingest, baseline, snapshot, distance."""
