"""``powplasma conformance``: judges powplasma, or another implementation, by files of vectors."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.conformance import FileReport, UnknownVectors, answers_of_command, judge_file
from powplasma.errors import printable, shown

from .command import Command
from .exits import ExitCode
from .output import as_json, details, json_result, result
from .parameters import PATH, json_option, seconds, whole
from .records import Record


@click.command(cls=Command)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=PATH)
@click.option(
    "--command",
    "command_line",
    metavar="CMD",
    help="Judge this program instead: it reads cases and writes answers, as JSON Lines.",
)
@click.option(
    "--timeout",
    callback=seconds,
    metavar="SECONDS",
    default=600.0,
    show_default=True,
    help="End the program after this time.",
)
@click.option(
    "--list", "list", callback=whole, metavar="N", default=20, show_default=True, help="How many failing cases to name."
)
@json_option
def command(
    *,
    files: tuple[Path, ...],
    command_line: str | None,
    timeout: float,
    list: int,  # noqa: A002 - the option's name
    json: bool,
) -> int:
    """Judge powplasma, or another implementation, by files of vectors.

    Exits with 0 if every case passes, 1 if one fails or all cases of a file are skipped, 2 if a file, a section or a
    field is not known.
    """
    implementation = None if command_line is None else answers_of_command(command_line, timeout)
    reports: dict[Path, FileReport] = {}
    try:
        for file in files:
            reports[file] = judge_file(file, implementation)
    except UnknownVectors as unknown:
        raise click.UsageError(str(unknown)) from unknown
    if json:
        json_result(_record(reports))
    else:
        for file, report in reports.items():
            _print(file, report, list)
    return ExitCode.DONE if all(report.conforms for report in reports.values()) else ExitCode.NEGATIVE


def _print(file: Path, report: FileReport, named: int) -> None:
    verdict = "conforms" if report.conforms else "does not conform" if report.judged else "not judged, all was skipped"
    result(f"{printable(str(file))}: {verdict}")
    for section in report.sections:
        skipped = "".join(f"; {count} skipped: {why}" for why, count in section.skipped.items())
        result(f"  {section.section:40} {section.passed} passed, {len(section.failures)} failed{skipped}")
    failures = [failure for section in report.sections for failure in section.failures]
    for failure in failures[:named]:
        details(printable(f"FAILED {failure}"))
    if len(failures) > max(named, 0):
        details(f"… and {len(failures) - max(named, 0)} more")


def _writable(answer: object) -> object:
    """An answer as it was given; as text if JSON cannot hold it, as with NaN."""
    try:
        as_json({"answer": answer})
    except (ValueError, RecursionError):
        return shown(answer, quoted=True)
    return answer


def _record(reports: dict[Path, FileReport]) -> Record:
    return {
        "conforms": all(report.conforms for report in reports.values()),
        "files": [
            {
                "file": str(file),
                "format": report.format,
                "conforms": report.conforms,
                "sections": [
                    {
                        "section": section.section,
                        "passed": section.passed,
                        "failed": len(section.failures),
                        "skipped": section.skipped,
                        "failures": [
                            {
                                "case": failure.name,
                                "key": failure.key,
                                "expected": failure.expected,
                                "actual": _writable(failure.actual),
                            }
                            for failure in section.failures
                        ],
                    }
                    for section in report.sections
                ],
            }
            for file, report in reports.items()
        ],
    }
