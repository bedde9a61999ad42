"""The only code that waits, opens, listens or prints."""
