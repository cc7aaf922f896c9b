"""driftwell tells teams who run retrieval-augmented generation whether their embeddings drift."""

__version__ = "0.1.0"
