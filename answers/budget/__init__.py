"""The plan's money: what needs a decision, the ledger down to the document, movements, pace, end, value, plan, flow."""
