"""District-heating network; its equations as text are in README.md beside this file."""
