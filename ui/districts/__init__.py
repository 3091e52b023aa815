"""The district map's questions: where is need, is it changing, do we reach it, and how sure are we."""
