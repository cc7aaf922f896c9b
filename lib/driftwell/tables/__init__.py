"""Delta tables: their schemas, and the only code that knows where they lie."""
