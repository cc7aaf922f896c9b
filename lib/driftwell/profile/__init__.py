"""From a window of records to its profile: principal components, clusters, and the baseline that keeps them."""
