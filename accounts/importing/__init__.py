"""Taking over customers, contacts and invoices from a file, all of it or nothing: reading, columns, staging, merging."""
