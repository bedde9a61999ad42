"""How hypothesis looks for examples: see CONTRIBUTING.md."""

from hypothesis import settings

# The default explores anew in every run; `make test` takes `steady`, the same examples each time.
settings.register_profile("explore", deadline=None)
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("explore")
