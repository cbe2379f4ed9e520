"""Sources of leads (生活 API) and recharges: anything that yields rows; CSV and JSON files are built in."""

from bankcore.sources.files import CsvSource, JsonSource
from bankcore.sources.recharging import Recharges, take_recharges
from bankcore.sources.source import LeadSource
from bankcore.sources.taking import Taken, Turned, take_leads

__all__ = [
    "CsvSource",
    "JsonSource",
    "LeadSource",
    "Recharges",
    "Taken",
    "Turned",
    "take_leads",
    "take_recharges",
]
