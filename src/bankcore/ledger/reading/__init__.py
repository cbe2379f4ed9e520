"""Reading: the book by value date and by recording time, statements and financial statements."""
