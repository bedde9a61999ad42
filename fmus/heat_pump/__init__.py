"""Water-to-water heat pump; its equations as text are in README.md beside this file."""
