"""Every programme that the plan names: outputs, targets with their basis, trend, owner; what is not published is said."""
