"""An invoice as a person reads it, from the parsed model: codes as words, each value with its business term.

`sheet(invoice)` prepares what `templates/invoices/viewer/sheet.html` shows. Nothing here touches the database, so the
same viewer serves the invoice page, the work queue, a shared link and the printer.
"""

from invoices.viewer.sheet import Sheet, sheet

__all__ = ["Sheet", "sheet"]
