"""The Java that Spark runs on. Standard library only, so that setup can use it before anything is installed:

    python -P lib/driftwell/spark/java.py [MAJOR ...]

prints the JAVA_HOME of a usable Java, by default 17 or 21, and exits with 0; if there is none it prints one line
to stderr and exits with 2. (-P, because this folder has modules with names of the standard library.)
"""

import logging
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

# Spark 4.1 runs on both. The Arrow library of Spark 3.5 fails on 21, so 3.5 needs 17. From 23 on Spark does
# not start: Java rejects Subject.getSubject, which Hadoop calls.
MAJORS = (17, 21)
# Spark 4.1 starts Java with this module, which trimmed runtimes lack.
VECTOR_MODULE = "jdk.incubator.vector"
# Folders where packages and installers put Java, and the pattern of homes in them. /opt and /usr/local: Homebrew.
USUAL_PLACES = (
    ("/usr/lib/jvm", "*"),
    ("/Library/Java/JavaVirtualMachines", "*/Contents/Home"),
    ("/opt/homebrew/opt", "openjdk*/libexec/openjdk.jdk/Contents/Home"),
    ("/usr/local/opt", "openjdk*/libexec/openjdk.jdk/Contents/Home"),
    ("~/.sdkman/candidates/java", "*"),
)
ANSWER_SECONDS = 20


class JavaNotFound(Exception):
    """No usable Java on this machine; the message says what was found, what is needed and how to install it."""


@dataclass(frozen=True)
class Candidate:
    """A place where Java may be, and why it cannot be used (`reason` is None where it can)."""

    place: str
    home: Path
    reason: str | None


def find_java(majors: Sequence[int] = MAJORS) -> Path:
    """Return the home folder of a Java of one of these major versions.

    Searched in this order: JAVA_HOME, the `java` on PATH, the usual places on this machine. The first usable one is
    returned. If JAVA_HOME is set and another one had to be used, a warning says why.

    Raises JavaNotFound if there is none.
    """
    rejected: list[Candidate] = []
    for place, home in _places():
        # The same Java is often found twice, by its own name and by a link.
        if any(home.resolve() == other.home.resolve() for other in rejected):
            continue
        candidate = _candidate(place, home, majors)
        if candidate.reason is None:
            if rejected and os.environ.get("JAVA_HOME"):
                log.warning("%s %s; using %s", rejected[0].place, rejected[0].reason, home)
            return home
        rejected.append(candidate)
    wanted = " or ".join(str(major) for major in majors)
    found = "; ".join(f"{candidate.place} {candidate.reason}" for candidate in rejected) or "no Java at all"
    raise JavaNotFound(f"Spark needs Java {wanted}. Found: {found}. {_remedy(majors)}")


def _places() -> Iterator[tuple[str, Path]]:
    """Yield places where Java may be: a name for the message, and the home folder. JAVA_HOME comes first."""
    java_home = os.environ.get("JAVA_HOME")
    if java_home:
        yield f"JAVA_HOME={java_home}", Path(java_home)
    on_path = shutil.which("java")
    if on_path:
        yield f"{on_path} on PATH", _home_of(Path(on_path))
    for folder, pattern in USUAL_PLACES:
        for home in sorted(Path(folder).expanduser().glob(pattern)):
            if (home / "bin" / "java").exists():
                yield str(home), home


def _candidate(place: str, home: Path, majors: Sequence[int]) -> Candidate:
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return Candidate(place, home, "has no executable bin/java")
    release = _release(home)
    version = version_of(home)
    if not version:
        return Candidate(place, home, "does not report its version")
    if _major(version) not in majors:
        return Candidate(place, home, f"is Java {version}")
    if VECTOR_MODULE not in release.get("MODULES", VECTOR_MODULE).split():
        return Candidate(place, home, f"is Java {version} without the module {VECTOR_MODULE}")
    return Candidate(place, home, None)


def version_of(home: Path) -> str | None:
    """Return the version of the Java in this folder, such as 17.0.15; None if it reports none."""
    return _release(home).get("JAVA_VERSION") or _said_by(home / "bin" / "java", r'version "([^"]+)"')


def _home_of(java: Path) -> Path:
    """Return the home of this executable, which may be a link into the home or a launcher."""
    linked = java.resolve().parent.parent
    if (linked / "release").is_file():
        return linked
    return Path(_said_by(java, r"java\.home = (.+)") or linked)


def _release(home: Path) -> dict[str, str]:
    """Return the entries NAME="value" of the home's `release` file; empty if there is no such file."""
    file = home / "release"
    if not file.is_file():
        return {}
    return dict(re.findall(r'^(\w+)="(.*)"$', file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))


def _said_by(java: Path, pattern: str) -> str | None:
    """Return what this pattern finds in the properties that Java prints; None if it finds nothing."""
    command = [str(java), "-XshowSettings:properties", "-version"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.debug("%s could not be run: %s", java, error)
        return None
    match = re.search(pattern, said.stderr + said.stdout)
    return match.group(1).strip() if said.returncode == 0 and match else None


def _major(version: str) -> int:
    """Return 17 for 17.0.15, and 8 for 1.8.0_392; -1 if it is not a version."""
    match = re.match(r"(?:1\.)?(\d+)", version)
    return int(match.group(1)) if match else -1


def _remedy(majors: Sequence[int]) -> str:
    major = majors[0]
    if platform.system() == "Darwin":
        command = f"brew install openjdk@{major}"
    elif shutil.which("apt-get"):
        others = "".join(f" (or openjdk-{other}-jre-headless)" for other in majors[1:])
        command = f"sudo apt-get install openjdk-{major}-jre-headless{others}"
    elif shutil.which("dnf"):
        amazon = f" (on Amazon Linux: java-{major}-amazon-corretto-headless)"
        command = f"sudo dnf install java-{major}-openjdk-headless{amazon}"
    else:
        return f"Install OpenJDK {major} and set JAVA_HOME to its folder."
    return f"Install it with: {command}"


def main(arguments: Sequence[str]) -> int:
    """Print the home of a usable Java, or to stderr why there is none; return the exit code."""
    try:
        majors = tuple(int(argument) for argument in arguments) or MAJORS
    except ValueError:
        print(f"java.py takes major versions, such as 17 21, not: {' '.join(arguments)}", file=sys.stderr)
        return 2
    try:
        print(find_java(majors))
    except JavaNotFound as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
