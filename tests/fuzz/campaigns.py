"""All campaigns by their names."""

from __future__ import annotations

from .campaign import Campaign
from .chaos import Chaos
from .lines_campaign import CommandLines, InstalledCommandLines
from .lying_node import Transfers
from .parsers import Parsers
from .round_trips import RoundTrips

CAMPAIGNS: dict[str, Campaign] = {
    campaign.name: campaign
    for campaign in (CommandLines(), InstalledCommandLines(), Parsers(), RoundTrips(), Transfers(), Chaos())
}
"""A new campaign is entered here, and is then run by hand and by the suite like all others."""
