"""The real-time loop: absolute deadlines, recorded lateness, values shared without locks."""
