"""What reaches a user, where and when: categories, choices, mutes, quiet hours, pause."""
