"""What an engineer does with one device on the desk or in a cabinet: find, read, watch, serve."""
