"""What open streams need of the database: snapshots, grants, presence and the kill switch."""
