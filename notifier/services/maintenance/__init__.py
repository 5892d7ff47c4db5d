"""What operators ask of the database: statistics, consistency, schema version."""
