"""Posting: from a transaction that somebody asks for to an entry of the journal."""
