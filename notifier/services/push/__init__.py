"""Browser push: the devices of users, and the key that signs pushes."""
