"""Progress of long-running jobs."""
