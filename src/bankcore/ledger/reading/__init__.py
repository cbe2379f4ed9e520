"""Reading: the book in both its times, statements and financial statements."""
