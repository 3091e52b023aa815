"""Every definition, source and published figure behind the answers."""
