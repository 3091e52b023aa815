"""What comes next: demand, staffing; estimates with their intervals, scored against naive rivals."""
