"""PostgreSQL and Valkey from wheels, started by us, met over Unix sockets: no server to install, no port to open."""
