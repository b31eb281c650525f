"""Matches and records become what a person or a machine reads: ECS mappings, lines of JSON,
blocks for a terminal, and the schema that describes them."""
