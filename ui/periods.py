"""Month arithmetic, which stands with the answers."""

from answers.periods import key, last, shifted

__all__ = ["key", "last", "shifted"]
