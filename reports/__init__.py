"""Answers on paper and in files: briefs, packs, pictures. What a sheet says stands in an answer; nothing is worked out here."""
