"""The plant models and the exporter: equations in Python, compiled to FMUs."""
