"""Register maps of others: lists of makers and files of other tools to our CSV, and back.

`guess` names the format of a file, one module a format reads it to drafts, `finish` makes points
of them by the rules of our maps, `write` writes the CSV. What a file says and a map cannot, or a
map must say and the file does not, is a remark with its place; nothing is guessed.
"""
