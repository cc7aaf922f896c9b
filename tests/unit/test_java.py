"""Finding Java: fake Java folders, whose bin/java is a shell script."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from driftwell.spark import java


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Java: JAVA_HOME unset, an empty folder on PATH, and an empty `jvm` folder."""
    for folder in ("path", "jvm"):
        (tmp_path / folder).mkdir()
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(java, "USUAL_PLACES", ((str(tmp_path / "jvm"), "*"),))
    return tmp_path


def executable(file: Path, *lines: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(0o755)
    return file


def java_that_says(home: Path, version: str) -> Path:
    """A Java without a `release` file: it must be run to find its version."""
    executable(
        home / "bin" / "java",
        f'echo "    java.home = {home}" >&2',
        f"echo 'openjdk version \"{version}\" 2025-04-15' >&2",
    )
    return home


def java_with_release(home: Path, version: str, modules: str = "java.base jdk.incubator.vector") -> Path:
    """A Java with a `release` file; its bin/java fails, so that running it does not help."""
    executable(home / "bin" / "java", "exit 1")
    (home / "release").write_text(f'IMPLEMENTOR="Debian"\nJAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    return home


def message(*majors: int) -> str:
    with pytest.raises(java.JavaNotFound) as error:
        java.find_java(majors or java.MAJORS)
    return str(error.value)


@pytest.mark.parametrize("version", ["17", "17.0.15", "21.0.8", "21-ea"])
def test_java_home_of_a_supported_version_is_used_as_it_is(
    machine: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    home = java_that_says(machine / "my java", version)
    java_that_says(machine / "jvm" / "other", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java.find_java() == home


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.25", "25.0.3", "170.1"])
def test_version_that_spark_does_not_run_on_is_refused_by_name(machine: Path, version: str) -> None:
    java_that_says(machine / "jvm" / "unsuitable", version)
    assert f"unsuitable is Java {version}." in message()


def test_old_numbering_is_understood(machine: Path) -> None:
    home = java_that_says(machine / "jvm" / "old", "1.8.0_392")
    assert java.find_java((8,)) == home


def test_release_file_is_believed_without_starting_java(machine: Path) -> None:
    home = java_with_release(machine / "jvm" / "java-17", "17.0.15")
    assert java.find_java() == home


def test_trimmed_runtime_without_the_vector_module_is_refused(machine: Path) -> None:
    java_with_release(machine / "jvm" / "trimmed", "21.0.8", modules="java.base java.sql")
    assert "trimmed is Java 21.0.8 without the module jdk.incubator.vector" in message()


def test_caller_may_require_java_17(machine: Path) -> None:
    java_with_release(machine / "jvm" / "a-21", "21.0.8")
    seventeen = java_with_release(machine / "jvm" / "b-17", "17.0.15")
    assert java.find_java((17,)) == seventeen
    assert java.find_java() == machine / "jvm" / "a-21"
    assert message(11).startswith("Spark needs Java 11. Found: ")


def test_unusable_java_home_is_named_and_another_java_is_used(
    machine: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = java_that_says(machine / "jvm" / "java-17", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", "/nonexistent")
    with caplog.at_level(logging.WARNING):
        assert java.find_java() == other
    assert caplog.messages == [f"JAVA_HOME=/nonexistent has no executable bin/java; using {other}"]


def test_nothing_is_logged_when_java_home_is_not_set(machine: Path, caplog: pytest.LogCaptureFixture) -> None:
    java_that_says(machine / "jvm" / "a-11", "11.0.25")
    java_that_says(machine / "jvm" / "b-17", "17.0.15")
    assert java.find_java() == machine / "jvm" / "b-17"
    assert caplog.messages == []


def test_java_on_path_is_followed_through_links_to_its_home(machine: Path) -> None:
    home = java_with_release(machine / "opt" / "jdk", "17.0.15")
    (machine / "alternatives").symlink_to(home / "bin" / "java")
    (machine / "path" / "java").symlink_to(machine / "alternatives")
    java_that_says(machine / "jvm" / "later", "21.0.8")
    assert java.find_java() == home


def test_launcher_on_path_is_run_to_find_its_home(machine: Path) -> None:
    home = java_that_says(machine / "opt" / "jdk", "17.0.15")
    executable(machine / "path" / "java", f'exec "{home}/bin/java" "$@"')
    assert java.find_java() == home


def test_launcher_without_a_java_behind_it_is_not_used(machine: Path) -> None:
    executable(machine / "path" / "java", "echo 'Unable to locate a Java Runtime.' >&2", "exit 1")
    assert f"{machine / 'path' / 'java'} on PATH has no executable bin/java" in message()


def test_java_that_does_not_report_its_version_is_refused(machine: Path) -> None:
    executable(machine / "jvm" / "mute" / "bin" / "java", "exit 0")
    assert "mute does not report its version" in message()


def test_one_java_under_two_names_is_reported_once(machine: Path) -> None:
    home = java_with_release(machine / "jvm" / "java-11", "11.0.25")
    (machine / "jvm" / "default-java").symlink_to(home)
    assert message().count("is Java 11.0.25") == 1


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("apt-get", "sudo apt-get install openjdk-17-jre-headless (or openjdk-21-jre-headless)"),
        ("dnf", "sudo dnf install java-17-openjdk-headless"),
        (None, "Install OpenJDK 17 and set JAVA_HOME"),
    ],
)
def test_no_java_at_all_names_the_command_that_installs_it(
    machine: Path, monkeypatch: pytest.MonkeyPatch, tool: str | None, command: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    if tool:
        executable(machine / "path" / tool)
    assert message().startswith("Spark needs Java 17 or 21. Found: no Java at all. ")
    assert command in message()


def test_mac_gets_homebrews_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert message().endswith("Install it with: brew install openjdk@17")


def run_as_script(*arguments: str, java_home: Path) -> subprocess.CompletedProcess[str]:
    """Run the file with an interpreter that cannot see the installed packages (-I, -S)."""
    return subprocess.run(
        [sys.executable, "-I", "-S", java.__file__, *arguments],
        env={"JAVA_HOME": str(java_home), "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_script_runs_without_any_package_and_prints_only_the_home(machine: Path) -> None:
    home = java_with_release(machine / "jdk", "17.0.15")
    answer = run_as_script(java_home=home)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, f"{home}\n", "")


def test_script_says_in_one_line_why_there_is_no_java_and_exits_with_2(machine: Path) -> None:
    # No machine has a Java 5: whatever else is installed here, this must fail.
    home = java_with_release(machine / "jdk", "17.0.15")
    answer = run_as_script("5", java_home=home)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.count("\n") == 1
    assert f"JAVA_HOME={home} is Java 17.0.15" in answer.stderr


def test_script_refuses_an_argument_that_is_not_a_version(machine: Path) -> None:
    answer = run_as_script("seventeen", java_home=machine)
    assert (answer.returncode, answer.stderr) == (2, "java.py takes major versions, such as 17 21, not: seventeen\n")
