"""Mails that reach us: as files or in a folder of a server, read into what a room needs. What becomes of one, its room decides."""
