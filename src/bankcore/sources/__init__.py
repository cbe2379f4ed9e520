"""Sources of leads (生活 API): whatever yields rows; files in CSV and JSON are the ones built in."""

from bankcore.sources.files import CsvSource, JsonSource
from bankcore.sources.source import LeadSource
from bankcore.sources.taking import Taken, Turned, take_leads

__all__ = ["CsvSource", "JsonSource", "LeadSource", "Taken", "Turned", "take_leads"]
