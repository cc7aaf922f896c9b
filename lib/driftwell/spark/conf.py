"""Settings of a Spark session: the platform's override the configuration's, which override driftwell's own."""

from __future__ import annotations

from collections.abc import Mapping

EXTENSIONS = "spark.sql.extensions"
CATALOG = "spark.sql.catalog.spark_catalog"

DELTA = {
    EXTENSIONS: "io.delta.sql.DeltaSparkSessionExtension",
    CATALOG: "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}


def with_delta(extensions: str | None) -> str:
    """A list of extensions with Delta's in it, appended if missing, after existing ones."""
    names = [name.strip() for name in (extensions or "").split(",") if name.strip()]
    return ",".join([*names, *([] if DELTA[EXTENSIONS] in names else [DELTA[EXTENSIONS]])])


def local_conf(own: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """Settings of a session that driftwell starts itself.

    Args:
        own: driftwell's. configured: those of the YAML file, which take precedence.
    """
    return {**own, **configured, EXTENSIONS: with_delta(configured.get(EXTENSIONS) or own.get(EXTENSIONS))}


def submitted_conf(
    given: Mapping[str, str], configured: Mapping[str, str], own: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """What to set under spark-submit, and what to report about it.

    Args:
        given: the platform's settings: defaults and --conf. configured: the YAML file's. own: driftwell's.

    Returns:
        Settings that are missing, and Delta's extension added to the existing ones; a line for each setting of
        the YAML file that is not used because the platform has set another value.
    """
    wanted = {**own, **configured}
    chosen = {key: value for key, value in wanted.items() if key not in given and key != EXTENSIONS}
    extensions = with_delta(given.get(EXTENSIONS) or configured.get(EXTENSIONS))
    if extensions != given.get(EXTENSIONS):
        chosen[EXTENSIONS] = extensions
    notes = [
        f"{key} is set to {given[key]!r} by spark-submit or the platform; the configuration's {value!r} is ignored"
        for key, value in configured.items()
        if key in given and given[key] != value
    ]
    return chosen, notes
