"""YAML that remembers where everything stands, so that every problem names its line and column and shows a caret."""

from mappings.located.document import Document, Path, parse
from mappings.located.problem import Problem, Severity, did_you_mean
from mappings.located.validate import no_value, validate

__all__ = ["Document", "Path", "Problem", "Severity", "did_you_mean", "no_value", "parse", "validate"]
