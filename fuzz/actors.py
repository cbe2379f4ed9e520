"""Actors."""

from __future__ import annotations

from bankcore.product.actor import Actor

SEEDS = ("customer:c001", "officer:a:b", "king:1", "customer:")

read, written = Actor.parse, str
