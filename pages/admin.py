"""Administration: people with their roles and districts, sessions, and the audit trail."""

from ui import admin, view

admin.body(view.language())
