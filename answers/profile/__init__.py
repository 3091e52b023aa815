"""One district on one page: need, change, services reached, money where known, outcomes, peers, its dong; on paper too."""
