"""From domain objects to what clients and templates get: the only place where fields are listed."""
