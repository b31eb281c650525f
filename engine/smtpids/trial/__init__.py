"""The test bench: what rule authors expect of dialogues, held against the whole engine."""
