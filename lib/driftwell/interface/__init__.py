"""The public interface: the names that `driftwell` itself exports."""
