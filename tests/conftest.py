"""What every test gets: Hypothesis without a clock, since shared machines are slow at times."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=100)
settings.load_profile("house")
