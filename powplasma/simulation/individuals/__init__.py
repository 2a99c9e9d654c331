"""Participants one by one: who wants to send a block, what he pays for it, and how long he waits.

``network`` runs lanes of them; a ``population`` decides for those of a lane, whose ``rows`` keep what is known of each.
All but ``lanes`` needs numpy (extra ``sim``), so nothing outside imports the others at the top.
"""
