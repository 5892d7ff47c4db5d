"""The outbox: deliveries on channels beside the inbox, planned, sent and settled in the database."""
