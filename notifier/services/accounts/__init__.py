"""Users, groups, sign-ins, tokens and API keys."""
