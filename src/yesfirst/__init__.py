"""Yesfirst: marketing texts by SMS to people who agreed to them, with a proof for each message."""
