"""The faults driftwell expects, each with the exit code its command ends with.

A message says what was found, what was wanted, where, and what to do; it is shown as it is, without a traceback.
Anything that is not a `DriftwellError` is a bug or an unforeseen error: it keeps its traceback and exits with 1.
"""

EXIT_DONE = 0
EXIT_UNEXPECTED = 1
EXIT_INTERRUPTED, EXIT_TERMINATED = 130, 143
"""As in shells: 128 plus the number of the signal."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM); like KeyboardInterrupt this is not a failure of the run."""


class DriftwellError(Exception):
    """An expected error; `exit_code` is what the command returns."""

    exit_code = EXIT_UNEXPECTED


class UsageError(DriftwellError):
    """The arguments or the configuration cannot be used (exit 2)."""

    exit_code = 2


class DriftFound(DriftwellError):
    """Drift was found and --fail_on_drift was given (exit 3)."""

    exit_code = 3


class InputError(DriftwellError):
    """The data cannot be used: empty window, wrong dimension, over the quarantine budget (exit 4)."""

    exit_code = 4


class StorageError(DriftwellError):
    """Storage or a service failed: a path is missing, permission was denied, a table is damaged (exit 5)."""

    exit_code = 5
