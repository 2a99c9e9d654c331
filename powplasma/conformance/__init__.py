"""Test vectors as a product: judges any implementation, ours or another, by a file of cases."""

from powplasma.conformance.bridge import answers_of_command
from powplasma.conformance.judge import FORMATS, FileReport, SectionReport, judge_file, load_cases
from powplasma.conformance.model import Answer, Case, Failure, UnknownVectors

__all__ = [
    "FORMATS",
    "Answer",
    "Case",
    "Failure",
    "FileReport",
    "SectionReport",
    "UnknownVectors",
    "answers_of_command",
    "judge_file",
    "load_cases",
]
