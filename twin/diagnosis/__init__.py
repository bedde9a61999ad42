"""Which part is to blame for a residual, if any. Pure: state in, state out, no plant."""
