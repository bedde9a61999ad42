"""Measured data of a building on the way to the twin: its times, its rows, what is wrong in it.

Arrays in, arrays and sentences out; files are read in `hil/trend`.
"""
