"""gevent and bytes: open streams and what feeds them. Knows neither Flask nor SQL nor Jinja."""
