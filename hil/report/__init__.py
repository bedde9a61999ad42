"""A run as one page: what ran, what came out, measured against predicted.

Importing this takes a second (matplotlib): import it where a report is asked for.
"""

from hil.report.page import write_report

__all__ = ["write_report"]
