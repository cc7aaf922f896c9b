"""What a notebook uses: the names that `driftwell` itself offers."""
