"""Dense arithmetic in numpy and scipy: no Spark here, every function can be tried on two arrays."""
