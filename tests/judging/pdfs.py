"""PDFs for tests: one blank page, different each time it is asked to be."""

import io

from pypdf import PdfWriter


def picture(text: str = "", xml: bytes | None = None) -> bytes:
    """A PDF that is told apart by `text`; with `xml` inside it is a hybrid invoice."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": text or "Factuur"})
    if xml is not None:
        writer.add_attachment("factur-x.xml", xml)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
