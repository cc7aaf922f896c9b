"""Dense arithmetic in numpy and scipy, without Spark: every function can be tried on two arrays."""
