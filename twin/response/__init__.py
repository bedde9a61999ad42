"""What a trace says by itself: against a reference, and as the answer of a loop to a step."""
