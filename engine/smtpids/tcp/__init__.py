"""Segments of TCP connections -> octets of both sides in causal order, gaps, conflicts, ends.

`table.ConnectionTable` is the way in, `events` what comes out, `connection.Connection` what every
event belongs to. Nothing here knows what the octets mean.
"""
