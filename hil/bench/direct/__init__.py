"""The loop of the virtual bench without registers: the same rows, many times as fast.

What a wire would do to a number (rounding to its registers, conversion) is done to it here, with
the same operations; who decides are the controllers' own programs, and plant and sensors are those
of the bench. One compiled call runs a block of cycles. A test holds the rows against recorded ones.
"""
