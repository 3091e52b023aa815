"""The counselling page: cascade, waits, attendance, outcomes, providers; one question each."""
