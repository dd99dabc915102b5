"""YAML that remembers where everything stands, so that every problem names its line and column and shows a caret."""

from mappings.located.document import Document, Guide, parse
from mappings.located.problem import Problem, Severity, did_you_mean, flow, shown
from mappings.located.reader import Path
from mappings.located.validate import no_value, validate

__all__ = [
    "Document",
    "Guide",
    "Path",
    "Problem",
    "Severity",
    "did_you_mean",
    "flow",
    "no_value",
    "parse",
    "shown",
    "validate",
]
