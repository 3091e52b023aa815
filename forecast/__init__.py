"""What will be: budget outturn, call demand and staffing, re-isolation. Frames in, intervals out; no store, no clock."""
