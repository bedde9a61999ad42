"""The page on a terminal, over SSH: keyboard only, from 80 columns and 24 lines on."""
