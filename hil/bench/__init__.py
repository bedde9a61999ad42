"""The bench: plant, links, controllers and twin as processes of one run."""
