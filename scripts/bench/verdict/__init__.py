"""The benchmark of the verdict: level, power, effects and stress on real embeddings."""
