"""Reference sites, one folder each, and the generator of their weather."""
