"""The observers of a site: from rows of readings to what its models did not expect."""
