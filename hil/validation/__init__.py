"""Models against measurements: each kind of rig in a module, one table and one picture a case."""
