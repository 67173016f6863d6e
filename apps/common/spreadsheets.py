"""Cells of files that people open in a spreadsheet."""

# Spreadsheets take a cell that begins with one of these for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe makes it a text."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
