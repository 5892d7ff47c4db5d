"""From domain objects to what clients and templates get: the one place where fields are listed."""
