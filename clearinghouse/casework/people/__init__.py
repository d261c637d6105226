"""Accounts and roles: inviting, confirming, resetting, reviewing, and leaving because time passes."""
