"""What is true, what is believed, what is wrong: no sockets, no threads."""
