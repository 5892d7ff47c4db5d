"""Sessions: long-running jobs with progress."""
