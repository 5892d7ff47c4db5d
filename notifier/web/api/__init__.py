"""The JSON API and the streams."""
