"""The benchmark of speed: its stages and what they measure."""
