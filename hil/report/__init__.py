"""A run as one page: what ran, what came out, measured against predicted or expected.

Importing this takes a second (matplotlib): import it where a report is asked for.
"""

from hil.report.commission_page import is_commission, write_commission_report
from hil.report.page import write_report
from hil.report.pdf import refuse_pdf, without_pdf, write_pdf

__all__ = [
    "is_commission",
    "refuse_pdf",
    "without_pdf",
    "write_commission_report",
    "write_pdf",
    "write_report",
]
