"""The hotline page: flow, waits, hours, callers, staffing; one question each. Contacts are never called people."""
