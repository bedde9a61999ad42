"""Child processes that are told what to do, and say how it goes, in lines of JSON."""
