"""The shapes of the answers, as `/openapi.json` describes them. The views do not use them: a test holds the two together."""
