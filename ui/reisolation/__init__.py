"""What only a screen does with the outlook: levers and the answer that moves with them, and forms that keep and edit."""
