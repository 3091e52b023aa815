"""What the office has set up: programmes, owners, targets, outputs, events, surveys, staffing, unit costs; and every code."""
