"""Log files of web servers, taken over as visits (see docs/visits.md)."""
