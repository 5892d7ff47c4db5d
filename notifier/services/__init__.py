"""What the program does. Plain functions, called within an application context; each owns its transaction, commits, and then hints."""
