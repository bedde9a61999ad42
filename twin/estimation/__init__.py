"""What the plant should measure, from what it measured at its boundaries. Never sees the truth."""
