"""The choice: which mix of levers does most with a sum of money, how sure that is, and what its terms cost."""
