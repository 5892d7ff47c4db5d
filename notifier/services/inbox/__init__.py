"""One user's notifications: lists, counts, changes of status, receipts."""
