"""Books in PostgreSQL, through psycopg 3; the only package that knows the driver."""
