"""Detection: from 46 signals to enrolment, signs by yield, workload, contact points. Never a list of people."""
