"""Pages for people: who is looking and for which firm, and the pages about the firm itself.

firm_pages   `@page(right)`: a view of a firm, in its scope, for whoever has that right
nav          the sidebar, to which each room adds its pages · context: what every template may use
choosing     one client of hundreds, found while typing · paging: long lists · sheets: lists as CSV
typed        what a query or a form brings, made safe to read
own_pages    the person and the firm themselves · team_pages: its people · machine_pages: its machines
job_pages    long work, job_words what became of it · view_pages: saved views
middleware   headers and language
"""

from portal.web.firm_pages import SESSION_KEY, FirmRequest, page

__all__ = ["SESSION_KEY", "FirmRequest", "page"]
