"""Rendering: results laid out as sheets, sheets written as text, JSON or CSV; no decisions."""
