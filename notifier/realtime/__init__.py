"""Open streams and what feeds them: gevent and bytes, without Flask, SQL or Jinja."""
