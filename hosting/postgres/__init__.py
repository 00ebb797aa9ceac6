"""What is done on a customer's PostgreSQL server: plain functions of a server and a name. Nothing here reads or writes our own tables."""
