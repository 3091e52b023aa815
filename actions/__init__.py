"""What changes the store at a reader's wish. Faces ask; nothing here draws, and no clock is read."""
