"""The helpdesk's own pages: one box that finds anything, cases, announcements, and looking along with a firm.

Lists of rows are the theme's (`portal.helpdesk`); these pages are for somebody with a caller on the telephone. Each
room adds its pages (`portal.desk.pages.page`) and what the box finds (`portal.desk.finding.register`), from its
admin.py.
"""
