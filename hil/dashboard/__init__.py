"""A run as it goes on: a picture of the plant in the terminal."""
