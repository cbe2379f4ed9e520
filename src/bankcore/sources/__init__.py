"""Sources of leads (生活 API): anything that yields rows; CSV and JSON files are built in."""

from bankcore.sources.files import CsvSource, JsonSource
from bankcore.sources.source import LeadSource
from bankcore.sources.taking import Taken, Turned, take_leads

__all__ = ["CsvSource", "JsonSource", "LeadSource", "Taken", "Turned", "take_leads"]
