"""Data-centre cooling loop; its equations as text are in README.md beside this file."""
