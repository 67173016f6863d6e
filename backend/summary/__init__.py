"""The muscle-bone risk summary: dated findings, domains, overall, wording."""

ALGORITHM_VERSION = "msbs-1.0.0"
