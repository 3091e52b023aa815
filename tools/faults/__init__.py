"""Whatever happens to the store: what a page says, after how long, and how soon it is normal again (docs/trust.md has the list)."""
