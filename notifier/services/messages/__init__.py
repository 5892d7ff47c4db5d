"""Messages from the sender's side: content, audience, sending, fan-out, withdrawal, reports."""
