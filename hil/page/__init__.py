"""The page: what people see of a plant that is watched, or of a bench, in a browser."""
