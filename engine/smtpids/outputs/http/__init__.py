"""Records to a receiver that speaks HTTP: Elasticsearch, Splunk, Loki, or any that takes NDJSON.

`transport.py` is what the sender uses, `connection.py` one request and its answer within a time,
`answer.py` what an answer means where nothing else is said. How a batch is written and what its
answers mean beyond that is a dialect's affair: `dialects.py` lists them.
"""

from smtpids.outputs.http.transport import HttpTransport

__all__ = ["HttpTransport"]
