"""The thread: how many are known, reached, helped and still connected, and where most are lost."""
